import type { Expression } from '../ast/expression.js';
import type { FunctionTable, Join, NamedTable, SubqueryTable, TableAlias, TableReference, UnnestTable } from '../ast/query.js';
import type { Identifier } from '../ast/identifier.js';
import { isReservedFunction } from '../keywords.js';
import { parseTableFunction } from './call.js';
import { parseBracketText } from './clause-text.js';
import type { Cursor } from './cursor.js';
import { parseHints } from './hint.js';
import { isName, parseColumnList, parseIdentifier, parseObjectName } from './name.js';

/** Keywords that may follow a table: an alias spelled like one of them is a slip. */
const AFTER_TABLE = [
  'JOIN',
  'INNER',
  'LEFT',
  'RIGHT',
  'FULL',
  'CROSS',
  'OUTER',
  'NATURAL',
  'ON',
  'USING',
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
  'MATCH_RECOGNIZE',
];

/*
  from := joined {',' joined}
*/
export function parseFrom(cursor: Cursor): TableReference {
  const { start } = cursor;
  return cursor.chain(
    () => parseJoined(cursor),
    left => {
      if (!cursor.accept(',')) return undefined;
      const right = parseJoined(cursor);
      return { kind: 'join', join: 'COMMA', natural: false, left, right, on: undefined, using: [], span: cursor.spanFrom(start) };
    },
  );
}

/*
  joined := tablePrimary {[NATURAL] [INNER | (LEFT | RIGHT | FULL) [OUTER]] JOIN tablePrimary [ON expression | USING columnList]
                          | CROSS JOIN tablePrimary | (CROSS | OUTER) APPLY tablePrimary}
*/
function parseJoined(cursor: Cursor): TableReference {
  const { start } = cursor;
  return cursor.chain(
    () => parseTablePrimary(cursor),
    left => {
      const kind = parseJoinKind(cursor);
      return kind && parseJoin(cursor, { left, start, ...kind });
    },
  );
}

interface JoinKind {
  readonly join: Join['join'];
  readonly natural: boolean;
}

function parseJoinKind(cursor: Cursor): JoinKind | undefined {
  const natural = cursor.accept('NATURAL');
  if (!natural && cursor.accept('CROSS', 'APPLY')) return { join: 'CROSS APPLY', natural };
  if (!natural && cursor.accept('OUTER', 'APPLY')) return { join: 'OUTER APPLY', natural };
  const join = (['INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS'] as const).find(each => cursor.accept(each));
  if (join === undefined && !natural && !cursor.is('JOIN')) return undefined;
  if (join === 'LEFT' || join === 'RIGHT' || join === 'FULL') cursor.accept('OUTER');
  if (!cursor.is('JOIN')) throw cursor.unexpected(join === 'CROSS' ? 'JOIN or APPLY' : 'JOIN', { keywords: ['JOIN', 'APPLY', 'OUTER'] });
  cursor.take();
  return { join: join ?? 'INNER', natural };
}

function parseJoin(
  cursor: Cursor,
  { left, start, join, natural }: JoinKind & { readonly left: TableReference; readonly start: number },
): Join {
  const joined = cursor.previous.span;
  const isApply = join === 'CROSS APPLY' || join === 'OUTER APPLY';
  const right = isApply ? lateral(parseTablePrimary(cursor)) : parseTablePrimary(cursor);
  const needsCondition = !natural && !isApply && join !== 'CROSS';
  const on = needsCondition && cursor.accept('ON') ? cursor.grammar.expression(cursor) : undefined;
  const using = needsCondition && !on && cursor.accept('USING') ? parseColumnList(cursor) : [];
  if (needsCondition && !on && using.length === 0) throw missingCondition(cursor, joined);
  return { kind: 'join', join, natural, left, right, on, using, span: cursor.spanFrom(start) };
}

function missingCondition(cursor: Cursor, joined: Join['span']): Error {
  const { key, kind } = cursor.token;
  const isEnd = kind === 'end' || [';', ')', ',', 'WHERE', 'GROUP', 'JOIN', 'LEFT', 'INNER', 'CROSS'].includes(key);
  if (!isEnd) return cursor.unexpected('ON or USING', { keywords: ['ON', 'USING'] });
  return cursor.error({ message: 'the JOIN has no condition', span: joined, note: 'add ON …, or write CROSS JOIN' });
}

/** What stands after APPLY sees the columns before it. */
function lateral(table: TableReference): TableReference {
  return table.kind === 'subquery-table' || table.kind === 'function-table' ? { ...table, lateral: true } : table;
}

/*
  tablePrimary := tableSource [MATCH_RECOGNIZE '(' … ')' [alias]]
*/
function parseTablePrimary(cursor: Cursor): TableReference {
  const { start } = cursor;
  const input = parseTableSource(cursor);
  if (!cursor.is('MATCH_RECOGNIZE')) return input;
  cursor.take();
  const clause = parseBracketText(cursor);
  const alias = parseAlias(cursor);
  return { kind: 'match-recognize', input, clause, alias, span: cursor.spanFrom(start) };
}

/*
  tableSource := [LATERAL] '(' query ')' [alias] | '(' from ')' | [LATERAL] UNNEST … | [LATERAL] TABLE '(' tableFunction ')' [alias]
               | [LATERAL] tableFunction [alias] | [TABLE] namedTable
*/
function parseTableSource(cursor: Cursor): TableReference {
  const { start } = cursor;
  const isLateral = cursor.accept('LATERAL');
  if (cursor.is('UNNEST')) return parseUnnest(cursor, start);
  if (cursor.is('(')) return parseInBrackets(cursor, isLateral, start);
  if (cursor.accept('TABLE', '(')) return parseWrapped(cursor, isLateral, start);
  if (isFunctionAhead(cursor)) return parseFunctionTable(cursor, isLateral, start);
  if (isLateral) throw cursor.unexpected('a subquery, UNNEST or TABLE( ) after LATERAL');
  cursor.accept('TABLE');
  return parseNamedTable(cursor, start);
}

function parseInBrackets(cursor: Cursor, isLateral: boolean, start: number): TableReference {
  if (cursor.isQueryInBrackets()) return parseSubquery(cursor, isLateral, start);
  if (isLateral) throw cursor.unexpected('a query in brackets');
  return cursor.nested(() => {
    cursor.expect('(');
    const table = parseFrom(cursor);
    cursor.expect(')');
    return table;
  });
}

function parseSubquery(cursor: Cursor, isLateral: boolean, start: number): SubqueryTable {
  cursor.expect('(');
  const query = cursor.grammar.query(cursor);
  cursor.expect(')');
  const alias = parseAlias(cursor);
  return { kind: 'subquery-table', lateral: isLateral, query, alias, span: cursor.spanFrom(start) };
}

/*
  unnest := UNNEST '(' expression ')' [WITH ORDINALITY] [alias]
*/
function parseUnnest(cursor: Cursor, start: number): UnnestTable {
  cursor.expect('UNNEST', '(');
  const operand = cursor.grammar.expression(cursor);
  cursor.expect(')');
  const ordinality = cursor.accept('WITH', 'ORDINALITY');
  const alias = parseAlias(cursor);
  return { kind: 'unnest-table', operand, ordinality, alias, span: cursor.spanFrom(start) };
}

function parseWrapped(cursor: Cursor, isLateral: boolean, start: number): FunctionTable {
  const call = parseTableFunction(cursor);
  cursor.expect(')');
  const alias = parseAlias(cursor);
  return { kind: 'function-table', lateral: isLateral, wrapped: true, call, alias, span: cursor.spanFrom(start) };
}

function parseFunctionTable(cursor: Cursor, isLateral: boolean, start: number): FunctionTable {
  const call = parseTableFunction(cursor);
  const alias = parseAlias(cursor);
  return { kind: 'function-table', lateral: isLateral, wrapped: false, call, alias, span: cursor.spanFrom(start) };
}

/** Whether a name, of whatever parts, and a bracket are next. */
function isFunctionAhead(cursor: Cursor): boolean {
  if (isReservedFunction(cursor.token.key)) return cursor.peek(1).key === '(';
  if (!isName(cursor.token)) return false;
  let ahead = 1;
  while (cursor.peek(ahead).key === '.' && ahead < 5) ahead += 2;
  return cursor.peek(ahead).key === '(';
}

/*
  namedTable := objectName [hints] [asOf] [alias] [asOf]
  asOf       := FOR SYSTEM_TIME AS OF expression
*/
function parseNamedTable(cursor: Cursor, start: number): NamedTable {
  const name = parseObjectName(cursor, 'a table name');
  const hints = parseHints(cursor);
  const before = parseAsOf(cursor);
  const alias = parseAlias(cursor);
  const asOf = before ?? parseAsOf(cursor);
  return { kind: 'named-table', name, asOf, hints, alias, span: cursor.spanFrom(start) };
}

function parseAsOf(cursor: Cursor): Expression | undefined {
  if (!cursor.is('FOR')) return undefined;
  cursor.expect('FOR', 'SYSTEM_TIME', 'AS', 'OF');
  return cursor.grammar.expression(cursor);
}

/*
  alias := [AS] identifier [columnList]
*/
function parseAlias(cursor: Cursor): TableAlias | undefined {
  let name: Identifier;
  if (cursor.accept('AS')) {
    name = parseIdentifier(cursor, 'an alias');
  } else {
    if (!isName(cursor.token)) return undefined;
    name = parseIdentifier(cursor);
    cursor.noteBareAlias(AFTER_TABLE);
  }
  return { name, columns: cursor.is('(') ? parseColumnList(cursor) : [] };
}
