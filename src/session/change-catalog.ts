import type { Catalog } from '../catalog/catalog.js';
import type { ModelObject, QualifiedName, RelationObject } from '../catalog/objects.js';
import { MillraceError } from '../common/error.js';
import type { OptionSpans, Span } from '../common/span.js';
import { createBinding } from '../planner/binder/create-binding.js';
import { Diagnostics } from '../planner/binder/diagnostics.js';
import { bindModelDefinition } from '../planner/binder/bind-model-definition.js';
import { bindTableDefinition, bindViewDefinition } from '../planner/binder/bind-table-definition.js';
import type { ScalarFunction } from '../planner/functions/function.js';
import type { Alter, CreateModel, CreateTable, CreateView, Drop } from '../sql/ast/ddl.js';
import type { ObjectName, OptionPair } from '../sql/ast/identifier.js';
import { alterFunction, dropFunction } from './change-function.js';
import { alterNamespace, dropNamespace } from './change-namespace.js';
import { changedOptions } from './change-options.js';
import type { ModuleLoader } from './module-loader.js';
import type { ModelFactory } from './model-factory.js';
import type { TableFactory } from './table-factory.js';

/** What a statement that changes the catalog needs. */
export interface CatalogContext {
  readonly catalog: Catalog;
  readonly functions: ReadonlyMap<string, ScalarFunction>;
  readonly tables: TableFactory;
  readonly models: ModelFactory;
  readonly loadModule: ModuleLoader;
}

/** Each returns one line for people. */
export async function createTable(node: CreateTable, context: CatalogContext): Promise<string> {
  const { catalog } = context;
  const existing = catalog.findRelation(catalog.qualify(node.name));
  if (existing && node.ifNotExists) return `table "${existing.name.object}" exists`;
  checkPlace(node, catalog);
  const table = bindTableDefinition(node, createBinding({ ...context, diagnostics: new Diagnostics() }));
  await context.tables.check(table, spansOf(node.options)).catch(placedAt(node.name.span));
  if (node.orReplace) catalog.replaceRelation(table);
  else catalog.addRelation(table, node.name.span);
  return `table "${table.name.object}" created`;
}

export function createView(node: CreateView, context: CatalogContext): string {
  const { catalog } = context;
  const existing = catalog.findRelation(catalog.qualify(node.name));
  if (existing && node.ifNotExists) return `view "${existing.name.object}" exists`;
  checkPlace(node, catalog);
  const view = bindViewDefinition(node, createBinding({ ...context, diagnostics: new Diagnostics() }));
  catalog.addRelation(view, node.name.span);
  return `view "${view.name.object}" created`;
}

export async function createModel(node: CreateModel, context: CatalogContext): Promise<string> {
  const { catalog } = context;
  const existing = catalog.findModel(catalog.qualify(node.name));
  if (existing && node.ifNotExists) return `model "${existing.name.object}" exists`;
  checkPlace(node, catalog);
  const model = bindModelDefinition(node, createBinding({ ...context, diagnostics: new Diagnostics() }));
  await context.models.check(model, spansOf(node.options)).catch(placedAt(node.name.span));
  if (node.orReplace) catalog.replaceModel(model);
  else catalog.addModel(model, node.name.span);
  return `model "${model.name.object}" created`;
}

function checkPlace(node: CreateTable | CreateView | CreateModel, catalog: Catalog): void {
  catalog.checkPlace({ name: catalog.qualify(node.name), temporary: node.temporary }, node.name.span);
}

/** As in Flink, a temporary object is dropped as such: it may hide a permanent one of the same name. */
export function drop(node: Drop, { catalog }: CatalogContext): string {
  if (node.object === 'CATALOG' || node.object === 'DATABASE') return dropNamespace(node, catalog);
  if (node.object === 'FUNCTION') return dropFunction(node, catalog);
  const name = catalog.qualify(node.name);
  const noun = node.object.toLowerCase();
  const found = node.object === 'MODEL' ? catalog.findModel(name) : catalog.findRelation(name);
  const isThere = found !== undefined && (found.temporary || !node.temporary);
  if (!isThere && node.ifExists) return `there was no ${noun} "${name.object}"`;
  const object = found ?? (node.object === 'MODEL' ? catalog.model(node.name) : catalog.relation(node.name));
  if (object.kind !== noun || object.temporary !== node.temporary) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `"${name.object}" is a ${object.temporary ? 'temporary ' : ''}${object.kind}`,
      span: node.name.span,
      notes: [{ message: `write DROP ${object.temporary ? 'TEMPORARY ' : ''}${object.kind.toUpperCase()} ${name.object}` }],
    });
  }
  if (object.kind === 'model') catalog.dropModel(name);
  else catalog.dropRelation(name);
  return `${noun} "${name.object}" dropped`;
}

/** ALTER of everything that can be changed. */
export async function alter(node: Alter, context: CatalogContext): Promise<string> {
  const { catalog } = context;
  if (node.object === 'CATALOG' || node.object === 'DATABASE') return alterNamespace(node, catalog);
  if (node.object === 'FUNCTION') return alterFunction(node, context);
  const name = catalog.qualify(node.name);
  if (node.object !== 'MODEL' && node.object !== 'TABLE')
    throw unsupportedObject(node, `the embedded engine does not run ALTER ${node.object}`);
  const found = node.object === 'MODEL' ? catalog.findModel(name) : catalog.findRelation(name);
  if (!found && node.ifExists) return `there was no ${node.object.toLowerCase()} "${name.object}"`;
  const object = found ?? (node.object === 'MODEL' ? catalog.model(node.name) : catalog.relation(node.name));
  if (node.object === 'TABLE' && object.kind !== 'table') throw unsupportedObject(node, `"${name.object}" is a ${object.kind}`);
  await change(object as ModelObject | Extract<RelationObject, { kind: 'table' }>, node, context);
  return `${node.object.toLowerCase()} "${name.object}" changed`;
}

async function change(
  object: ModelObject | Extract<RelationObject, { kind: 'table' }>,
  node: Alter,
  context: CatalogContext,
): Promise<void> {
  const { catalog } = context;
  const { action } = node;
  if (action.kind === 'rename') {
    const to = renamed(object.name, action.to);
    if (object.kind === 'model') {
      catalog.addModel({ ...object, name: to }, action.to.span);
      catalog.dropModel(object.name);
    } else {
      catalog.addRelation({ ...object, name: to }, action.to.span);
      catalog.dropRelation(object.name);
    }
    return;
  }
  if (action.kind !== 'set' && action.kind !== 'reset')
    throw unsupportedObject(node, `the embedded engine does not run ALTER ${node.object} … ${action.kind.split('-')[0]!.toUpperCase()}`);
  const keyOf = await (object.kind === 'model' ? context.models.keyOf(object) : context.tables.keyOf(object));
  const options = changedOptions(object.options, node, keyOf);
  const spans = action.kind === 'set' ? spansOf(action.options) : new Map();
  if (object.kind === 'model') {
    const changed = { ...object, options };
    await context.models.check(changed, spans).catch(placedAt(node.name.span));
    catalog.replaceModel(changed);
  } else {
    const changed = { ...object, options };
    await context.tables.check(changed, spans).catch(placedAt(node.name.span));
    catalog.replaceRelation(changed);
  }
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

function unsupportedObject(node: Alter | Drop, message: string): MillraceError {
  return new MillraceError({ code: 'UNSUPPORTED', message, span: node.span });
}

function spansOf(pairs: readonly OptionPair[]): OptionSpans {
  return new Map(pairs.map(pair => [pair.key, { key: pair.keySpan, value: pair.valueSpan }]));
}

function placedAt(span: Span): (thrown: unknown) => never {
  return thrown => {
    throw MillraceError.is(thrown) ? thrown.at(span) : thrown;
  };
}
