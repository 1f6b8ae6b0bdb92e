import { replaceColumns, type BoundExpression } from '../logical/expression.js';
import type { LogicalNode } from '../logical/node.js';
import { splitConjunction } from '../logical/conjunction.js';
import { columnsOf } from '../logical/project.js';
import { hasOuterColumn, isCorrelated } from './correlation.js';

/** A correlated plan taken apart into rows that are not correlated and conditions that are. */
export interface PulledUp {
  readonly base: LogicalNode;
  /** Over the fields of `base`, with outer columns. */
  readonly conditions: readonly BoundExpression[];
  /** The plan's fields over those of `base`, without outer columns. */
  readonly outputs: readonly BoundExpression[];
}

/**
 * Takes the correlated conditions off a plan that is correlated in its filters only, so that it becomes one side of an
 * ordinary join; `undefined` for any other plan.
 */
export function pullUp(plan: LogicalNode, correlation: number): PulledUp | undefined {
  if (!isCorrelated(plan, correlation)) return { base: plan, conditions: [], outputs: columnsOf(plan) };
  if (plan.kind === 'Filter') {
    const below = pullUp(plan.input, correlation);
    if (!below) return undefined;
    const own = splitConjunction(plan.condition).map(each => replaceColumns(each, index => below.outputs[index]!));
    return { ...below, conditions: [...below.conditions, ...own] };
  }
  if (plan.kind === 'Project' && !plan.expressions.some(each => hasOuterColumn(each, correlation))) {
    const below = pullUp(plan.input, correlation);
    return below && { ...below, outputs: plan.expressions.map(each => replaceColumns(each, index => below.outputs[index]!)) };
  }
  return undefined;
}
