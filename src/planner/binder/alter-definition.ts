import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import type { Span } from '../../common/span.js';
import type { AlterAction, ColumnDefinition, ColumnPlace, ColumnsAction, CreateTable } from '../../sql/ast/ddl.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { Identifier } from '../../sql/ast/identifier.js';
import { printExpression } from '../../sql/printer.js';
import { forEachChild } from '../../sql/walk.js';

type ActionKind =
  | 'add-columns'
  | 'modify-columns'
  | 'drop-columns'
  | 'rename-column'
  | 'drop-primary-key'
  | 'drop-constraint'
  | 'drop-watermark';

/** What ALTER TABLE does to the definition of a table. */
export type DefinitionChange = Extract<AlterAction, { kind: ActionKind }>;

/**
 * The definition after ALTER TABLE, by Flink's rules; to be bound like a CREATE TABLE.
 *
 * @throws {MillraceError} where the change does not fit the definition, at the change.
 */
export function alterDefinition(table: CreateTable, change: DefinitionChange): CreateTable {
  switch (change.kind) {
    case 'add-columns':
      return add(table, change);
    case 'modify-columns':
      return modify(table, change);
    case 'drop-columns':
      return change.columns.reduce(dropColumn, table);
    case 'rename-column':
      return renameColumn(table, change);
    case 'drop-constraint':
      if (table.primaryKey?.name?.name !== change.name.name)
        throw invalid(
          `the table has no constraint "${change.name.name}"`,
          change.name.span,
          table.primaryKey ? 'write DROP PRIMARY KEY' : undefined,
        );
      return withoutKey(table);
    case 'drop-primary-key':
      if (!table.primaryKey) throw invalid('the table has no primary key', table.span);
      return withoutKey(table);
    case 'drop-watermark':
      if (!table.watermark) throw invalid('the table has no watermark', table.span);
      return { ...table, watermark: undefined };
  }
}

function add(table: CreateTable, { columns, places, watermark, primaryKey }: ColumnsAction): CreateTable {
  for (const { name } of columns) {
    if (table.columns.some(column => column.name.name === name.name))
      throw invalid(`the table has a column "${name.name}" already`, name.span, 'write MODIFY to change it');
  }
  if (watermark && table.watermark) throw invalid('the table has a watermark already', watermark.span, 'write MODIFY, or drop it first');
  if (primaryKey && table.primaryKey)
    throw invalid('the table has a primary key already', primaryKey.span, 'write MODIFY, or drop it first');
  const placed = columns.reduce((all, column, i) => placedAt(all, column, places[i] ?? { kind: 'last' }), table.columns);
  return { ...table, columns: placed, watermark: watermark ?? table.watermark, primaryKey: primaryKey ?? table.primaryKey };
}

function modify(table: CreateTable, { columns, places, watermark, primaryKey }: ColumnsAction): CreateTable {
  if (watermark && !table.watermark) throw invalid('the table has no watermark', watermark.span, 'write ADD');
  if (primaryKey && !table.primaryKey) throw invalid('the table has no primary key', primaryKey.span, 'write ADD');
  const changed = columns.reduce((all, column, i) => {
    const at = indexOf(all, column.name);
    // As in Flink, a comment stays where no other is written.
    const replaced = { ...column, comment: column.comment ?? all[at]!.comment };
    const place = places[i];
    return place === undefined ? all.with(at, replaced) : placedAt(all.toSpliced(at, 1), replaced, place);
  }, table.columns);
  return { ...table, columns: changed, watermark: watermark ?? table.watermark, primaryKey: primaryKey ?? table.primaryKey };
}

function placedAt(
  columns: readonly ColumnDefinition[],
  column: ColumnDefinition,
  place: ColumnPlace | { readonly kind: 'last' },
): ColumnDefinition[] {
  const at = place.kind === 'first' ? 0 : place.kind === 'last' ? columns.length : indexOf(columns, place.column) + 1;
  return columns.toSpliced(at, 0, column);
}

function indexOf(columns: readonly ColumnDefinition[], { name, span }: Identifier): number {
  const at = columns.findIndex(column => column.name.name === name);
  if (at >= 0) return at;
  const suggestion = nearest(
    name,
    columns.map(column => column.name.name),
  );
  throw new MillraceError({
    code: 'UNKNOWN_COLUMN',
    message: `the table has no column "${name}"`,
    span,
    notes: suggestion === undefined ? [] : [{ message: `did you mean "${suggestion}"?` }],
  });
}

function dropColumn(table: CreateTable, column: Identifier): CreateTable {
  const at = indexOf(table.columns, column);
  refuseUsed(table, column, 'drop');
  if (table.primaryKey?.columns.some(({ name }) => name === column.name))
    throw invalid(`column "${column.name}" is part of the primary key`, column.span, 'write DROP PRIMARY KEY first');
  return { ...table, columns: table.columns.toSpliced(at, 1) };
}

function renameColumn(table: CreateTable, { from, to }: Extract<AlterAction, { kind: 'rename-column' }>): CreateTable {
  const at = indexOf(table.columns, from);
  if (table.columns.some(column => column.name.name === to.name))
    throw new MillraceError({ code: 'DUPLICATE_NAME', message: `the table has a column "${to.name}" already`, span: to.span });
  refuseUsed(table, from, 'rename');
  const column = table.columns[at]!;
  // Without FROM the key of metadata is the column's name, and that must not change with it.
  const renamed =
    column.kind === 'metadata-column' && column.from === undefined ? { ...column, from: { key: from.name, span: from.span } } : column;
  return {
    ...table,
    columns: table.columns.with(at, { ...renamed, name: to }),
    primaryKey: table.primaryKey && {
      ...table.primaryKey,
      columns: table.primaryKey.columns.map(each => (each.name === from.name ? to : each)),
    },
  };
}

/** What is computed from a column, and what it divides the table by, holds it by its name. */
function refuseUsed(table: CreateTable, { name, span }: Identifier, what: 'drop' | 'rename'): void {
  const user = table.columns.find(
    column => column.kind === 'computed-column' && column.name.name !== name && names(column.expression, name),
  );
  if (user)
    throw invalid(
      `column "${name}" is used by the computed column "${user.name.name}"`,
      span,
      `${what} it after "${user.name.name}" is dropped`,
    );
  if (table.watermark && (table.watermark.column[0]!.name === name || names(table.watermark.expression, name)))
    throw invalid(
      `column "${name}" is used by the watermark ${printExpression(table.watermark.expression)}`,
      span,
      'write DROP WATERMARK first',
    );
  if (table.partitionedBy.some(key => key.name === name))
    throw invalid(`column "${name}" is a partition key`, span, 'create another table');
}

function names(expression: Expression, column: string): boolean {
  if (expression.kind === 'column') return expression.parts[0]!.name === column;
  let isNamed = false;
  forEachChild(expression, child => {
    isNamed ||= names(child, column);
  });
  return isNamed;
}

/** The columns of a key that goes stay NOT NULL, as in Flink. */
function withoutKey(table: CreateTable): CreateTable {
  const key = new Set(table.primaryKey!.columns.map(column => column.name));
  const columns = table.columns.map(column =>
    column.kind !== 'computed-column' && key.has(column.name.name) ? { ...column, type: { ...column.type, nullable: false } } : column,
  );
  return { ...table, columns, primaryKey: undefined };
}

function invalid(message: string, span: Span, note?: string): MillraceError {
  return new MillraceError({ code: 'INVALID_DEFINITION', message, span, notes: note === undefined ? [] : [{ message: note }] });
}
