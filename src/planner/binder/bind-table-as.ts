import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { formatType, type Field } from '../../spec/data-type.js';
import type { CreateTable, PhysicalColumn } from '../../sql/ast/ddl.js';
import type { Identifier } from '../../sql/ast/identifier.js';
import type { Query } from '../../sql/ast/query.js';
import type { Insert } from '../../sql/ast/statement.js';
import { parseType } from '../../sql/parser.js';
import { relocate } from '../../sql/relocate.js';
import type { Binding } from './binding.js';
import { counted } from './counted.js';

export interface TableAs {
  /** The definition without its query; to be bound like any other. */
  readonly definition: CreateTable;
  /** What fills the table. */
  readonly insert: Insert;
}

/**
 * What CREATE TABLE … AS means, as in Flink: columns that are written come first, then those of the query that are not
 * among them; a type that is written replaces that of the query. A list of names alone puts the query's columns in order.
 *
 * @throws {MillraceError | MillraceErrors} where the query cannot be bound or the list does not fit it.
 */
export function bindTableAs(node: CreateTable, query: Query, binding: Binding): TableAs {
  const { fields } = binding.bindQuery(query, { binding, commonTables: new Map() });
  binding.diagnostics.check();
  const own = new Set(node.columns.map(column => column.name.name));
  const ofQuery = fields.filter(field => !own.has(field.name)).map(field => columnOf(field, query));
  const columns = node.columnNames.length > 0 ? inOrder(ofQuery, node.columnNames) : [...node.columns, ...ofQuery];
  return {
    definition: { ...node, columns, columnNames: [], query: undefined },
    insert: {
      kind: 'insert',
      overwrite: false,
      target: node.name,
      hints: [],
      partition: [],
      columns: fields.map(({ name }) => ({ kind: 'identifier', name, span: query.span })),
      query,
      withFirst: false,
      onConflict: undefined,
      span: node.span,
    },
  };
}

function columnOf({ name, type }: Field, { span }: Query): PhysicalColumn {
  if (type.kind === 'NULL')
    throw new MillraceError({
      code: 'TYPE_MISMATCH',
      message: `column "${name}" of the query is NULL, and a table needs its type`,
      span,
      notes: [{ message: `write CAST(NULL AS STRING) AS ${name}` }],
    });
  return {
    kind: 'physical-column',
    name: { kind: 'identifier', name, span },
    type: relocate(parseType(formatType(type)), span),
    primaryKey: undefined,
    comment: undefined,
    span,
  };
}

/** @throws {MillraceError} unless the list names each of the columns once. */
function inOrder(columns: readonly PhysicalColumn[], names: readonly Identifier[]): PhysicalColumn[] {
  const known = columns.map(column => column.name.name);
  const ordered = names.map(({ name, span }) => {
    const column = columns.find(each => each.name.name === name);
    if (column) return column;
    const suggestion = nearest(name, known);
    throw new MillraceError({
      code: 'UNKNOWN_COLUMN',
      message: `the query gives no column "${name}"`,
      span,
      notes: [{ message: suggestion === undefined ? `it gives ${known.join(', ')}` : `did you mean "${suggestion}"?` }],
    });
  });
  if (names.length !== columns.length)
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `the list names ${counted(names.length, 'column')}, the query gives ${columns.length}`,
      span: names[0]!.span,
      notes: [{ message: `the query gives ${known.join(', ')}` }],
    });
  return ordered;
}
