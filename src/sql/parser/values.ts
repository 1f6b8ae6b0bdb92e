import type { Expression } from '../ast/expression.js';
import type { Query, Values } from '../ast/query.js';
import type { Cursor } from './cursor.js';

/*
  values := VALUES row {',' row}
*/
export function parseValues(cursor: Cursor): Values {
  const { start } = cursor;
  cursor.expect('VALUES');
  const rows = cursor.list(() => parseRow(cursor), ')');
  return { kind: 'values', rows, span: cursor.spanFrom(start) };
}

/** VALUES as an argument: a comma continues the rows only where a bracket follows, else the arguments. */
export function parseArgumentValues(cursor: Cursor): Query {
  const { start } = cursor;
  cursor.expect('VALUES');
  const rows = [parseRow(cursor)];
  while (cursor.are(',', '(') || cursor.are(',', 'ROW', '(')) {
    cursor.expect(',');
    rows.push(parseRow(cursor));
  }
  const span = cursor.spanFrom(start);
  return { kind: 'query', with: [], body: { kind: 'values', rows, span }, orderBy: [], limit: undefined, offset: undefined, span };
}

/*
  row := [ROW] '(' expression {',' expression} ')' | expression
*/
function parseRow(cursor: Cursor): Expression[] {
  const { expression } = cursor.grammar;
  if (!cursor.is('(') && !cursor.are('ROW', '(')) return [expression(cursor)];
  cursor.accept('ROW');
  return cursor.listInBrackets(() => expression(cursor));
}
