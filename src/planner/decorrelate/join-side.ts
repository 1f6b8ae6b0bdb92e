import { withNullable } from '../../spec/data-type.js';
import { isNotDistinct } from '../binder/build-expression.js';
import { conjunction } from '../logical/conjunction.js';
import { mapExpression, replaceColumns, type BoundExpression } from '../logical/expression.js';
import type { Join, LogicalNode } from '../logical/node.js';
import { appendColumns, columnOf, distinctRows, keepColumns } from '../logical/project.js';
import { applyPlan, type Site } from './apply-plan.js';
import { outerColumns } from './correlation.js';
import type { PulledUp } from './pull-up.js';

/** A join whose fields follow from its sides. */
export function joinOf(init: Pick<Join, 'join' | 'left' | 'right' | 'condition' | 'span'> & { readonly atMostOne?: boolean }): Join {
  const { left, right, join, atMostOne = false } = init;
  const missing = join === 'left' || join === 'full';
  const fields = [
    ...left.fields,
    ...right.fields.map(field => ({ ...field, type: withNullable(field.type, field.type.nullable || missing) })),
  ];
  return { kind: 'Join', ...init, atMostOne, fields };
}

/** A plan that was pulled up, as the right side of a join whose left side has `width` columns. */
export interface JoinSide {
  readonly side: LogicalNode;
  /** Over both sides. */
  readonly condition: BoundExpression | undefined;
  /** Where the side has the fields of the plan. */
  readonly outputs: readonly number[];
}

export function asJoinSide(
  { base, conditions, outputs }: PulledUp,
  { width, correlation }: { readonly width: number; readonly correlation: number },
): JoinSide {
  const computed = outputs.filter(each => each.kind !== 'column');
  const side =
    computed.length === 0
      ? base
      : appendColumns(
          base,
          computed,
          computed.map((_, i) => `$value${i}`),
        );
  let next = base.fields.length;
  const places = outputs.map(each => (each.kind === 'column' ? each.index : next++));
  const condition = conjunction(
    conditions.map(each =>
      mapExpression(each, part => {
        if (part.kind === 'column') return { ...part, index: part.index + width };
        return part.kind === 'outer-column' && part.correlation === correlation
          ? { kind: 'column', index: part.index, name: part.name, type: part.type }
          : part;
      }),
    ),
  );
  return { side, condition, outputs: places };
}

/**
 * A correlated plan, computed once for each different set of the outer columns that it names.
 *
 * @returns the right side of a join, which begins with these `width` columns, and the condition that they are the same.
 */
export function applyToOuterRows(
  outer: LogicalNode,
  plan: LogicalNode,
  { correlation, span }: Pick<Site, 'correlation' | 'span'>,
): { readonly side: LogicalNode; readonly condition: BoundExpression | undefined; readonly width: number } {
  const used = outerColumns(plan, correlation);
  const domain = distinctRows(keepColumns(outer, used));
  const side = applyPlan(domain, plan, { correlation, columns: new Map(used.map((index, place) => [index, place])), span });
  const same = used.map((index, place) => isNotDistinct(columnOf(outer, index), shifted(columnOf(side, place), outer.fields.length)));
  return { side, condition: conjunction(same), width: used.length };
}

/** The expression over the right side of a join whose left side has `width` columns. */
export function shifted(expression: BoundExpression, width: number): BoundExpression {
  return replaceColumns(expression, (index, column) => ({ ...column, index: index + width }));
}
