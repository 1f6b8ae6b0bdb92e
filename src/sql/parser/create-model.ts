import type { CreateModel, ModelColumn } from '../ast/ddl.js';
import type { OptionPair } from '../ast/identifier.js';
import type { Query } from '../ast/query.js';
import { parseComment, parseMetadataKey } from './column.js';
import type { CreateHead } from './create-head.js';
import type { Cursor } from './cursor.js';
import { parseIfNotExists } from './existence.js';
import { parseIdentifier, parseObjectName } from './name.js';
import { parseOptions } from './option.js';
import { parseType } from './type.js';

interface ModelClauses {
  input?: ModelColumn[];
  output?: ModelColumn[];
  comment?: string | undefined;
  options?: OptionPair[];
  query?: Query;
}

/** The clauses that may follow the name of a model. */
export const MODEL_CLAUSES = ['INPUT', 'OUTPUT', 'COMMENT', 'WITH', 'AS'];

/*
  createModel := MODEL [IF NOT EXISTS] objectName {clause}
  clause      := INPUT modelColumns | OUTPUT modelColumns | COMMENT STRING | WITH options | AS query
*/
export function parseCreateModel(cursor: Cursor, { start, orReplace, temporary }: CreateHead): CreateModel {
  cursor.expect('MODEL');
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseObjectName(cursor, 'a model name');
  const clauses: ModelClauses = {};
  while (parseClause(cursor, clauses));
  if (cursor.is('(')) throw cursor.unexpected('INPUT, OUTPUT, COMMENT or WITH', { note: 'write INPUT (a STRING) OUTPUT (b STRING)' });
  const { input, output, comment, options = [], query } = clauses;
  return {
    kind: 'create-model',
    orReplace,
    temporary,
    ifNotExists,
    name,
    input,
    output,
    comment,
    options,
    query,
    span: cursor.spanFrom(start),
  };
}

/** Reads one clause that was not there yet; false where none is next. */
function parseClause(cursor: Cursor, clauses: ModelClauses): boolean {
  if (!clauses.input && cursor.accept('INPUT')) clauses.input = cursor.listInBrackets(() => parseInput(cursor));
  else if (!clauses.output && cursor.accept('OUTPUT')) clauses.output = cursor.listInBrackets(() => parseModelColumn(cursor));
  else if (clauses.comment === undefined && cursor.is('COMMENT')) clauses.comment = parseComment(cursor);
  else if (!clauses.options && cursor.accept('WITH')) clauses.options = parseOptions(cursor);
  else if (!clauses.query && cursor.accept('AS')) clauses.query = cursor.grammar.query(cursor);
  else return false;
  return true;
}

function parseInput(cursor: Cursor): ModelColumn {
  const column = parseModelColumn(cursor);
  if (column.metadata) throw cursor.error({ message: 'METADATA belongs to OUTPUT columns', span: column.metadata.span });
  return column;
}

/*
  modelColumns := '(' modelColumn {',' modelColumn} ')'
  modelColumn  := identifier type [METADATA [FROM STRING]] [COMMENT STRING]
*/
function parseModelColumn(cursor: Cursor): ModelColumn {
  const { start } = cursor;
  const name = parseIdentifier(cursor, 'a column name');
  const type = parseType(cursor);
  const { token } = cursor;
  // Without FROM, the key is the name of the column, as it is in tables.
  const metadata = cursor.accept('METADATA')
    ? cursor.accept('FROM')
      ? parseMetadataKey(cursor)
      : { key: name.name, span: token.span }
    : undefined;
  const comment = parseComment(cursor);
  return { name, type, metadata, comment, span: cursor.spanFrom(start) };
}
