import type { Argument, DescriptorArgument, Expression, FunctionCall, JsonClause, TableArgument } from '../ast/expression.js';
import type { Identifier, ObjectName } from '../ast/identifier.js';
import type { OrderItem } from '../ast/query.js';
import { isKnownFunction } from '../keywords.js';
import type { Cursor } from './cursor.js';
import { isName, parseColumnList, parseLabel, parseObjectName } from './name.js';
import { parseOrderItem } from './order.js';
import { parseStar } from './star.js';
import { parseArgumentValues } from './values.js';
import { parseOver } from './window.js';

/** What a production reads of a call, before the clauses that any call may have. */
export type CallHead = Pick<FunctionCall, 'name' | 'arguments'> & Partial<Pick<FunctionCall, 'syntax' | 'distinct' | 'clauses'>>;

/** In a table function, a query in brackets is a table; in any other call it is a value. */
type Place = 'expression' | 'from';

/*
  call      := functionName '(' [DISTINCT | ALL] [argument {',' argument}] [(IGNORE | RESPECT) NULLS] ')' suffixes
*/
export function parseCall(cursor: Cursor): FunctionCall {
  const { start } = cursor;
  return finishCall(cursor, start, parseCallHead(cursor, 'expression'));
}

/*
  tableFunction := functionName '(' [argument {',' argument}] ')'
*/
export function parseTableFunction(cursor: Cursor): FunctionCall {
  const { start } = cursor;
  return completeCall(cursor, start, parseCallHead(cursor, 'from'));
}

function parseCallHead(cursor: Cursor, place: Place): CallHead {
  const name = parseFunctionName(cursor);
  cursor.expect('(');
  const distinct = cursor.accept('DISTINCT');
  if (!distinct) cursor.accept('ALL');
  const args = cursor.is(')') && !distinct ? [] : cursor.list(() => parseArgument(cursor, place), ')');
  const clauses = parseNullTreatment(cursor);
  cursor.closeList(')');
  return { name, arguments: args, distinct, clauses };
}

/** `IGNORE NULLS` in the brackets, as ARRAY_AGG has it, or behind them, as LAG has it. */
function parseNullTreatment(cursor: Cursor): JsonClause[] {
  for (const word of ['IGNORE', 'RESPECT']) {
    if (cursor.accept(word, 'NULLS')) return [{ kind: 'words', words: `${word} NULLS` }];
  }
  return [];
}

/** The name of a known function is held in upper case; quoted names and those of several parts stay as written. */
function parseFunctionName(cursor: Cursor): ObjectName {
  const { kind, key, span } = cursor.token;
  const isKnown = kind === 'word' && isKnownFunction(key) && cursor.peek(1).key === '(';
  if (!isKnown) return parseObjectName(cursor, 'a function name');
  cursor.take();
  return keywordName(key, span);
}

/** A name of one part. */
export function keywordName(name: string, span: Identifier['span']): ObjectName {
  return { kind: 'object-name', parts: [{ kind: 'identifier', name, span }], span };
}

/** A call without the clauses that may follow its brackets. */
function completeCall(cursor: Cursor, start: number, head: CallHead): FunctionCall {
  return {
    kind: 'call',
    distinct: false,
    syntax: 'call',
    clauses: [],
    filter: undefined,
    over: undefined,
    withinGroup: [],
    ...head,
    span: cursor.spanFrom(start),
  };
}

/*
  suffixes := [(IGNORE | RESPECT) NULLS] [WITHIN GROUP '(' ORDER BY orderItem {',' orderItem} ')'] [FILTER '(' WHERE expression ')'] [OVER window]
*/
export function finishCall(cursor: Cursor, start: number, { clauses: inside = [], ...head }: CallHead): FunctionCall {
  const clauses = [...inside, ...parseNullTreatment(cursor)];
  const withinGroup = cursor.acceptPhrase('WITHIN', 'GROUP') ? parseWithinGroup(cursor) : [];
  const filter = cursor.accept('FILTER') ? parseFilter(cursor) : undefined;
  const over = cursor.accept('OVER') ? parseOver(cursor) : undefined;
  return { ...completeCall(cursor, start, { ...head, clauses }), withinGroup, filter, over };
}

function parseWithinGroup(cursor: Cursor): OrderItem[] {
  cursor.expect('(', 'ORDER', 'BY');
  const items = cursor.list(() => parseOrderItem(cursor), ')');
  cursor.closeList(')');
  return items;
}

function parseFilter(cursor: Cursor): Expression {
  cursor.expect('(', 'WHERE');
  const condition = cursor.grammar.expression(cursor);
  cursor.expect(')');
  return condition;
}

/*
  argument := [label '=>'] (star | table | MODEL objectName | DESCRIPTOR columnList | DEFAULT | expression)
*/
function parseArgument(cursor: Cursor, place: Place): Argument {
  const isNamed = cursor.peek(1).key === '=>' && (cursor.token.kind === 'word' || cursor.token.kind === 'quoted-name');
  if (!isNamed) return { name: undefined, value: parseArgumentValue(cursor, place) };
  const name = parseLabel(cursor, 'an argument name');
  cursor.expect('=>');
  return { name, value: parseArgumentValue(cursor, place) };
}

function parseArgumentValue(cursor: Cursor, place: Place): Expression {
  const { start, token } = cursor;
  switch (token.key) {
    case 'TABLE':
    case 'VALUES':
      return parseTableArgument(cursor);
    case '(':
      return place === 'from' && isTableInBrackets(cursor) ? parseTableArgument(cursor) : cursor.grammar.expression(cursor);
    case 'MODEL':
      if (!isName(cursor.peek(1)) && cursor.peek(1).kind !== 'string') break;
      cursor.take();
      if (cursor.token.kind === 'string') throw cursor.unexpected('a model name', { note: "write MODEL m, or 'm' without MODEL" });
      return { kind: 'model-argument', model: parseObjectName(cursor, 'a model name'), span: cursor.spanFrom(start) };
    case 'DESCRIPTOR':
      if (cursor.peek(1).key === '(') return parseDescriptor(cursor);
      break;
    case 'DEFAULT':
      return { kind: 'default-argument', span: cursor.take().span };
  }
  return parseStar(cursor) ?? cursor.grammar.expression(cursor);
}

/** Whether the bracket that is next holds a query and the argument ends with it. */
function isTableInBrackets(cursor: Cursor): boolean {
  const after = cursor.afterBrackets?.key;
  return (after === ',' || after === ')' || after === 'PARTITION' || after === 'ORDER') && cursor.isQueryInBrackets();
}

/*
  table := (TABLE objectName | '(' query ')' | VALUES …) [PARTITION BY oneOrList] [ORDER BY oneOrList]
*/
function parseTableArgument(cursor: Cursor): TableArgument {
  const { start } = cursor;
  const table = parseArgumentTable(cursor);
  const partitionBy = cursor.acceptPhrase('PARTITION', 'BY') ? parseOneOrList(cursor, () => cursor.grammar.expression(cursor)) : [];
  const orderBy = cursor.acceptPhrase('ORDER', 'BY') ? parseOneOrList(cursor, () => parseOrderItem(cursor)) : [];
  return { kind: 'table-argument', table, partitionBy, orderBy, span: cursor.spanFrom(start) };
}

function parseArgumentTable(cursor: Cursor): TableArgument['table'] {
  if (cursor.accept('TABLE')) return parseObjectName(cursor, 'a table name');
  if (cursor.is('VALUES')) return parseArgumentValues(cursor);
  cursor.expect('(');
  const query = cursor.grammar.query(cursor);
  cursor.expect(')');
  return query;
}

/** One item, or several in brackets: a comma without them begins the next argument. */
function parseOneOrList<Item>(cursor: Cursor, item: () => Item): Item[] {
  return cursor.is('(') ? cursor.listInBrackets(item) : [item()];
}

/*
  descriptor := DESCRIPTOR columnList
*/
function parseDescriptor(cursor: Cursor): DescriptorArgument {
  const { start } = cursor;
  cursor.expect('DESCRIPTOR');
  return { kind: 'descriptor', columns: parseColumnList(cursor), span: cursor.spanFrom(start) };
}
