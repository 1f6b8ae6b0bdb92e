import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { joinSpans } from '../../common/span.js';
import type { Identifier } from '../../sql/ast/identifier.js';
import type { BoundExpression } from '../logical/expression.js';
import type { PlanField } from '../logical/node.js';

/** The columns that an expression may name: field i of the input, by table and name. */
export interface Scope {
  readonly columns: readonly ScopeColumn[];
}

export interface ScopeColumn {
  /** Alias or last part of the table's name; `undefined` where the table has none. */
  readonly table: string | undefined;
  readonly field: PlanField;
  /** Whether only `table.name` reaches it, and `*` does not: a column that USING has merged with another. */
  readonly qualifiedOnly?: boolean | undefined;
}

export const EMPTY_SCOPE: Scope = { columns: [] };

export function scopeOf(fields: readonly PlanField[], table: string | undefined): Scope {
  return { columns: fields.map(field => ({ table, field })) };
}

/**
 * The column that `a`, `t.a`, `a.field` or `t.a.field` names; `undefined` for none.
 *
 * @throws {MillraceError} `AMBIGUOUS_COLUMN` at the name.
 */
export function findColumn(scope: Scope, parts: readonly Identifier[]): BoundExpression | undefined {
  const qualified = parts.length > 1 ? find(scope, parts[1]!, parts[0]!.name) : undefined;
  if (qualified !== undefined) return accessFields(columnAt(scope, qualified), parts.slice(2));
  // A longer prefix is `catalog.database.table`; only its last part tells tables of one query apart.
  for (let table = Math.min(2, parts.length - 2); table > 0; table--) {
    const index = find(scope, parts[table + 1]!, parts[table]!.name);
    if (index !== undefined) return accessFields(columnAt(scope, index), parts.slice(table + 2));
  }
  const plain = find(scope, parts[0]!, undefined);
  return plain === undefined ? undefined : accessFields(columnAt(scope, plain), parts.slice(1));
}

/**
 * The column that a name means, as `findColumn`.
 *
 * @throws {MillraceError} `UNKNOWN_COLUMN` or `AMBIGUOUS_COLUMN` at the name.
 */
export function resolveColumn(scope: Scope, parts: readonly Identifier[]): BoundExpression {
  const found = findColumn(scope, parts);
  if (found) return found;
  throw unknownColumn(scope, parts);
}

function columnAt(scope: Scope, index: number): BoundExpression {
  const { field } = scope.columns[index]!;
  return { kind: 'column', index, name: field.name, type: field.type };
}

function find(scope: Scope, name: Identifier, table: string | undefined): number | undefined {
  const found = scope.columns.flatMap((column, index) =>
    column.field.name === name.name && (table === undefined ? !column.qualifiedOnly : column.table === table) ? [index] : [],
  );
  if (found.length > 1) {
    const tables = found.map(index => scope.columns[index]!.table ?? 'a subquery');
    const where = table === undefined ? tables.map(each => `"${each}"`).join(' and ') : `${found.length} tables called "${table}"`;
    throw new MillraceError({
      code: 'AMBIGUOUS_COLUMN',
      message: `column "${name.name}" is in ${where}`,
      span: name.span,
      notes: [
        { message: table === undefined ? 'put the name of the table and a dot in front' : 'give each table a name of its own with AS' },
      ],
    });
  }
  return found[0];
}

/** Follows `.field` steps into ROW columns. */
export function accessFields(expression: BoundExpression, names: readonly Identifier[]): BoundExpression {
  let result = expression;
  for (const name of names) {
    const { type } = result;
    if (type.kind !== 'ROW') {
      throw new MillraceError({ code: 'TYPE_MISMATCH', message: `"${name.name}" is asked of a value that is not a ROW`, span: name.span });
    }
    const index = type.fields.findIndex(field => field.name === name.name);
    const field = type.fields[index];
    if (!field) {
      const suggestion = nearest(
        name.name,
        type.fields.map(each => each.name),
      );
      throw new MillraceError({
        code: 'UNKNOWN_COLUMN',
        message: `the ROW has no field "${name.name}"`,
        span: name.span,
        notes: [
          {
            message:
              suggestion === undefined
                ? `its fields are ${type.fields.map(each => each.name).join(', ')}`
                : `did you mean "${suggestion}"?`,
          },
        ],
      });
    }
    result = {
      kind: 'field',
      operand: result,
      index,
      name: field.name,
      type: { ...field.type, nullable: type.nullable || field.type.nullable },
    };
  }
  return result;
}

function unknownColumn(scope: Scope, parts: readonly Identifier[]): MillraceError {
  const [first, last] = [parts[0]!, parts.at(-1)!];
  const tables = [...new Set(scope.columns.map(column => column.table))];
  const known = scope.columns.filter(column => parts.length === 1 || column.table === first.name).map(column => column.field.name);
  const isTable = parts.length > 1 && tables.includes(first.name);
  const name = isTable || parts.length === 1 ? last.name : parts.map(part => part.name).join('.');
  const where = isTable
    ? `table "${first.name}" has`
    : tables.length === 1 && tables[0] !== undefined
      ? `table "${tables[0]}" has`
      : 'there is';
  const suggestion = nearest(last.name, known.length > 0 ? known : scope.columns.map(column => column.field.name));
  const columns = scope.columns.map(column => column.field.name);
  return new MillraceError({
    code: 'UNKNOWN_COLUMN',
    message: `${where} no column "${name}"`,
    span: joinSpans(first.span, last.span),
    notes:
      suggestion !== undefined
        ? [{ message: `did you mean "${suggestion}"?` }]
        : columns.length > 0 && columns.length <= 20
          ? [{ message: `the columns are ${columns.join(', ')}` }]
          : [],
  });
}
