import type { Catalog } from '../catalog/catalog.js';
import { definitionOf } from '../catalog/definition-of.js';
import type { TableObject } from '../catalog/objects.js';
import { MillraceError } from '../common/error.js';
import type { Span } from '../common/span.js';
import { bindTableAs } from '../planner/binder/bind-table-as.js';
import { bindTableDefinition } from '../planner/binder/bind-table-definition.js';
import { createBinding } from '../planner/binder/create-binding.js';
import { Diagnostics } from '../planner/binder/diagnostics.js';
import { mergeLike } from '../planner/binder/merge-like.js';
import type { CreateTable } from '../sql/ast/ddl.js';
import type { Query } from '../sql/ast/query.js';
import type { Insert } from '../sql/ast/statement.js';
import type { CatalogContext } from './change-catalog.js';
import { placedAt, spansOf } from './check-options.js';

/** A table that a statement defines, which is in no catalog yet. */
export interface DefinedTable {
  readonly table: TableObject;
  /** What fills it, for CREATE TABLE … AS. */
  readonly insert: Insert | undefined;
}

/**
 * Binds and checks what CREATE TABLE says; `undefined` where IF NOT EXISTS finds a table of the name and lifetime.
 *
 * @throws {MillraceError | MillraceErrors} also where the name is taken.
 */
export async function defineTable(node: CreateTable, context: CatalogContext): Promise<DefinedTable | undefined> {
  const { catalog } = context;
  const name = catalog.qualify(node.name);
  const existing = catalog.findRelationOf({ name, temporary: node.temporary });
  if (existing && node.ifNotExists) return undefined;
  if (existing && !node.orReplace)
    throw new MillraceError({
      code: 'ALREADY_EXISTS',
      message: `there is already a table or view "${name.object}"`,
      span: node.name.span,
    });
  if (existing?.kind === 'view')
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `"${name.object}" is a view, and OR REPLACE replaces tables`,
      span: node.name.span,
      notes: [{ message: `write DROP VIEW ${name.object} first` }],
    });
  catalog.checkPlace({ name, temporary: node.temporary }, node.name.span);
  const like = node.like && (await merged(node, context));
  const as = node.query && asQuery(node, node.query, context);
  const definition = like ?? as?.definition ?? node;
  const table = bindTableDefinition(definition, newBinding(context));
  await context.tables.check(table, spansOf(definition.options)).catch(placedAt(node.name.span));
  return { table, insert: as?.insert };
}

/** Puts a defined table into the catalog; what comes back takes it out again, and puts back what it has replaced. */
export function putTable({ table }: DefinedTable, catalog: Catalog): () => void {
  const before = catalog.findRelationOf(table);
  catalog.replaceRelation(table);
  return () => {
    if (before) catalog.replaceRelation(before);
    else catalog.removeRelation(table);
  };
}

function newBinding(context: CatalogContext): ReturnType<typeof createBinding> {
  return createBinding({ ...context, diagnostics: new Diagnostics() });
}

function asQuery(node: CreateTable, query: Query, context: CatalogContext): ReturnType<typeof bindTableAs> {
  return bindTableAs(node, query, newBinding(context));
}

async function merged(node: CreateTable, { catalog, tables }: CatalogContext): Promise<CreateTable> {
  const like = node.like!;
  const found = catalog.relation(like.source);
  if (found.kind === 'view') throw isView(found.name.object, like.source.span);
  return mergeLike(node, like, { source: definitionOf(found, like.source.span), keyOf: await tables.keyOf(found) });
}

function isView(name: string, span: Span): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `"${name}" is a view, and LIKE takes a table`,
    span,
    notes: [{ message: 'write CREATE TABLE … AS SELECT * FROM it' }],
  });
}
