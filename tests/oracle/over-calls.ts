import type { Choices } from './choices.js';
import type { ScopeColumn } from './expressions.js';
import type { ValueType } from './tables.js';

/**
 * A random call with OVER over columns of one relation.
 *
 * Where the place of a row within its partition matters, the order is by all columns: rows that are beside each other are
 * then equal, and it does not show which of them is first.
 */
export function generateOverCall(type: ValueType, columns: readonly ScopeColumn[], choices: Choices): string | undefined {
  const ordered = columns.filter(column => column.type !== 'INTS' && column.type !== 'STRINGS');
  const arguments_ = ordered.filter(column => column.type === type).map(column => column.text);
  const partition = ordered.length > 0 && choices.chance(60) ? `PARTITION BY ${choices.pick(ordered).text} ` : '';
  const direction = (): string => `${choices.pick(['ASC', 'DESC'])} NULLS ${choices.pick(['FIRST', 'LAST'])}`;
  const orderBy = (by: readonly ScopeColumn[]): string => `ORDER BY ${by.map(column => `${column.text} ${direction()}`).join(', ')}`;
  const call = callOf(type, arguments_, choices);
  if (!call || ordered.length === 0) return undefined;
  if (call.needs === 'total order') return `${call.text} OVER (${partition}${orderBy(ordered)})`;
  if (call.needs === 'order') return `${call.text} OVER (${partition}${orderBy([choices.pick(ordered)])})`;
  switch (choices.below(3)) {
    case 0:
      return `${call.text} OVER (${partition.trim()})`;
    case 1:
      return `${call.text} OVER (${partition}${orderBy([choices.pick(ordered)])})`;
    default:
      return `${call.text} OVER (${partition}${orderBy(ordered)} ROWS BETWEEN ${choices.pick(STARTS)} AND ${choices.pick(ENDS)})`;
  }
}

const STARTS = ['UNBOUNDED PRECEDING', '2 PRECEDING', '1 PRECEDING', 'CURRENT ROW'];
const ENDS = ['CURRENT ROW', '1 FOLLOWING', '2 FOLLOWING', 'UNBOUNDED FOLLOWING'];

interface Call {
  readonly text: string;
  readonly needs: 'nothing' | 'order' | 'total order';
}

function callOf(type: ValueType, columns: readonly string[], choices: Choices): Call | undefined {
  if (type === 'BIGINT' && choices.chance(60)) {
    const text = choices.pick(['COUNT(*)', 'RANK()', 'DENSE_RANK()', 'ROW_NUMBER()']);
    return { text, needs: text === 'COUNT(*)' ? 'nothing' : text === 'ROW_NUMBER()' ? 'total order' : 'order' };
  }
  if (columns.length === 0) return undefined;
  const column = choices.pick(columns);
  if (choices.chance(25)) return { text: `${choices.pick(['LAG', 'LEAD'])}(${column})`, needs: 'total order' };
  const isSummed = type === 'INT' || type === 'DOUBLE' || type === 'DECIMAL';
  return { text: `${choices.pick(isSummed ? ['SUM', 'MIN', 'MAX'] : ['MIN', 'MAX'])}(${column})`, needs: 'nothing' };
}
