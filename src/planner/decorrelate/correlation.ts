import { someExpression, type BoundExpression } from '../logical/expression.js';
import { inputsOf, type LogicalNode } from '../logical/node.js';
import { expressionsOf } from '../logical/node-expressions.js';

/** The columns of the outer query that a plan names with `correlation`, ascending. */
export function outerColumns(plan: LogicalNode, correlation: number): number[] {
  const found = new Set<number>();
  const visit = (expression: BoundExpression): boolean => {
    if (expression.kind === 'outer-column' && expression.correlation === correlation) found.add(expression.index);
    return false;
  };
  const walk = (node: LogicalNode): void => {
    for (const expression of expressionsOf(node)) someExpression(expression, visit);
    inputsOf(node).forEach(walk);
  };
  walk(plan);
  return [...found].toSorted((a, b) => a - b);
}

/** Whether a plan names columns of the outer query. */
export function isCorrelated(plan: LogicalNode, correlation: number): boolean {
  return (
    expressionsOf(plan).some(each => hasOuterColumn(each, correlation)) || inputsOf(plan).some(input => isCorrelated(input, correlation))
  );
}

export function hasOuterColumn(expression: BoundExpression, correlation: number): boolean {
  return someExpression(expression, each => each.kind === 'outer-column' && each.correlation === correlation);
}

/** Whether a plan gives exactly one row for each row of the outer query, and holds nothing that looks at several. */
export function isOneRow(plan: LogicalNode): boolean {
  switch (plan.kind) {
    case 'Values':
      return plan.rows.length === 1;
    case 'Project':
    case 'Predict':
      return isOneRow(plan.input);
    default:
      return false;
  }
}

/**
 * Whether a plan, as far as it is correlated, looks at several rows together or twice at the outer row, so that it can be
 * applied only to outer rows that all differ.
 */
export function needsDistinctRows(plan: LogicalNode, correlation: number): boolean {
  if (!isCorrelated(plan, correlation)) return false;
  switch (plan.kind) {
    case 'Aggregate':
    case 'Sort':
    case 'Limit':
    case 'SetOperation':
      return true;
    case 'Join':
    case 'MarkJoin': {
      const isPlain = plan.kind === 'Join' && plan.join === 'inner';
      if (isCorrelated(plan.right, correlation) && (!isPlain || isCorrelated(plan.left, correlation))) return true;
      if (plan.kind === 'Join' && (plan.join === 'right' || plan.join === 'full')) return true;
      break;
    }
    default:
  }
  return inputsOf(plan).some(input => needsDistinctRows(input, correlation));
}
