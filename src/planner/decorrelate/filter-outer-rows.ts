import { conjunction, splitConjunction } from '../logical/conjunction.js';
import { hasSubquery, isDeterministic, usedColumns, type BoundExpression } from '../logical/expression.js';
import { mapPlan, type Correlate, type Filter, type LogicalNode } from '../logical/node.js';

/**
 * Tests conditions over the outer rows of a lateral join before its right side is computed: once that stands on a copy of
 * the outer rows, a filter above the join reaches only one of the two, and models would be called for rows that are dropped.
 *
 *     Filter(o.a > 1 AND b = 2) over Correlate(o, …) → Filter(b = 2) over Correlate(Filter(a > 1) over o, …)
 */
export function filterOuterRows(plan: LogicalNode): LogicalNode {
  return mapPlan(plan, node => (node.kind === 'Filter' && node.input.kind === 'Correlate' ? lower(node, node.input) : node));
}

function lower(node: Filter, correlate: Correlate): LogicalNode {
  const width = correlate.left.fields.length;
  const isOuter = (each: BoundExpression): boolean =>
    isDeterministic(each) && !hasSubquery(each) && [...usedColumns([each])].every(index => index < width);
  const conditions = splitConjunction(node.condition);
  const early = conjunction(conditions.filter(isOuter));
  if (!early) return node;
  const late = conjunction(conditions.filter(each => !isOuter(each)));
  const { left } = correlate;
  const filtered = { kind: 'Filter', input: left, condition: early, fields: left.fields } as const;
  const lowered: Correlate = { ...correlate, left: left.kind === 'Correlate' ? lower(filtered, left) : filtered };
  return late ? { kind: 'Filter', input: lowered, condition: late, fields: lowered.fields } : lowered;
}
