import type { Explain, Insert, QueryStatement, StatementSet } from '../ast/statement.js';
import type { Cursor } from './cursor.js';
import { parseExecuteSet, parseInsert } from './insert.js';
import { parseQueryBody, parseWith } from './query.js';
import { oneOf } from './unexpected.js';

const DETAILS = ['ESTIMATED_COST', 'CHANGELOG_MODE', 'JSON_EXECUTION_PLAN', 'PLAN_ADVICE'] as const;
/** First words and symbols of what is explained and executed, besides statement sets. */
const QUERY_OR_INSERT = ['SELECT', 'WITH', 'VALUES', 'TABLE', 'INSERT', '('];
const EXPLAINABLE = [...QUERY_OR_INSERT, 'STATEMENT', 'EXECUTE', 'PLAN', ...DETAILS];

/*
  explain := EXPLAIN [PLAN FOR | detail {',' detail}] (executeSet | insert | query)
*/
export function parseExplain(cursor: Cursor): Explain {
  const { start } = cursor;
  cursor.expect('EXPLAIN');
  const details = cursor.accept('PLAN', 'FOR') ? [] : parseDetails(cursor);
  cursor.accept('EXECUTE');
  const statement = parseExplained(cursor);
  return { kind: 'explain', details, statement, span: cursor.spanFrom(start) };
}

function parseDetails(cursor: Cursor): Explain['details'] {
  if (!DETAILS.some(each => cursor.is(each))) return [];
  return cursor.list(() => {
    const detail = DETAILS.find(each => cursor.is(each));
    if (detail === undefined) throw cursor.unexpected(oneOf(DETAILS), { keywords: DETAILS });
    cursor.take();
    return detail;
  });
}

function parseExplained(cursor: Cursor): Explain['statement'] {
  if (cursor.is('STATEMENT')) return parseExecuteSet(cursor, cursor.start);
  if (!QUERY_OR_INSERT.includes(cursor.token.key)) throw cursor.unexpected('a query, INSERT or STATEMENT SET', { keywords: EXPLAINABLE });
  return parseQueryOrInsert(cursor);
}

/*
  execute := EXECUTE (executeSet | insert | query)
*/
export function parseExecute(cursor: Cursor): StatementSet | Insert | QueryStatement {
  const { start } = cursor;
  cursor.expect('EXECUTE');
  if (cursor.is('STATEMENT')) return parseExecuteSet(cursor, start);
  if (!QUERY_OR_INSERT.includes(cursor.token.key)) throw cursor.unexpected('STATEMENT SET, INSERT or a query', { keywords: EXPLAINABLE });
  return parseQueryOrInsert(cursor);
}

/*
  queryOrInsert := [with] (insert | queryBody)
*/
export function parseQueryOrInsert(cursor: Cursor): Insert | QueryStatement {
  const { start } = cursor;
  if (cursor.is('INSERT')) return parseInsert(cursor);
  const common = parseWith(cursor);
  if (cursor.is('INSERT')) return parseInsert(cursor, { start, common });
  const query = parseQueryBody(cursor, start, common);
  return { kind: 'query-statement', query, span: cursor.spanFrom(start) };
}
