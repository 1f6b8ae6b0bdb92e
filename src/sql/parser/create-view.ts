import type { CreateView } from '../ast/ddl.js';
import { parseComment } from './column.js';
import type { CreateHead } from './create-head.js';
import type { Cursor } from './cursor.js';
import { parseIfNotExists } from './existence.js';
import { parseColumnList, parseObjectName } from './name.js';

/*
  createView := VIEW [IF NOT EXISTS] objectName [columnList] [COMMENT STRING] AS query
*/
export function parseCreateView(cursor: Cursor, { start, temporary }: CreateHead): CreateView {
  cursor.expect('VIEW');
  const ifNotExists = parseIfNotExists(cursor);
  const name = parseObjectName(cursor, 'a view name');
  const columns = cursor.is('(') ? parseColumnList(cursor) : [];
  const comment = parseComment(cursor);
  cursor.expect('AS');
  const query = cursor.grammar.query(cursor);
  return { kind: 'create-view', temporary, ifNotExists, name, columns, comment, query, span: cursor.spanFrom(start) };
}
