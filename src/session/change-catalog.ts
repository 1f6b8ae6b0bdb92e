import type { Catalog } from '../catalog/catalog.js';
import { MillraceError } from '../common/error.js';
import { createBinding } from '../planner/binder/create-binding.js';
import { Diagnostics } from '../planner/binder/diagnostics.js';
import { bindModelDefinition } from '../planner/binder/bind-model-definition.js';
import { bindViewDefinition } from '../planner/binder/bind-table-definition.js';
import type { ScalarFunction } from '../planner/functions/function.js';
import type { CreateModel, CreateView, Drop } from '../sql/ast/ddl.js';
import { dropFunction } from './change-function.js';
import { dropNamespace } from './change-namespace.js';
import { placedAt, spansOf } from './check-options.js';
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
export function createView(node: CreateView, context: CatalogContext): string {
  const { catalog } = context;
  const existing = catalog.findRelationOf({ name: catalog.qualify(node.name), temporary: node.temporary });
  if (existing && node.ifNotExists) return `view "${existing.name.object}" exists`;
  checkPlace(node, catalog);
  const view = bindViewDefinition(node, createBinding({ ...context, diagnostics: new Diagnostics() }));
  catalog.addRelation(view, node.name.span);
  return `view "${view.name.object}" created`;
}

export async function createModel(node: CreateModel, context: CatalogContext): Promise<string> {
  const { catalog } = context;
  const existing = catalog.findModel(catalog.qualify(node.name));
  if (existing?.temporary === node.temporary && node.ifNotExists) return `model "${existing.name.object}" exists`;
  checkPlace(node, catalog);
  const model = bindModelDefinition(node, createBinding({ ...context, diagnostics: new Diagnostics() }));
  await context.models.declarations.check(model, spansOf(node.options)).catch(placedAt(node.name.span));
  if (node.orReplace) catalog.replaceModel(model);
  else catalog.addModel(model, node.name.span);
  return `model "${model.name.object}" created`;
}

function checkPlace(node: CreateView | CreateModel, catalog: Catalog): void {
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
  else catalog.removeRelation(object);
  return `${noun} "${name.object}" dropped`;
}
