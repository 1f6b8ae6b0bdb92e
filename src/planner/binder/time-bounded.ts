import { splitConjunction } from '../logical/conjunction.js';
import { usedColumns, type BoundExpression } from '../logical/expression.js';
import type { PlanField } from '../logical/node.js';

/**
 * Whether a join condition holds the rows of both sides together in time, so that time attributes stay what they are: an
 * interval join, whose event times differ by at most so much, or a window join, whose windows are the same.
 *
 * @param fields those of both sides, left first, with their time attributes.
 */
export function isTimeBounded(condition: BoundExpression, fields: readonly PlanField[], leftWidth: number): boolean {
  const conditions = splitConjunction(condition);
  return isInterval(conditions, fields, leftWidth) || isSameWindow(conditions, fields, leftWidth);
}

/** Which way a comparison of an event time of the left with one of the right bounds the left one. */
type Bound = 'lower' | 'upper' | 'both';

const BOUNDS: Readonly<Record<string, Bound>> = { '>': 'lower', '>=': 'lower', '<': 'upper', '<=': 'upper', '=': 'both' };
const MIRRORED: { readonly [Each in Bound]: Bound } = { lower: 'upper', upper: 'lower', both: 'both' };

function isInterval(conditions: readonly BoundExpression[], fields: readonly PlanField[], leftWidth: number): boolean {
  const sideOf = (expression: BoundExpression): 'left' | 'right' | undefined => {
    const used = [...usedColumns([expression])];
    if (used.length !== 1 || fields[used[0]!]!.timeAttribute !== 'rowtime') return undefined;
    return used[0]! < leftWidth ? 'left' : 'right';
  };
  const bounds = conditions.flatMap((condition): Bound[] => {
    const bound = condition.kind === 'call' ? BOUNDS[condition.name] : undefined;
    if (condition.kind !== 'call' || !bound) return [];
    const [a, b] = condition.arguments.map(sideOf);
    if (!a || !b || a === b) return [];
    return [a === 'left' ? bound : MIRRORED[bound]];
  });
  return bounds.includes('both') || (bounds.includes('lower') && bounds.includes('upper'));
}

function isSameWindow(conditions: readonly BoundExpression[], fields: readonly PlanField[], leftWidth: number): boolean {
  const sides = conditions.map(condition => {
    if (condition.kind !== 'call' || condition.name !== '=') return undefined;
    const [a, b] = condition.arguments.map(each => (each.kind === 'column' ? each.index : undefined));
    if (a === undefined || b === undefined || a < leftWidth === b < leftWidth) return undefined;
    const side = fields[a]!.windowBound?.side;
    return side === fields[b]!.windowBound?.side ? side : undefined;
  });
  return sides.includes('start') && sides.includes('end');
}
