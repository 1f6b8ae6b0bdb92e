import { isSensitiveKey } from '../common/sensitive-key.js';
import type { Catalog } from '../catalog/catalog.js';
import type { CatalogObject, ModelColumnObject, ModelObject, QualifiedName, TableObject, ViewObject } from '../catalog/objects.js';
import { definitionOf } from '../catalog/definition-of.js';
import { MillraceError } from '../common/error.js';
import { formatType, STRING } from '../spec/data-type.js';
import type { ShowCreate } from '../sql/ast/statement.js';
import { printQuery, printStatement } from '../sql/printer.js';
import { catalogName } from './change-namespace.js';
import type { StatementResult } from './statement-result.js';

/** The tree of a statement that nobody wrote has no places. */
const NOWHERE = { start: 0, end: 0 };

/** SHOW CREATE: one column `result` with a statement that makes the object again, except for its secrets. */
export function showCreate(node: ShowCreate, catalog: Catalog): StatementResult {
  const text = TEXTS[node.object](node, catalog);
  return { kind: 'rows', fields: [{ name: 'result', type: STRING }], rows: [[text]] };
}

const TEXTS: Readonly<Record<ShowCreate['object'], (node: ShowCreate, catalog: Catalog) => string>> = {
  TABLE: relationText,
  VIEW: relationText,
  MODEL: (node, catalog) => modelText(catalog.model(node.name)),
  CATALOG: (node, catalog) => catalogText(catalog.namespaces.catalog(catalogName(node.name), node.name.span)),
};

function relationText(node: ShowCreate, catalog: Catalog): string {
  const relation = catalog.relation(node.name);
  if (relation.kind !== node.object.toLowerCase()) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `"${relation.name.object}" is a ${relation.kind}`,
      span: node.name.span,
      notes: [{ message: `write SHOW CREATE ${relation.kind.toUpperCase()} ${relation.name.object}` }],
    });
  }
  return relation.kind === 'view' ? viewText(relation) : tableText(relation);
}

function quoted(name: QualifiedName): string {
  return [name.catalog, name.database, name.object].map(quote).join('.');
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function string(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function optionLines(options: ReadonlyMap<string, string>): string {
  const keys = [...options.keys()].toSorted();
  const lines = keys.map(key => `  ${string(key)} = ${string(shownOption(key, options))}`);
  return `WITH (\n${lines.join(',\n')}\n)`;
}

/** The option's value, or `******` where it is a secret. */
export function shownOption(key: string, options: ReadonlyMap<string, string>): string {
  return isSensitiveKey(key) ? '******' : options.get(key)!;
}

function comment(text: string | undefined): string {
  return text === undefined ? '' : `\nCOMMENT ${string(text)}`;
}

function temporary(object: { readonly temporary: boolean }): string {
  return object.temporary ? 'TEMPORARY ' : '';
}

function modelText(model: ModelObject): string {
  const columns = (each: readonly ModelColumnObject[]): string =>
    each
      .map(({ name, type, metadata, comment: text }) => {
        const from = metadata === undefined ? '' : ` METADATA FROM ${string(metadata)}`;
        return `${quote(name)} ${formatType(type)}${from}${text === undefined ? '' : ` COMMENT ${string(text)}`}`;
      })
      .join(', ');
  return [
    `CREATE ${temporary(model)}MODEL ${quoted(model.name)}`,
    `INPUT (${columns(model.inputs)})`,
    `OUTPUT (${columns(model.outputs)})${comment(model.comment)}`,
    optionLines(model.options),
  ].join('\n');
}

function catalogText({ name, options, comment: text }: CatalogObject): string {
  return `CREATE CATALOG ${quote(name)}${comment(text)}\n${optionLines(options)}`;
}

function tableText(table: TableObject): string {
  const definition = definitionOf(table, NOWHERE);
  const options = definition.options.map(pair => ({ ...pair, value: shownOption(pair.key, table.options) }));
  return printStatement({ ...definition, options });
}

function viewText(view: ViewObject): string {
  return `CREATE ${temporary(view)}VIEW ${quoted(view.name)} (${view.columns.map(column => quote(column.name)).join(', ')})${comment(view.comment)}\nAS ${printQuery(view.query)}`;
}
