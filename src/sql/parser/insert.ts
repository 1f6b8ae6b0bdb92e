import type { CommonTable } from '../ast/query.js';
import type { Insert, StatementSet } from '../ast/statement.js';
import { MillraceError } from '../../common/error.js';
import type { Cursor } from './cursor.js';
import { parseHints } from './hint.js';
import { parseColumnList, parseIdentifier, parseObjectName } from './name.js';
import { parseQueryBody, parseWith } from './query.js';
import { oneOf } from './unexpected.js';

/*
  insert := [with] INSERT (INTO | OVERWRITE) objectName [hints] [PARTITION '(' assignment {',' assignment} ')'] [columnList] query
            [ON CONFLICT DO (NOTHING | ERROR | DEDUPLICATE)]
*/
export function parseInsert(cursor: Cursor, outer?: { readonly start: number; readonly common: readonly CommonTable[] }): Insert {
  const start = outer?.start ?? cursor.start;
  cursor.expect('INSERT');
  const overwrite = parseOverwrite(cursor);
  const target = parseObjectName(cursor, 'a table name');
  const hints = parseHints(cursor);
  const partition = cursor.accept('PARTITION') ? cursor.listInBrackets(() => parseAssignment(cursor)) : [];
  const columns = cursor.is('(') && !cursor.isQueryInBrackets() ? parseColumnList(cursor) : [];
  const queryStart = cursor.start;
  const query = parseQueryBody(cursor, queryStart, [...(outer?.common ?? []), ...parseWith(cursor)]);
  const onConflict = cursor.is('ON') ? parseOnConflict(cursor) : undefined;
  return {
    kind: 'insert',
    overwrite,
    target,
    hints,
    partition,
    columns,
    query,
    onConflict,
    withFirst: outer !== undefined,
    span: cursor.spanFrom(start),
  };
}

const CONFLICT_ACTIONS = ['NOTHING', 'ERROR', 'DEDUPLICATE'] as const;

function parseOnConflict(cursor: Cursor): Insert['onConflict'] {
  const { start } = cursor;
  cursor.expect('ON', 'CONFLICT', 'DO');
  const action = CONFLICT_ACTIONS.find(each => cursor.is(each));
  if (action === undefined) throw cursor.unexpected(oneOf(CONFLICT_ACTIONS), { keywords: CONFLICT_ACTIONS });
  cursor.take();
  return { action, span: cursor.spanFrom(start) };
}

function parseOverwrite(cursor: Cursor): boolean {
  if (cursor.accept('OVERWRITE')) return true;
  if (!cursor.accept('INTO')) throw cursor.unexpected('INTO or OVERWRITE', { keywords: ['INTO', 'OVERWRITE'] });
  return false;
}

/*
  assignment := identifier '=' expression
*/
function parseAssignment(cursor: Cursor): Insert['partition'][number] {
  const column = parseIdentifier(cursor, 'a column name');
  cursor.expect('=');
  return { column, value: cursor.grammar.expression(cursor) };
}

/*
  insertWithFirst := insert | with insert
*/
function parseInsertWithFirst(cursor: Cursor): Insert {
  const { start } = cursor;
  if (!cursor.is('WITH')) return parseInsert(cursor);
  return parseInsert(cursor, { start, common: parseWith(cursor) });
}

/*
  executeSet := [EXECUTE] STATEMENT SET BEGIN insert ';' {insert ';'} END
*/
export function parseExecuteSet(cursor: Cursor, start: number): StatementSet {
  cursor.expect('STATEMENT', 'SET', 'BEGIN');
  return { kind: 'statement-set', syntax: 'EXECUTE', statements: parseInserts(cursor), span: cursor.spanFrom(start) };
}

/*
  beginSet := BEGIN STATEMENT SET ';' insert ';' {insert ';'} END
*/
export function parseBeginSet(cursor: Cursor): StatementSet {
  const { start } = cursor;
  cursor.expect('BEGIN', 'STATEMENT', 'SET', ';');
  return { kind: 'statement-set', syntax: 'BEGIN', statements: parseInserts(cursor), span: cursor.spanFrom(start) };
}

/** The statements up to END. An error in one of them is kept, and the next ones are read. */
function parseInserts(cursor: Cursor): Insert[] {
  const statements: Insert[] = [];
  const before = cursor.errors.length;
  while (!cursor.is('END')) {
    while (cursor.accept(';'));
    if (cursor.is('END')) break;
    if (cursor.token.kind === 'end') throw cursor.unexpected('INSERT or END', { note: 'a statement set closes with END' });
    const statement = attemptInsert(cursor);
    if (statement) statements.push(statement);
  }
  if (statements.length === 0 && cursor.errors.length === before)
    throw cursor.unexpected('INSERT', { note: 'a statement set holds at least one INSERT' });
  cursor.expect('END');
  return statements;
}

/** One INSERT with its `;`; `undefined` where it has an error, which is kept. */
function attemptInsert(cursor: Cursor): Insert | undefined {
  try {
    if (!cursor.is('INSERT') && !cursor.is('WITH'))
      throw cursor.unexpected('INSERT or END', { keywords: ['INSERT', 'END'], note: 'a statement set holds INSERT statements only' });
    const statement = parseInsertWithFirst(cursor);
    if (cursor.accept(';')) return statement;
    const missing = cursor.unexpected('";"', { note: 'each INSERT of a statement set ends with ;' });
    if (!cursor.is('END')) throw missing;
    cursor.errors.push(missing);
  } catch (thrown) {
    if (!MillraceError.is(thrown)) throw thrown;
    cursor.errors.push(thrown);
    cursor.recover();
  }
  return undefined;
}
