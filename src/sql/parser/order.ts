import type { OrderItem } from '../ast/query.js';
import type { Cursor } from './cursor.js';

/*
  orderItem := expression [ASC | DESC] [NULLS (FIRST | LAST)]
*/
export function parseOrderItem(cursor: Cursor): OrderItem {
  const { start } = cursor;
  const expression = cursor.grammar.expression(cursor);
  const descending = cursor.accept('DESC');
  if (!descending) cursor.accept('ASC');
  const nulls = cursor.accept('NULLS') ? parseNulls(cursor) : undefined;
  return { expression, descending, nulls, span: cursor.spanFrom(start) };
}

function parseNulls(cursor: Cursor): 'FIRST' | 'LAST' {
  if (cursor.accept('FIRST')) return 'FIRST';
  if (cursor.accept('LAST')) return 'LAST';
  throw cursor.unexpected('FIRST or LAST', { keywords: ['FIRST', 'LAST'] });
}
