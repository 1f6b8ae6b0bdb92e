import { splitConjunction } from '../logical/conjunction.js';
import type { BoundExpression } from '../logical/expression.js';
import { mapPlan, type Filter, type LogicalNode, type OverAggregate } from '../logical/node.js';
import type { Rule } from './rule.js';

/**
 * Where only the first rows of each partition are wanted, the others need not be kept until the end.
 *
 *     Filter(rn <= 3) over OverAggregate(ROW_NUMBER() AS rn) → Filter(rn <= 3) over OverAggregate(ROW_NUMBER() AS rn, first 3)
 */
export const limitRowNumber: Rule = {
  name: 'limit-row-number',
  apply: plan => mapPlan(plan, node => (node.kind === 'Filter' && node.input.kind === 'OverAggregate' ? limited(node, node.input) : node)),
};

function limited(node: Filter, input: OverAggregate): LogicalNode {
  const [call, ...more] = input.calls;
  if (call?.kind !== 'ranking' || call.name !== 'ROW_NUMBER' || more.length > 0) return node;
  const limits = splitConjunction(node.condition).map(condition => limitOf(condition, input.input.fields.length));
  const limit = Math.min(...limits);
  return limit === Infinity ? node : { ...node, input: { ...input, limit } };
}

/** The greatest whole number that the condition lets column `index` have; `Infinity` where it sets no limit. */
function limitOf(condition: BoundExpression, index: number): number {
  if (condition.kind !== 'call') return Infinity;
  const [left, right] = condition.arguments;
  const isColumn = (each: BoundExpression | undefined): boolean => each?.kind === 'column' && each.index === index;
  const name = isColumn(left) ? condition.name : isColumn(right) ? MIRRORED[condition.name] : undefined;
  const bound = isColumn(left) ? right : left;
  if (name === undefined || bound?.kind !== 'literal' || typeof bound.value !== 'number' || bound.type.kind !== 'BIGINT') return Infinity;
  if (name === '<=' || name === '=') return Math.max(bound.value, 0);
  return name === '<' ? Math.max(bound.value - 1, 0) : Infinity;
}

/** What a comparison is with its sides exchanged. */
const MIRRORED: Readonly<Record<string, string>> = { '>=': '<=', '>': '<', '=': '=' };
