import { MillraceError } from '../common/error.js';
import { nearest } from '../common/nearest.js';
import type { Span } from '../common/span.js';
import type { CatalogObject, DatabaseObject, Namespace } from './objects.js';

/** What a session starts with. */
export const DEFAULT_NAMESPACE: Namespace = { catalog: 'default_catalog', database: 'default_database' };

/** The type of catalogs that are kept in memory; there is no other. */
export const IN_MEMORY_CATALOG = 'generic_in_memory';

/** The catalogs of a session and their databases. Names are case-sensitive. */
export class Namespaces {
  readonly #catalogs = new Map<string, CatalogObject>();
  readonly #databases = new Map<string, Map<string, DatabaseObject>>();

  constructor() {
    const { catalog, database } = DEFAULT_NAMESPACE;
    const options = new Map([
      ['default-database', database],
      ['type', IN_MEMORY_CATALOG],
    ]);
    this.addCatalog({ kind: 'catalog', name: catalog, defaultDatabase: database, options, comment: undefined });
  }

  /** In order of their names. */
  catalogs(): CatalogObject[] {
    return sorted(this.#catalogs);
  }

  /** In order of their names; none of a catalog that does not exist. */
  databases(catalog: string): DatabaseObject[] {
    return sorted(this.#databases.get(catalog) ?? new Map());
  }

  findCatalog(name: string): CatalogObject | undefined {
    return this.#catalogs.get(name);
  }

  findDatabase({ catalog, database }: Namespace): DatabaseObject | undefined {
    return this.#databases.get(catalog)?.get(database);
  }

  /** @throws {MillraceError} `UNKNOWN_CATALOG` at `span`. */
  catalog(name: string, span: Span): CatalogObject {
    const found = this.#catalogs.get(name);
    if (found) return found;
    const notes = [hint(name, [...this.#catalogs.keys()], `create it: CREATE CATALOG ${name} WITH ('type' = '${IN_MEMORY_CATALOG}')`)];
    throw new MillraceError({ code: 'UNKNOWN_CATALOG', message: `there is no catalog "${name}"`, span, notes });
  }

  /** @throws {MillraceError} `UNKNOWN_CATALOG` or `UNKNOWN_DATABASE` at `span`. */
  database({ catalog, database }: Namespace, span: Span): DatabaseObject {
    this.catalog(catalog, span);
    const found = this.findDatabase({ catalog, database });
    if (found) return found;
    const names = this.databases(catalog).map(each => each.name);
    throw new MillraceError({
      code: 'UNKNOWN_DATABASE',
      message: `catalog "${catalog}" has no database "${database}"`,
      span,
      notes: [hint(database, names, `create it: CREATE DATABASE ${catalog}.${database}`)],
    });
  }

  /** Adds the catalog with its default database; the name is free. */
  addCatalog(catalog: CatalogObject): void {
    const { name, defaultDatabase } = catalog;
    this.#catalogs.set(name, catalog);
    this.#databases.set(name, new Map());
    this.putDatabase({ kind: 'database', catalog: name, name: defaultDatabase, options: new Map(), comment: undefined });
  }

  replaceCatalog(catalog: CatalogObject): void {
    this.#catalogs.set(catalog.name, catalog);
  }

  /** Removes the catalog with its databases. */
  removeCatalog(name: string): void {
    this.#catalogs.delete(name);
    this.#databases.delete(name);
  }

  /** Adds or replaces a database of a catalog that exists. */
  putDatabase(database: DatabaseObject): void {
    this.#databases.get(database.catalog)!.set(database.name, database);
  }

  removeDatabase({ catalog, database }: Namespace): void {
    this.#databases.get(catalog)?.delete(database);
  }
}

function hint(name: string, known: readonly string[], otherwise: string): { readonly message: string } {
  const suggestion = nearest(name, known);
  return { message: suggestion === undefined ? otherwise : `did you mean "${suggestion}"?` };
}

function sorted<T>(objects: ReadonlyMap<string, T>): T[] {
  return [...objects.keys()].toSorted().map(key => objects.get(key)!);
}
