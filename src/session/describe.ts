import type { Catalog } from '../catalog/catalog.js';
import type { ModelObject, QualifiedName, RelationObject, TableObject } from '../catalog/objects.js';
import { MillraceError } from '../common/error.js';
import type { Value } from '../spec/batch.js';
import { BOOLEAN, formatType, STRING, withNullable, type Field } from '../spec/data-type.js';
import type { Identifier } from '../sql/ast/identifier.js';
import type { Describe, Show } from '../sql/ast/statement.js';
import { printExpression } from '../sql/printer.js';
import type { StatementResult } from './statement-result.js';

type Rows = Extract<StatementResult, { kind: 'rows' }>;

function table(fields: readonly Field[], rows: readonly (readonly Value[])[]): Rows {
  return { kind: 'rows', fields, rows };
}

function named(name: string): Field {
  return { name, type: STRING };
}

/** SHOW TABLES, VIEWS and MODELS of one database: one column, in order of the names. */
export function showObjects(node: Show, catalog: Catalog): Rows {
  const isInDatabase = inDatabase(node, catalog);
  const names: Readonly<Record<string, readonly [string, () => readonly (RelationObject | ModelObject)[]]>> = {
    TABLES: ['table name', () => catalog.relations()],
    VIEWS: ['view name', () => catalog.relations().filter(each => each.kind === 'view')],
    MODELS: ['model name', () => catalog.models()],
  };
  const found = names[node.subject];
  if (!found) {
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: `the embedded engine does not run SHOW ${node.subject}`,
      span: node.span,
      notes: [{ message: 'SHOW TABLES, SHOW VIEWS and SHOW MODELS are run' }],
    });
  }
  const [column, list] = found;
  return table(
    [named(column)],
    list()
      .filter(isInDatabase)
      .map(each => each.name.object)
      .filter(name => matches(name, node.like))
      .map(name => [name]),
  );
}

/** Whether an object is in the database that FROM names, or in the current one. */
function inDatabase({ from, span }: Show, catalog: Catalog): (object: { readonly name: QualifiedName }) => boolean {
  const anything: Identifier = { kind: 'identifier', name: '', span };
  const place = catalog.qualify({ kind: 'object-name', parts: [...(from?.parts ?? []), anything], span });
  return ({ name }) => name.catalog === place.catalog && name.database === place.database;
}

function matches(name: string, like: Show['like']): boolean {
  if (!like) return true;
  const pattern = like.pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${pattern}$`, 's').test(name) !== like.not;
}

/** DESCRIBE of a table, view or model, with the columns that Flink shows. */
export function describeObject(node: Describe, catalog: Catalog): Rows {
  switch (node.object) {
    case 'TABLE':
    case 'VIEW':
      return describeRelation(catalog.relation(node.name));
    case 'MODEL':
      return describeModel(catalog.model(node.name));
    default:
      throw new MillraceError({
        code: 'UNSUPPORTED',
        message: `the embedded engine does not run DESCRIBE ${node.object}`,
        span: node.span,
      });
  }
}

function describeRelation(relation: RelationObject): Rows {
  const fields = [named('name'), named('type'), { name: 'null', type: BOOLEAN }, named('key'), named('extras'), named('watermark')];
  const rows = relation.columns.map(column => [
    column.name,
    formatType(withNullable(column.type, true)),
    column.type.nullable,
    relation.kind === 'table' && relation.primaryKey.includes(column.name) ? `PRI(${relation.primaryKey.join(', ')})` : null,
    relation.kind === 'table' ? extrasOf(relation, column.name) : null,
    relation.kind === 'table' && relation.watermark?.column[0]!.name === column.name
      ? printExpression(relation.watermark.expression)
      : null,
  ]);
  return table(fields, rows);
}

function extrasOf({ columns }: TableObject, name: string): string | null {
  const column = columns.find(each => each.name === name)!;
  if (column.kind === 'computed') return `AS ${printExpression(column.expression)}`;
  return column.kind === 'metadata' ? `METADATA FROM '${column.key}'${column.virtual ? ' VIRTUAL' : ''}` : null;
}

function describeModel(model: ModelObject): Rows {
  const columns = [
    ...model.inputs.map(column => ({ column, isInput: true })),
    ...model.outputs.map(column => ({ column, isInput: false })),
  ];
  const hasExtras = columns.some(({ column }) => column.metadata !== undefined);
  const hasComments = columns.some(({ column }) => column.comment !== undefined);
  const fields = [
    named('name'),
    named('type'),
    { name: 'null', type: BOOLEAN },
    { name: 'is input', type: BOOLEAN },
    ...(hasExtras ? [named('extras')] : []),
    ...(hasComments ? [named('comment')] : []),
  ];
  const rows = columns.map(({ column, isInput }) => [
    column.name,
    formatType(withNullable(column.type, true)),
    column.type.nullable,
    isInput,
    ...(hasExtras ? [column.metadata === undefined ? null : `METADATA FROM '${column.metadata}'`] : []),
    ...(hasComments ? [column.comment ?? null] : []),
  ]);
  return table(fields, rows);
}
