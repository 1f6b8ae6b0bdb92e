import type { Catalog } from '../catalog/catalog.js';
import { IN_MEMORY_CATALOG } from '../catalog/namespaces.js';
import type { CatalogObject, DatabaseObject, Namespace, Options } from '../catalog/objects.js';
import { MillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import { bindOptionPairs } from '../planner/binder/bind-table-definition.js';
import type { Alter, CreateNamespace, Drop } from '../sql/ast/ddl.js';
import type { ObjectName, OptionPair } from '../sql/ast/identifier.js';
import type { Use } from '../sql/ast/statement.js';
import { changedOptions } from './change-options.js';

/** The database that a catalog starts with, where its options name none; as in Flink. */
const DEFAULT_DATABASE = 'default';
const CATALOG_OPTIONS = ['type', 'default-database'];

/** CREATE CATALOG and CREATE DATABASE. Returns one line for people, as every function here. */
export function createNamespace(node: CreateNamespace, catalog: Catalog): string {
  return node.object === 'CATALOG' ? createCatalog(node, catalog) : createDatabase(node, catalog);
}

function createCatalog(node: CreateNamespace, { namespaces }: Catalog): string {
  const name = catalogName(node.name);
  if (namespaces.findCatalog(name)) {
    if (node.ifNotExists) return `catalog "${name}" exists`;
    throw new MillraceError({ code: 'ALREADY_EXISTS', message: `there is already a catalog "${name}"`, span: node.name.span });
  }
  const options = bindOptionPairs(node.options);
  checkCatalogOptions(name, options, node);
  const defaultDatabase = options.get('default-database') ?? DEFAULT_DATABASE;
  namespaces.addCatalog({ kind: 'catalog', name, defaultDatabase, options, comment: node.comment });
  return `catalog "${name}" created`;
}

/** @throws {MillraceError} for a missing or another type, and for options that no catalog in memory has. */
function checkCatalogOptions(name: string, options: Options, node: Pick<CreateNamespace, 'name' | 'options'>): void {
  const type = options.get('type');
  const write = { message: `write WITH ('type' = '${IN_MEMORY_CATALOG}')` };
  if (type === undefined)
    throw new MillraceError({
      code: 'MISSING_OPTION',
      message: `catalog "${name}" lacks the option "type"`,
      span: node.name.span,
      notes: [write],
    });
  if (type !== IN_MEMORY_CATALOG)
    throw new MillraceError({
      code: 'UNKNOWN_EXTENSION',
      message: `there is no catalog of type "${type}"`,
      span: pairOf(node.options, 'type')?.valueSpan ?? node.name.span,
      notes: [write, { message: 'catalogs of other types are read by Flink: --engine flink' }],
    });
  const unknown = [...options.keys()].find(key => !CATALOG_OPTIONS.includes(key));
  if (unknown === undefined) return;
  const suggestion = nearest(unknown, CATALOG_OPTIONS);
  throw new MillraceError({
    code: 'UNKNOWN_OPTION',
    message: `catalog "${name}" has no option "${unknown}"`,
    span: pairOf(node.options, unknown)?.keySpan ?? node.name.span,
    notes: [{ message: suggestion === undefined ? `its options are ${CATALOG_OPTIONS.join(', ')}` : `did you mean "${suggestion}"?` }],
  });
}

function pairOf(pairs: readonly OptionPair[], key: string): OptionPair | undefined {
  return pairs.find(pair => pair.key === key);
}

function createDatabase(node: CreateNamespace, catalog: Catalog): string {
  const namespace = catalog.qualifyDatabase(node.name);
  catalog.namespaces.catalog(namespace.catalog, node.name.span);
  const shown = databaseText(namespace);
  if (catalog.namespaces.findDatabase(namespace)) {
    if (node.ifNotExists) return `database "${shown}" exists`;
    throw new MillraceError({ code: 'ALREADY_EXISTS', message: `there is already a database "${shown}"`, span: node.name.span });
  }
  catalog.namespaces.putDatabase({
    kind: 'database',
    catalog: namespace.catalog,
    name: namespace.database,
    options: bindOptionPairs(node.options),
    comment: node.comment,
  });
  return `database "${shown}" created`;
}

/** DROP CATALOG and DROP DATABASE; what is in use stays, as in Flink. */
export function dropNamespace(node: Drop, catalog: Catalog): string {
  return node.object === 'CATALOG' ? dropCatalog(node, catalog) : dropDatabase(node, catalog);
}

function dropCatalog(node: Drop, catalog: Catalog): string {
  const name = catalogName(node.name);
  if (node.ifExists && !catalog.namespaces.findCatalog(name)) return `there was no catalog "${name}"`;
  catalog.namespaces.catalog(name, node.name.span);
  if (catalog.current.catalog === name) throw inUse('catalog', name, node);
  catalog.dropCatalog(name);
  return `catalog "${name}" dropped`;
}

function dropDatabase(node: Drop, catalog: Catalog): string {
  const namespace = catalog.qualifyDatabase(node.name);
  const shown = databaseText(namespace);
  if (node.ifExists && !catalog.namespaces.findDatabase(namespace)) return `there was no database "${shown}"`;
  catalog.namespaces.database(namespace, node.name.span);
  if (databaseText(catalog.current) === shown) throw inUse('database', shown, node);
  const objects = catalog.objectsIn(namespace);
  if (objects.length > 0 && node.behavior !== 'CASCADE') {
    const { kind, name } = objects[0]!;
    const others = objects.length === 1 ? '' : ` and ${objects.length - 1} more`;
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `database "${shown}" is not empty: it has the ${kind} "${name.object}"${others}`,
      span: node.name.span,
      notes: [{ message: `drop what is in it, or write DROP DATABASE ${node.name.parts.map(part => part.name).join('.')} CASCADE` }],
    });
  }
  catalog.dropDatabase(namespace);
  return `database "${shown}" dropped`;
}

function inUse(noun: 'catalog' | 'database', name: string, node: Drop): MillraceError {
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${noun} "${name}" is the current one, so it cannot be dropped`,
    span: node.name.span,
    notes: [{ message: `change to another one first, with USE${noun === 'catalog' ? ' CATALOG' : ''}` }],
  });
}

/** ALTER CATALOG SET, RESET, COMMENT and ALTER DATABASE SET. */
export function alterNamespace(node: Alter, catalog: Catalog): string {
  return node.object === 'CATALOG' ? alterCatalog(node, catalog) : alterDatabase(node, catalog);
}

function alterCatalog(node: Alter, { namespaces }: Catalog): string {
  const name = catalogName(node.name);
  const { action } = node;
  const found = namespaces.catalog(name, node.name.span);
  const changed: CatalogObject =
    action.kind === 'comment'
      ? { ...found, comment: action.comment }
      : { ...found, options: changedOptions(found.options, node, key => key) };
  // The default database exists already, under the name that it was created with.
  const fixed =
    changed.options.get('type') !== found.options.get('type')
      ? 'type'
      : defaultOf(changed) !== defaultOf(found)
        ? 'default-database'
        : undefined;
  if (fixed !== undefined)
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `the option "${fixed}" of catalog "${name}" is fixed when it is created`,
      span: node.name.span,
      notes: [{ message: 'create another catalog' }],
    });
  checkCatalogOptions(name, changed.options, { name: node.name, options: action.kind === 'set' ? action.options : [] });
  namespaces.replaceCatalog(changed);
  return `catalog "${name}" changed`;
}

function defaultOf({ options }: CatalogObject): string | undefined {
  return options.get('default-database');
}

function alterDatabase(node: Alter, catalog: Catalog): string {
  const namespace = catalog.qualifyDatabase(node.name);
  const found: DatabaseObject = catalog.namespaces.database(namespace, node.name.span);
  catalog.namespaces.putDatabase({ ...found, options: changedOptions(found.options, node, key => key) });
  return `database "${databaseText(namespace)}" changed`;
}

/** USE CATALOG, with its default database, and USE [catalog.]database. */
export function use(node: Use, catalog: Catalog): string {
  if (node.object === 'CATALOG') {
    const name = catalogName(node.name);
    const { defaultDatabase } = catalog.namespaces.catalog(name, node.name.span);
    catalog.use({ catalog: name, database: defaultDatabase });
    return `catalog "${name}" is used`;
  }
  const namespace = catalog.qualifyDatabase(node.name);
  catalog.namespaces.database(namespace, node.name.span);
  catalog.use(namespace);
  return `database "${databaseText(namespace)}" is used`;
}

/** @throws {MillraceError} `SYNTAX` for a name of several parts. */
export function catalogName({ parts, span }: ObjectName): string {
  if (parts.length === 1) return parts[0]!.name;
  throw new MillraceError({ code: 'SYNTAX', message: "a catalog's name has one part", span });
}

function databaseText({ catalog, database }: Namespace): string {
  return `${catalog}.${database}`;
}
