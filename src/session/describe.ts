import type { Catalog } from '../catalog/catalog.js';
import type { ModelObject, Options, RelationObject, TableObject } from '../catalog/objects.js';

import { BOOLEAN, formatType, withNullable } from '../spec/data-type.js';
import type { Describe } from '../sql/ast/statement.js';
import { printExpression } from '../sql/printer.js';
import { catalogName } from './change-namespace.js';
import { describeFunction } from './describe-function.js';
import { shownOption } from './show-create.js';
import type { NameContext } from './name-context.js';
import { infoTable, textField, type ResultTable } from './result-table.js';

/** DESCRIBE, with the columns that Flink shows. */
export function describeObject(node: Describe, context: NameContext): ResultTable {
  const { catalog } = context;
  switch (node.object) {
    case 'TABLE':
    case 'VIEW':
      return describeRelation(catalog.relation(node.name));
    case 'MODEL':
      return describeModel(catalog.model(node.name));
    case 'CATALOG':
      return describeCatalog(node, catalog);
    case 'DATABASE':
      return describeDatabase(node, catalog);
    case 'FUNCTION':
      return describeFunction(node, context);
  }
}

function describeCatalog(node: Describe, catalog: Catalog): ResultTable {
  const { name, options, comment } = catalog.namespaces.catalog(catalogName(node.name), node.name.span);
  return infoTable([['name', name], ['type', options.get('type')!], ['comment', comment ?? ''], ...optionInfos(node, options)]);
}

function describeDatabase(node: Describe, catalog: Catalog): ResultTable {
  const { name, catalog: parent, options, comment } = catalog.namespaces.database(catalog.qualifyDatabase(node.name), node.name.span);
  return infoTable([['name', name], ['catalog', parent], ['comment', comment ?? ''], ...optionInfos(node, options)]);
}

/** EXTENDED shows the options, without what is secret in them. */
function optionInfos({ extended }: Describe, options: Options): [string, string][] {
  if (!extended) return [];
  return [...options.keys()].toSorted().map(key => [`option:${key}`, shownOption(key, options)]);
}

/** The columns of a table or view; comments only where there are some. */
export function describeRelation(relation: RelationObject): ResultTable {
  const comments = new Map(
    relation.columns.flatMap(column =>
      'comment' in column && column.comment !== undefined ? [[column.name, column.comment] as const] : [],
    ),
  );
  const fields = [
    textField('name'),
    textField('type'),
    { name: 'null', type: BOOLEAN },
    textField('key'),
    textField('extras'),
    textField('watermark'),
    ...(comments.size > 0 ? [textField('comment')] : []),
  ];
  const rows = relation.columns.map(column => [
    column.name,
    formatType(withNullable(column.type, true)),
    column.type.nullable,
    relation.kind === 'table' && relation.primaryKey.includes(column.name) ? `PRI(${relation.primaryKey.join(', ')})` : null,
    relation.kind === 'table' ? extrasOf(relation, column.name) : null,
    relation.kind === 'table' && relation.watermark?.column[0]!.name === column.name
      ? printExpression(relation.watermark.expression)
      : null,
    ...(comments.size > 0 ? [comments.get(column.name) ?? null] : []),
  ]);
  return { kind: 'rows', fields, rows };
}

function extrasOf({ columns }: TableObject, name: string): string | null {
  const column = columns.find(each => each.name === name)!;
  if (column.kind === 'computed') return `AS ${printExpression(column.expression)}`;
  return column.kind === 'metadata' ? `METADATA FROM '${column.key}'${column.virtual ? ' VIRTUAL' : ''}` : null;
}

function describeModel(model: ModelObject): ResultTable {
  const columns = [
    ...model.inputs.map(column => ({ column, isInput: true })),
    ...model.outputs.map(column => ({ column, isInput: false })),
  ];
  const hasExtras = columns.some(({ column }) => column.metadata !== undefined);
  const hasComments = columns.some(({ column }) => column.comment !== undefined);
  const fields = [
    textField('name'),
    textField('type'),
    { name: 'null', type: BOOLEAN },
    { name: 'is input', type: BOOLEAN },
    ...(hasExtras ? [textField('extras')] : []),
    ...(hasComments ? [textField('comment')] : []),
  ];
  const rows = columns.map(({ column, isInput }) => [
    column.name,
    formatType(withNullable(column.type, true)),
    column.type.nullable,
    isInput,
    ...(hasExtras ? [column.metadata === undefined ? null : `METADATA FROM '${column.metadata}'`] : []),
    ...(hasComments ? [column.comment ?? null] : []),
  ]);
  return { kind: 'rows', fields, rows };
}
