import type { Statement } from '../ast/statement.js';
import { parseCreateFunction, parseCreateNamespace } from './create-function.js';
import { parseCreateHead } from './create-head.js';
import { parseCreateModel } from './create-model.js';
import { parseCreateTable } from './create-table.js';
import { parseCreateView } from './create-view.js';
import type { Cursor } from './cursor.js';

/*
  create := createHead (createTable | createView | createModel | createFunction | createNamespace)
*/
export function parseCreate(cursor: Cursor): Statement {
  const head = parseCreateHead(cursor);
  switch (cursor.token.key) {
    case 'TABLE':
      return parseCreateTable(cursor, head);
    case 'VIEW':
      return parseCreateView(cursor, head);
    case 'MODEL':
      return parseCreateModel(cursor, head);
    case 'FUNCTION':
      return parseCreateFunction(cursor, head);
    default:
      return parseCreateNamespace(cursor, head);
  }
}
