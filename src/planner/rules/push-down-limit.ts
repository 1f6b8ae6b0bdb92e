import { inputsOf, withInputs, type Limit, type LogicalNode, type Sort, type Union } from '../logical/node.js';
import type { Rule } from './rule.js';

/**
 * Ends reading as early as a limit allows: below projections and model calls that keep every row, and in each input of a
 * union.
 *
 *     Limit(3) over Project(f(a)) over Scan → Project(f(a)) over Limit(3) over Scan
 *     Limit(3 after 2) over Union(t, u) → Limit(3 after 2) over Union(Limit(5) over t, Limit(5) over u)
 */
export const pushDownLimit: Rule = { name: 'push-down-limit', apply: push };

function push(node: LogicalNode): LogicalNode {
  const lowered = node.kind === 'Limit' ? lower(node) : node;
  return withInputs(lowered, inputsOf(lowered).map(push));
}

function lower(limit: Limit): LogicalNode {
  const { input } = limit;
  switch (input.kind) {
    case 'Project':
      return { ...input, input: limited(input.input, limit) };
    case 'Predict':
      return input.keepsRows || input.form === 'result' ? { ...input, input: limited(input.input, limit) } : limit;
    case 'Limit':
      return lower({ ...input, ...within(limit, input) });
    case 'Sort':
      return input.partition.length === 0 ? { ...input, ...within(limit, input) } : limit;
    case 'Union':
      return limit.count === Infinity ? limit : { ...limit, input: limitedUnion(input, limit.offset + limit.count) };
    default:
      return limit;
  }
}

function limited(input: LogicalNode, { count, offset }: Pick<Limit, 'count' | 'offset'>): LogicalNode {
  return { kind: 'Limit', input, count, offset, fields: input.fields };
}

/** The rows that a limit leaves of those that another has left. */
function within(outer: Limit, inner: Limit | Sort): Pick<Limit, 'count' | 'offset'> {
  return { count: Math.min(outer.count, Math.max(0, inner.count - outer.offset)), offset: inner.offset + outer.offset };
}

function limitedUnion(union: Union, count: number): Union {
  return { ...union, inputs: union.inputs.map(input => limited(input, { count, offset: 0 })) };
}
