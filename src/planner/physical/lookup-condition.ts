import { sameType } from '../../spec/data-type.js';
import { isText } from '../functions/type-rules.js';
import { conjunction, splitConjunction } from '../logical/conjunction.js';
import { isDeterministic, usedColumns, type BoundExpression } from '../logical/expression.js';

/** A column of a table with the value that it is asked for. */
export interface LookupKey {
  /** Place of the column among those that the connector is asked for. */
  readonly column: number;
  /** Over the fields of the left side; of the column's type. A row for which it is NULL has no partner. */
  readonly value: BoundExpression;
}

/** The condition of a lookup join taken apart: what is asked, who asks, and what of the answers counts. */
export interface LookupCondition {
  readonly keys: readonly LookupKey[];
  /** Over the left side: a row for which it is not true has no partner, and need not ask. */
  readonly guard: BoundExpression | undefined;
  /** Over both sides, left first: what a row that was found must fulfil. */
  readonly rest: BoundExpression | undefined;
}

/**
 * Takes a condition over both sides apart.
 *
 * @param columnOf the place of the table's column that a field of the right side is, as the connector gives it; `undefined`
 * for one that is computed.
 */
export function splitLookupCondition(
  condition: BoundExpression,
  leftWidth: number,
  columnOf: (field: number) => number | undefined,
): LookupCondition {
  const keys: LookupKey[] = [];
  const guard: BoundExpression[] = [];
  const rest: BoundExpression[] = [];
  for (const each of splitConjunction(condition)) {
    const key = lookupKeyOf(each, leftWidth, columnOf);
    if (key && !keys.some(({ column }) => column === key.column)) keys.push(key);
    else if (isDeterministic(each) && [...usedColumns([each])].every(index => index < leftWidth)) guard.push(each);
    else rest.push(each);
  }
  return { keys, guard: conjunction(guard), rest: conjunction(rest) };
}

/** The key that an equality gives: a column of the table, and a value that is known before the table is asked. */
export function lookupKeyOf(
  condition: BoundExpression,
  leftWidth: number,
  columnOf: (field: number) => number | undefined,
): LookupKey | undefined {
  if (condition.kind !== 'call' || condition.name !== '=') return undefined;
  const [a, b] = condition.arguments as readonly [BoundExpression, BoundExpression];
  return keyOf(a, b, { leftWidth, columnOf }) ?? keyOf(b, a, { leftWidth, columnOf });
}

interface Sides {
  readonly leftWidth: number;
  readonly columnOf: (field: number) => number | undefined;
}

function keyOf(key: BoundExpression, value: BoundExpression, { leftWidth, columnOf }: Sides): LookupKey | undefined {
  if (key.kind !== 'column' || key.index < leftWidth) return undefined;
  const column = columnOf(key.index - leftWidth);
  if (column === undefined || [...usedColumns([value])].some(index => index >= leftWidth)) return undefined;
  // Text compares as it is, whatever its length.
  const isComparable = sameType(key.type, value.type) || (isText(key.type) && isText(value.type));
  return isComparable ? { column, value } : undefined;
}
