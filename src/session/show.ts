import type { Catalog } from '../catalog/catalog.js';
import type { Namespace, QualifiedName } from '../catalog/objects.js';
import { MillraceError } from '../common/error.js';
import { OTHER_NAMES } from '../planner/binder/call-function.js';
import type { Show, ShowSubject } from '../sql/ast/statement.js';
import { catalogName } from './change-namespace.js';
import { describeRelation } from './describe.js';
import type { NameContext } from './name-context.js';
import { textField, type ResultTable } from './result-table.js';

type Shower = (node: Show, context: NameContext) => ResultTable;

/** SHOW of a list or of what is current, with the columns that Flink shows, in order of the names. */
export function showObjects(node: Show, context: NameContext): ResultTable {
  return SUBJECTS[node.subject](node, context);
}

const SUBJECTS: Readonly<Record<ShowSubject, Shower>> = {
  CATALOGS: (node, { catalog: { namespaces } }) =>
    names(
      'catalog name',
      namespaces.catalogs().map(each => each.name),
      node,
    ),
  'CURRENT CATALOG': (_, { catalog: { current } }) => one('current catalog name', current.catalog),
  DATABASES(node, { catalog: { namespaces, current } }) {
    const { name } = node.from ? namespaces.catalog(catalogName(node.from), node.from.span) : { name: current.catalog };
    return names(
      'database name',
      namespaces.databases(name).map(each => each.name),
      node,
    );
  },
  'CURRENT DATABASE': (_, { catalog: { current } }) => one('current database name', current.database),
  TABLES: (node, { catalog }) => objects('table name', catalog.relations(), node, catalog),
  VIEWS: (node, { catalog }) =>
    objects(
      'view name',
      catalog.relations().filter(each => each.kind === 'view'),
      node,
      catalog,
    ),
  MODELS: (node, { catalog }) => objects('model name', catalog.models(), node, catalog),
  COLUMNS(node, { catalog }) {
    const all = describeRelation(catalog.relation(node.from!));
    // Flink lists the columns without their comments.
    return {
      ...all,
      fields: all.fields.slice(0, 6),
      rows: all.rows.filter(([name]) => isLike(String(name), node.like)).map(row => row.slice(0, 6)),
    };
  },
  FUNCTIONS(node, { catalog, functions }) {
    const builtIn = [...functions.keys()].filter(name => /^[A-Z]/.test(name));
    return names('function name', [...new Set([...builtIn, ...OTHER_NAMES, ...userFunctions(node, catalog)])].toSorted(), node);
  },
  'USER FUNCTIONS': (node, { catalog }) => names('function name', userFunctions(node, catalog).toSorted(), node),
  PARTITIONS: refused('partitions', 'the catalog keeps none: a connector finds them when a table is read'),
  PROCEDURES: refused('procedures', 'catalogs with procedures are read by Flink: --engine flink'),
  MODULES: refused('modules', 'all built-in functions are there without one'),
  'FULL MODULES': refused('modules', 'all built-in functions are there without one'),
  JARS: refused('jars', "functions come from ES modules: CREATE FUNCTION f AS 'module.mjs#export' LANGUAGE JAVASCRIPT"),
};

function refused(what: string, note: string): Shower {
  return ({ span }) => {
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: `the embedded engine has no list of ${what}`,
      span,
      notes: [{ message: note }],
    });
  };
}

function names(column: string, all: readonly string[], { like }: Show): ResultTable {
  return { kind: 'rows', fields: [textField(column)], rows: all.filter(name => isLike(name, like)).map(name => [name]) };
}

function one(column: string, value: string): ResultTable {
  return { kind: 'rows', fields: [textField(column)], rows: [[value]] };
}

/** Those of the database that FROM names, or of the current one. */
function objects(column: string, all: readonly { readonly name: QualifiedName }[], node: Show, catalog: Catalog): ResultTable {
  const place = node.from ? databaseOf(node, catalog) : catalog.current;
  const inPlace = all.filter(({ name }) => name.catalog === place.catalog && name.database === place.database);
  return names(
    column,
    inPlace.map(each => each.name.object),
    node,
  );
}

/** Temporary system functions, and those of the database that FROM names or of the current one. */
function userFunctions(node: Show, catalog: Catalog): string[] {
  const place = node.from ? databaseOf(node, catalog) : catalog.current;
  const own = catalog.functions().filter(({ name }) => name.catalog === place.catalog && name.database === place.database);
  return [...new Set([...catalog.systemFunctions(), ...own].map(each => each.name.object))];
}

function databaseOf({ from }: Show, catalog: Catalog): Namespace {
  const namespace = catalog.qualifyDatabase(from!);
  catalog.namespaces.database(namespace, from!.span);
  return namespace;
}

/** LIKE or ILIKE of SHOW: `%` is any text, `_` one character, and what follows a backslash is meant as it stands. */
function isLike(name: string, like: Show['like']): boolean {
  if (!like) return true;
  const pattern = like.pattern.replaceAll(
    /\\(.)|([%_])|([.*+?^${}()|[\]\\/])/gsu,
    (_, escaped?: string, wildcard?: string, sign?: string) => {
      if (wildcard !== undefined) return wildcard === '%' ? '.*' : '.';
      return (escaped ?? sign!).replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
    },
  );
  return new RegExp(`^${pattern}$`, like.operator === 'ILIKE' ? 'sui' : 'su').test(name) !== like.not;
}
