import type { Span } from '../common/span.js';
import type { CreateTable } from '../sql/ast/ddl.js';
import type { Identifier, ObjectName, OptionPair } from '../sql/ast/identifier.js';
import { relocate } from '../sql/relocate.js';
import type { QualifiedName, TableObject } from './objects.js';

/**
 * The CREATE TABLE that makes a table again, with the primary key as a constraint of its own and options in order of their
 * keys. Every place in it is `span`, since its parts come from other texts.
 */
export function definitionOf(table: TableObject, span: Span): CreateTable {
  const identifier = (name: string): Identifier => ({ kind: 'identifier', name, span });
  const primaryKey =
    table.primaryKey.length === 0
      ? undefined
      : {
          name: table.constraint === undefined ? undefined : identifier(table.constraint),
          columns: table.primaryKey.map(identifier),
          span,
        };
  return {
    kind: 'create-table',
    temporary: table.temporary,
    ifNotExists: false,
    orReplace: false,
    name: objectName(table.name, span),
    columns: relocate(table.definitions, span).map(column =>
      column.kind === 'physical-column' ? { ...column, primaryKey: undefined } : column,
    ),
    columnNames: [],
    watermark: relocate(table.watermark, span),
    primaryKey,
    comment: table.comment,
    distribution: undefined,
    partitionedBy: table.partitionKeys.map(identifier),
    options: [...table.options.keys()]
      .toSorted()
      .map((key): OptionPair => ({ key, keySpan: span, value: table.options.get(key)!, valueSpan: span })),
    like: undefined,
    query: undefined,
    span,
  };
}

/** A full name as a tree. */
export function objectName({ catalog, database, object }: QualifiedName, span: Span): ObjectName {
  return { kind: 'object-name', parts: [catalog, database, object].map(name => ({ kind: 'identifier', name, span })), span };
}
