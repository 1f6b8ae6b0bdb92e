import type { CreateTable, Distribution, LikeClause } from '../ast/ddl.js';
import type { Identifier, OptionPair } from '../ast/identifier.js';
import type { Query } from '../ast/query.js';
import { noElements, parseComment, parseTableElements } from './column.js';
import type { CreateHead } from './create-head.js';
import type { Cursor } from './cursor.js';
import { parseIfNotExists } from './existence.js';
import { isName, parseColumnList, parseObjectName } from './name.js';
import { parseOptions } from './option.js';
import { oneOf } from './unexpected.js';

interface TableClauses {
  comment?: string | undefined;
  distribution?: Distribution;
  partitionedBy?: Identifier[];
  options?: OptionPair[];
  like?: LikeClause;
  query?: Query;
}

/** The clauses that may follow the columns. */
export const TABLE_CLAUSES = ['COMMENT', 'DISTRIBUTED', 'PARTITIONED', 'WITH', 'LIKE', 'AS'];

/*
  createTable := TABLE [IF NOT EXISTS] objectName [tableElements | columnList] {clause}        columnList before AS only
  clause      := COMMENT STRING | distribution | PARTITIONED BY columnList | WITH options | LIKE objectName [likeOptions] | AS query
*/
export function parseCreateTable(cursor: Cursor, { start, orReplace, temporary }: CreateHead): CreateTable {
  cursor.expect('TABLE');
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseObjectName(cursor, 'a table name');
  const columnNames = isColumnNames(cursor) ? parseColumnList(cursor) : [];
  const elements = columnNames.length === 0 && cursor.is('(') ? parseTableElements(cursor) : noElements();
  const clauses: TableClauses = {};
  while (parseClause(cursor, clauses));
  const { comment, distribution, partitionedBy = [], options = [], like, query } = clauses;
  if (columnNames[0] && !query)
    throw cursor.error({
      message: `column "${columnNames[0].name}" has no type`,
      span: columnNames[0].span,
      note: 'a list of names stands before AS only: CREATE TABLE t (a, b) WITH (…) AS SELECT …',
    });
  return {
    kind: 'create-table',
    temporary,
    ifNotExists,
    orReplace,
    name,
    ...elements,
    columnNames,
    comment,
    distribution,
    partitionedBy,
    options,
    like,
    query,
    span: cursor.spanFrom(start),
  };
}

/** Whether a list of names without types is next. */
function isColumnNames(cursor: Cursor): boolean {
  return cursor.is('(') && isName(cursor.peek(1)) && [',', ')'].includes(cursor.peek(2).key);
}

/** Reads one clause that was not there yet; false where none is next. */
function parseClause(cursor: Cursor, clauses: TableClauses): boolean {
  if (clauses.comment === undefined && cursor.is('COMMENT')) clauses.comment = parseComment(cursor);
  else if (!clauses.distribution && cursor.is('DISTRIBUTED')) clauses.distribution = parseDistribution(cursor);
  else if (!clauses.partitionedBy && cursor.acceptPhrase('PARTITIONED', 'BY')) clauses.partitionedBy = parseColumnList(cursor);
  else if (!clauses.options && cursor.accept('WITH')) clauses.options = parseOptions(cursor);
  else if (!clauses.like && !clauses.query && cursor.is('LIKE')) clauses.like = parseLikeClause(cursor);
  else if (!clauses.like && !clauses.query && cursor.accept('AS')) clauses.query = cursor.grammar.query(cursor);
  else return false;
  return true;
}

/*
  distribution := DISTRIBUTED (BY [HASH | RANGE] columnList [INTO NUMBER BUCKETS] | INTO NUMBER BUCKETS)
*/
function parseDistribution(cursor: Cursor): Distribution {
  const { start } = cursor;
  cursor.expect('DISTRIBUTED');
  if (!cursor.is('BY')) return { algorithm: undefined, columns: [], buckets: parseBuckets(cursor), span: cursor.spanFrom(start) };
  cursor.take();
  const algorithm = (['HASH', 'RANGE'] as const).find(each => cursor.accept(each));
  const columns = parseColumnList(cursor);
  const buckets = cursor.is('INTO') ? parseBuckets(cursor) : undefined;
  return { algorithm, columns, buckets, span: cursor.spanFrom(start) };
}

function parseBuckets(cursor: Cursor): string {
  cursor.expect('INTO');
  if (cursor.token.kind !== 'number' || !/^\d+$/.test(cursor.token.value)) throw cursor.unexpected('how many buckets, a whole number');
  const { value } = cursor.take();
  cursor.expect('BUCKETS');
  return value;
}

const MERGES = ['INCLUDING', 'EXCLUDING', 'OVERWRITING'] as const;
const FEATURES = ['ALL', 'CONSTRAINTS', 'DISTRIBUTION', 'GENERATED', 'METADATA', 'OPTIONS', 'PARTITIONS', 'WATERMARKS'] as const;

/*
  likeClause  := LIKE objectName ['(' likeOption {[','] likeOption} ')']
  likeOption  := (INCLUDING | EXCLUDING | OVERWRITING) (ALL | CONSTRAINTS | DISTRIBUTION | GENERATED | METADATA | OPTIONS | PARTITIONS | WATERMARKS)
*/
function parseLikeClause(cursor: Cursor): LikeClause {
  const { start } = cursor;
  cursor.expect('LIKE');
  const source = parseObjectName(cursor, 'a table name');
  const options: LikeClause['options'][number][] = [];
  if (cursor.accept('(')) {
    do options.push(parseLikeOption(cursor));
    while (cursor.accept(',') || !cursor.is(')'));
    cursor.expect(')');
  }
  return { source, options, span: cursor.spanFrom(start) };
}

function parseLikeOption(cursor: Cursor): LikeClause['options'][number] {
  const { start } = cursor;
  const merge = MERGES.find(each => cursor.is(each));
  if (merge === undefined) throw cursor.unexpected('INCLUDING, EXCLUDING or OVERWRITING', { keywords: MERGES });
  cursor.take();
  const feature = FEATURES.find(each => cursor.is(each));
  if (feature === undefined) throw cursor.unexpected(oneOf(FEATURES), { keywords: FEATURES });
  cursor.take();
  return { merge, feature, span: cursor.spanFrom(start) };
}
