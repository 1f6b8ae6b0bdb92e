import { definitionOf } from '../catalog/definition-of.js';
import type { ModelObject, QualifiedName, TableObject, ViewObject } from '../catalog/objects.js';
import { MillraceError } from '../common/error.js';
import { alterDefinition, type DefinitionChange } from '../planner/binder/alter-definition.js';
import { bindTableDefinition, bindViewDefinition } from '../planner/binder/bind-table-definition.js';
import { createBinding } from '../planner/binder/create-binding.js';
import { Diagnostics } from '../planner/binder/diagnostics.js';
import type { Alter, AlterAction } from '../sql/ast/ddl.js';
import type { ObjectName } from '../sql/ast/identifier.js';
import type { CatalogContext } from './change-catalog.js';
import { alterFunction } from './change-function.js';
import { alterNamespace } from './change-namespace.js';
import { changedOptions } from './change-options.js';
import { placedAt, spansOf } from './check-options.js';

/** ALTER of everything that can be changed. Returns one line for people. */
export async function alter(node: Alter, context: CatalogContext): Promise<string> {
  const { catalog } = context;
  const { object, ifExists } = node;
  if (object === 'CATALOG' || object === 'DATABASE') return alterNamespace(node, catalog);
  if (object === 'FUNCTION') return alterFunction(node, context);
  const name = catalog.qualify(node.name);
  const isThere = object === 'MODEL' ? catalog.findModel(name) : catalog.findRelation(name);
  if (!isThere && ifExists) return `there was no ${object.toLowerCase()} "${name.object}"`;
  const found = object === 'MODEL' ? catalog.model(node.name) : catalog.relation(node.name);
  if (found.kind !== object.toLowerCase()) throw isOther(found, node);
  if (found.kind === 'model') await alterModel(found, node, context);
  else if (found.kind === 'view') alterView(found, node, context);
  else await alterTable(found, node, context);
  return `${found.kind} "${name.object}" changed`;
}

async function alterModel(model: ModelObject, node: Alter, { catalog, models }: CatalogContext): Promise<void> {
  const { action } = node;
  if (action.kind === 'rename') {
    catalog.addModel({ ...model, name: renamed(model.name, action.to) }, action.to.span);
    catalog.dropModel(model.name);
    return;
  }
  const changed = { ...model, options: changedOptions(model.options, node, await models.declarations.keyOf(model)) };
  await models.declarations.check(changed, action.kind === 'set' ? spansOf(action.options) : new Map()).catch(placedAt(node.name.span));
  catalog.replaceModel(changed);
}

/** Another query gives a view other columns; its comment stays, as in Flink. */
function alterView(view: ViewObject, { name, action, span }: Alter, context: CatalogContext): void {
  const { catalog } = context;
  if (action.kind === 'rename') {
    catalog.addRelation({ ...view, name: renamed(view.name, action.to) }, action.to.span);
    catalog.removeRelation(view);
    return;
  }
  if (action.kind !== 'as') throw new MillraceError({ code: 'INTERNAL', message: `ALTER VIEW … ${action.kind}` });
  const { temporary, comment } = view;
  const created = { kind: 'create-view', temporary, ifNotExists: false, name, columns: [], comment, query: action.query, span } as const;
  catalog.replaceRelation({
    ...bindViewDefinition(created, createBinding({ ...context, diagnostics: new Diagnostics() })),
    name: view.name,
  });
}

async function alterTable(table: TableObject, node: Alter, context: CatalogContext): Promise<void> {
  const { catalog, tables } = context;
  const { action } = node;
  if (action.kind === 'rename') {
    catalog.addRelation({ ...table, name: renamed(table.name, action.to) }, action.to.span);
    catalog.removeRelation(table);
    return;
  }
  if (action.kind === 'add-partitions' || action.kind === 'drop-partitions')
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: 'the catalog keeps no partitions',
      span: action.span,
      notes: [{ message: 'a connector finds them when the table is read, and makes them when rows are written' }],
    });
  const changed = isDefinitionChange(action)
    ? changedTable(table, action, node, context)
    : { ...table, options: changedOptions(table.options, node, await tables.keyOf(table)) };
  await tables.check(changed, action.kind === 'set' ? spansOf(action.options) : new Map()).catch(placedAt(node.name.span));
  catalog.replaceRelation(changed);
}

function isDefinitionChange(action: AlterAction): action is DefinitionChange {
  return !['set', 'reset', 'comment', 'as', 'function'].includes(action.kind);
}

/** The definition is changed and bound anew, where the names in it mean what they meant. */
function changedTable(table: TableObject, change: DefinitionChange, { name }: Alter, context: CatalogContext): TableObject {
  const definition = alterDefinition(definitionOf(table, name.span), change);
  const catalog = context.catalog.within(table.namespace);
  return bindTableDefinition(definition, createBinding({ ...context, catalog, diagnostics: new Diagnostics() }));
}

/**
 * The new name of an object, which stays in its database.
 *
 * @throws {MillraceError} `INVALID_ARGUMENT` for a name in another one.
 */
function renamed(name: QualifiedName, to: ObjectName): QualifiedName {
  const [object, database = name.database, catalog = name.catalog] = to.parts.map(part => part.name).toReversed();
  if (database === name.database && catalog === name.catalog) return { ...name, object: object! };
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `RENAME keeps "${name.object}" in the database "${name.catalog}.${name.database}"`,
    span: to.span,
    notes: [{ message: 'create it in the other database, and drop this one' }],
  });
}

function isOther({ kind, name }: { readonly kind: string; readonly name: QualifiedName }, node: Alter): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `"${name.object}" is a ${kind}`,
    span: node.name.span,
    notes: [{ message: `write ALTER ${kind.toUpperCase()} ${name.object}` }],
  });
}
