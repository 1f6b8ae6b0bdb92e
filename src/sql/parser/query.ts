import type { Expression } from '../ast/expression.js';
import type { Identifier } from '../ast/identifier.js';
import type { CommonTable, NamedTable, Query, QueryBody, Select, SelectItem } from '../ast/query.js';
import type { Cursor } from './cursor.js';
import { parseGroupItems } from './group.js';
import { parseHints } from './hint.js';
import { isName, parseColumnList, parseIdentifier, parseObjectName } from './name.js';
import { parseOrderItem } from './order.js';
import { parseStar } from './star.js';
import { parseFrom } from './table.js';
import { parseValues } from './values.js';
import { parseWindowSpec } from './window.js';

/** Keywords that may follow an item of SELECT: an alias spelled like one of them is a slip. */
const AFTER_ITEM = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'UNION', 'INTERSECT', 'EXCEPT', 'ORDER', 'LIMIT', 'AS'];
/** Keywords that may follow the last clause of a query, for text that goes on after it. */
export const AFTER_QUERY = [
  'WHERE',
  'GROUP',
  'HAVING',
  'WINDOW',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'FETCH',
  'JOIN',
  'FROM',
];

/*
  query := [with] queryBody
*/
export function parseQuery(cursor: Cursor): Query {
  return cursor.nested(() => {
    const { start } = cursor;
    return parseQueryBody(cursor, start, parseWith(cursor));
  });
}

/*
  with        := WITH commonTable {',' commonTable}
  commonTable := identifier [columnList] AS '(' query ')'
*/
export function parseWith(cursor: Cursor): CommonTable[] {
  if (!cursor.accept('WITH')) return [];
  if (cursor.is('RECURSIVE')) throw cursor.unexpected('a name for the query', { note: 'a common table cannot read itself' });
  return cursor.list(
    () => {
      const { start } = cursor;
      const name = parseIdentifier(cursor, 'a name for the query');
      const columns = cursor.is('(') ? parseColumnList(cursor) : [];
      cursor.expect('AS', '(');
      const query = parseQuery(cursor);
      cursor.expect(')');
      return { name, columns, query, span: cursor.spanFrom(start) };
    },
    'SELECT',
    'INSERT',
  );
}

/*
  queryBody := union [ORDER BY orderItem {',' orderItem}] {limit}
*/
export function parseQueryBody(cursor: Cursor, start: number, common: readonly CommonTable[]): Query {
  const body = parseUnion(cursor);
  const orderBy = cursor.acceptPhrase('ORDER', 'BY') ? cursor.list(() => parseOrderItem(cursor), ')', 'LIMIT', 'OFFSET', 'FETCH') : [];
  const { limit, offset } = parseLimits(cursor);
  const span = cursor.spanFrom(start);
  const isBare = common.length === 0 && orderBy.length === 0 && limit === undefined && offset === undefined;
  if (isBare && body.kind === 'query') return { ...body, span };
  return { kind: 'query', with: common, body, orderBy, limit, offset, span };
}

/*
  limit := LIMIT (ALL | expression) | OFFSET expression [ROW | ROWS] | FETCH (FIRST | NEXT) [expression] (ROW | ROWS) ONLY
*/
function parseLimits(cursor: Cursor): Pick<Query, 'limit' | 'offset'> {
  let limit: Query['limit'];
  let offset: Expression | undefined;
  for (;;) {
    if (limit === undefined && cursor.accept('LIMIT')) {
      limit = cursor.accept('ALL') ? 'ALL' : cursor.grammar.expression(cursor);
      if (cursor.is(',')) throw cursor.unexpected('the end of LIMIT', { note: 'write LIMIT count OFFSET start' });
    } else if (limit === undefined && cursor.is('FETCH')) {
      limit = parseFetch(cursor);
    } else if (offset === undefined && cursor.accept('OFFSET')) {
      offset = cursor.grammar.expression(cursor);
      if (!cursor.accept('ROWS')) cursor.accept('ROW');
    } else {
      return { limit, offset };
    }
  }
}

function parseFetch(cursor: Cursor): Expression {
  const { span } = cursor.take();
  if (!cursor.accept('FIRST')) cursor.expect('NEXT');
  const count: Expression = cursor.is('ROW') || cursor.is('ROWS') ? { kind: 'number', text: '1', span } : cursor.grammar.expression(cursor);
  if (!cursor.accept('ROWS')) cursor.expect('ROW');
  cursor.expect('ONLY');
  return count;
}

/*
  union := intersection {(UNION | EXCEPT) [ALL | DISTINCT] intersection}
*/
function parseUnion(cursor: Cursor): QueryBody {
  return parseSetOperations(cursor, ['UNION', 'EXCEPT'], parseIntersection);
}

/*
  intersection := queryPrimary {INTERSECT [ALL | DISTINCT] queryPrimary}
*/
function parseIntersection(cursor: Cursor): QueryBody {
  return parseSetOperations(cursor, ['INTERSECT'], parseQueryPrimary);
}

function parseSetOperations(
  cursor: Cursor,
  operators: readonly ('UNION' | 'EXCEPT' | 'INTERSECT')[],
  operand: (cursor: Cursor) => QueryBody,
): QueryBody {
  const { start } = cursor;
  return cursor.chain(
    () => operand(cursor),
    left => {
      if (cursor.is('MINUS')) throw cursor.unexpected('an operator of queries', { note: 'write EXCEPT' });
      const operator = operators.find(each => cursor.accept(each));
      if (operator === undefined) return undefined;
      const all = cursor.accept('ALL');
      if (!all) cursor.accept('DISTINCT');
      const right = operand(cursor);
      return { kind: 'set-operation', operator, all, left, right, span: cursor.spanFrom(start) };
    },
  );
}

/*
  queryPrimary := select | values | TABLE objectName | '(' query ')'
*/
function parseQueryPrimary(cursor: Cursor): QueryBody {
  switch (cursor.token.key) {
    case 'SELECT':
      return parseSelect(cursor);
    case 'VALUES':
      return parseValues(cursor);
    case 'TABLE':
      return parseWholeTable(cursor);
    case '(':
      return parseBracketedQuery(cursor);
    default:
      throw cursor.unexpected('a query', { keywords: ['SELECT', 'VALUES', 'WITH'] });
  }
}

/** `TABLE t` is `SELECT * FROM t`. */
function parseWholeTable(cursor: Cursor): Select {
  const { start } = cursor.take().span;
  const name = parseObjectName(cursor, 'a table name');
  const { span } = name;
  const from: NamedTable = { kind: 'named-table', name, asOf: undefined, hints: [], alias: undefined, span };
  const star: SelectItem = { expression: { kind: 'star', qualifier: [], span }, alias: undefined, span };
  return {
    kind: 'select',
    hints: [],
    distinct: false,
    items: [star],
    from,
    where: undefined,
    groupBy: [],
    having: undefined,
    windows: [],
    span: cursor.spanFrom(start),
  };
}

/** Brackets round a query without clauses of its own only group, and the tree groups by itself. */
function parseBracketedQuery(cursor: Cursor): QueryBody {
  cursor.expect('(');
  const query = parseQuery(cursor);
  cursor.expect(')');
  const isBare = query.with.length === 0 && query.orderBy.length === 0 && query.limit === undefined && query.offset === undefined;
  return isBare ? query.body : query;
}

/*
  select := SELECT [hints] [ALL | DISTINCT] selectItem {',' selectItem} [FROM from] [WHERE expression]
            [GROUP BY groupItems] [HAVING expression] [WINDOW identifier AS windowSpec {',' identifier AS windowSpec}]
*/
function parseSelect(cursor: Cursor): Select {
  const { start } = cursor;
  const { expression } = cursor.grammar;
  cursor.expect('SELECT');
  const hints = parseHints(cursor);
  const distinct = cursor.accept('DISTINCT');
  if (!distinct) cursor.accept('ALL');
  const items = cursor.list(() => parseSelectItem(cursor), 'FROM', ')');
  const from = cursor.accept('FROM') ? parseFrom(cursor) : undefined;
  const where = cursor.accept('WHERE') ? expression(cursor) : undefined;
  const groupBy = cursor.acceptPhrase('GROUP', 'BY') ? parseGroupItems(cursor) : [];
  const having = cursor.accept('HAVING') ? expression(cursor) : undefined;
  const windows = cursor.accept('WINDOW') ? parseWindows(cursor) : [];
  return { kind: 'select', hints, distinct, items, from, where, groupBy, having, windows, span: cursor.spanFrom(start) };
}

function parseWindows(cursor: Cursor): Select['windows'] {
  return cursor.list(() => {
    const name = parseIdentifier(cursor, 'a window name');
    cursor.expect('AS');
    return { name, spec: parseWindowSpec(cursor) };
  });
}

/*
  selectItem := star | expression [[AS] identifier]
*/
function parseSelectItem(cursor: Cursor): SelectItem {
  const { start } = cursor;
  const star = parseStar(cursor);
  if (star) return { expression: star, alias: undefined, span: star.span };
  const expression = cursor.grammar.expression(cursor);
  const alias = parseItemAlias(cursor);
  return { expression, alias, span: cursor.spanFrom(start) };
}

function parseItemAlias(cursor: Cursor): Identifier | undefined {
  if (cursor.accept('AS')) return parseIdentifier(cursor, 'an alias');
  if (!isName(cursor.token)) return undefined;
  const alias = parseIdentifier(cursor);
  cursor.noteBareAlias(AFTER_ITEM);
  return alias;
}
