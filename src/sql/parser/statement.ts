import type { Statement, StatementKind } from '../ast/statement.js';
import { parseAlter, parseDrop } from './alter.js';
import { MODEL_CLAUSES } from './create-model.js';
import { TABLE_CLAUSES } from './create-table.js';
import { parseCreate } from './create.js';
import type { Cursor } from './cursor.js';
import { parseExecute, parseExplain, parseQueryOrInsert } from './explain.js';
import { flinkStatementAhead, parseFlinkStatement } from './flink-statement.js';
import { parseBeginSet } from './insert.js';
import { AFTER_QUERY } from './query.js';
import { parseReset, parseSet } from './set.js';
import { parseDescribe, parseShow, parseStopJob, parseUse } from './show.js';
import { oneOf } from './unexpected.js';

/** The production of each statement by its first word or symbol. */
const STATEMENTS: ReadonlyMap<string, (cursor: Cursor) => Statement> = new Map<string, (cursor: Cursor) => Statement>([
  ['SELECT', parseQueryOrInsert],
  ['VALUES', parseQueryOrInsert],
  ['WITH', parseQueryOrInsert],
  ['TABLE', parseQueryOrInsert],
  ['(', parseQueryOrInsert],
  ['INSERT', parseQueryOrInsert],
  ['CREATE', parseCreate],
  ['ALTER', parseAlter],
  ['DROP', parseDrop],
  ['SET', parseSet],
  ['RESET', parseReset],
  ['USE', parseUse],
  ['SHOW', parseShow],
  ['DESCRIBE', parseDescribe],
  ['DESC', parseDescribe],
  ['EXPLAIN', parseExplain],
  ['EXECUTE', parseExecute],
  ['BEGIN', parseBeginSet],
  ['STOP', parseStopJob],
]);

const FIRST_WORDS = [...STATEMENTS.keys()].filter(word => word !== '(');
const STATEMENT_LIST = `statements begin with ${oneOf(FIRST_WORDS.filter(word => word !== 'DESC' && word !== 'TABLE').toSorted())}`;

/** Statements of other systems, and what to do instead. */
const FOREIGN_STATEMENTS: Readonly<Record<string, string>> = {
  MERGE: 'rows change only by INSERT into a table with a primary key',
  QUIT: 'a script ends with its text',
  EXIT: 'a script ends with its text',
};

/** Keywords that could have followed a statement, for text that goes on after its end. */
const FOLLOWERS: Readonly<Partial<Record<StatementKind, readonly string[]>>> = {
  'create-table': TABLE_CLAUSES,
  'create-model': MODEL_CLAUSES,
  'create-view': AFTER_QUERY,
  'query-statement': AFTER_QUERY,
  insert: AFTER_QUERY,
  explain: AFTER_QUERY,
};

/*
  statement := query | insert | create | alter | drop | set | reset | use | show | describe | explain | execute | beginSet | stopJob
             | flinkStatement
*/
export function parseOneStatement(cursor: Cursor): Statement {
  const flinkStatement = flinkStatementAhead(cursor);
  if (flinkStatement !== undefined) return parseFlinkStatement(cursor, flinkStatement);
  const { key } = cursor.token;
  const production = STATEMENTS.get(key);
  if (production) return production(cursor);
  const note = Object.hasOwn(FOREIGN_STATEMENTS, key) ? FOREIGN_STATEMENTS[key] : undefined;
  throw cursor.unexpected('a statement', note === undefined ? { keywords: FIRST_WORDS, note: STATEMENT_LIST } : { note });
}

/** The error that the text goes on after a complete statement. */
export function expectedEnd(cursor: Cursor, statement: Statement): Error {
  return cursor.unexpected('";" or the end of the text', { keywords: FOLLOWERS[statement.kind] ?? [] });
}

/** Whether a statement can begin with the next token, and a line break stands before it: then only a `;` is missing. */
export function isStatementOnNewLine(cursor: Cursor): boolean {
  const canBegin = flinkStatementAhead(cursor) !== undefined || (STATEMENTS.has(cursor.token.key) && !cursor.is('('));
  return canBegin && cursor.isOnNewLine;
}
