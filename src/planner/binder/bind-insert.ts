import type { TableColumn, TableObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { formatType } from '../../spec/data-type.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { Identifier } from '../../sql/ast/identifier.js';
import type { Query } from '../../sql/ast/query.js';
import type { Insert } from '../../sql/ast/statement.js';
import { implicitCast } from '../functions/type-rules.js';
import type { BoundExpression } from '../logical/expression.js';
import type { LogicalNode, PlanRoot } from '../logical/node.js';
import { columnOf, project } from '../logical/project.js';
import type { Binding } from './binding.js';
import { castTo } from './coerce.js';
import { hintOptions } from './bind-hints.js';
import { counted } from './counted.js';
import { EMPTY_SCOPE } from './scope.js';

/** The plan of a SELECT whose rows go to whoever ran it. @throws {MillraceErrors} */
export function bindSelectStatement(query: Query, binding: Binding): PlanRoot {
  const input = bindWhole(query, binding);
  return { kind: 'Sink', input, table: undefined, hints: new Map(), fields: input.fields };
}

/** A query that is all of what is bound. @throws {MillraceErrors} with every problem. */
export function bindWhole(query: Query, binding: Binding): LogicalNode {
  return binding.diagnostics.whole(query.span, () => binding.bindQuery(query, { binding, commonTables: new Map() }));
}

/**
 * The plan of an INSERT: the query's columns by position, cast to the columns of the table.
 *
 * @param defined the table, where the catalog has it not yet.
 * @throws {MillraceErrors}
 */
export function bindInsert(node: Insert, binding: Binding, defined?: TableObject): PlanRoot {
  const { diagnostics } = binding;
  if (node.onConflict)
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: 'the embedded engine does not run ON CONFLICT',
      span: node.onConflict.span,
      notes: [{ message: 'without it, a sink with a primary key keeps the last row of each key' }],
    });
  const target = defined ?? diagnostics.attempt(node.target.span, () => targetTable(node.target, binding));
  const query = diagnostics.attempt(node.query.span, () => binding.bindQuery(node.query, { binding, commonTables: new Map() }));
  const partition = target && bindPartition(node, target, binding);
  const columns = target && diagnostics.attempt(node.target.span, () => targetColumns(node, target));
  diagnostics.check();
  const input = fitColumns({ node, target: target!, query: query!, columns: columns!, partition: partition! });
  return {
    kind: 'Sink',
    input,
    table: target!,
    hints: hintOptions(node.hints),
    overwrite: node.overwrite ? node.span : undefined,
    fields: input.fields,
  };
}

/** What a sink stores, in declared order: physical columns, and metadata columns that are not VIRTUAL. */
export function storedColumns(table: TableObject): TableColumn[] {
  return table.columns.filter(column => column.kind === 'physical' || (column.kind === 'metadata' && !column.virtual));
}

function targetTable(name: Insert['target'], { catalog }: Binding): TableObject {
  const target = catalog.relation(name);
  if (target.kind === 'table') return target;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `"${target.name.object}" is a view; rows go into tables`,
    span: name.span,
  });
}

/** The stored columns that the query's columns go to, in the query's order. */
function targetColumns(node: Insert, target: TableObject): TableColumn[] {
  const stored = storedColumns(target);
  const fixed = new Set(node.partition.map(({ column }) => column.name));
  if (node.columns.length === 0) return stored.filter(column => !fixed.has(column.name));
  const repeated = node.columns.find(({ name }, i) => node.columns.findIndex(other => other.name === name) < i);
  if (repeated)
    throw new MillraceError({ code: 'DUPLICATE_NAME', message: `column "${repeated.name}" is in the list twice`, span: repeated.span });
  return node.columns.map(({ name, span }) => {
    if (fixed.has(name))
      throw new MillraceError({
        code: 'DUPLICATE_NAME',
        message: `column "${name}" has its value in PARTITION already`,
        span,
        notes: [{ message: 'leave it out of the list' }],
      });
    const column = stored.find(each => each.name === name);
    if (column) return column;
    const suggestion = nearest(
      name,
      stored.map(each => each.name),
    );
    throw new MillraceError({
      code: 'UNKNOWN_COLUMN',
      message: `table "${target.name.object}" stores no column "${name}"`,
      span,
      notes: suggestion ? [{ message: `did you mean "${suggestion}"?` }] : [],
    });
  });
}

function fitColumns({
  node,
  target,
  query,
  columns,
  partition,
}: {
  node: Insert;
  target: TableObject;
  query: LogicalNode;
  columns: readonly TableColumn[];
  partition: ReadonlyMap<string, BoundExpression>;
}): LogicalNode {
  const table = `table "${target.name.object}"`;
  if (query.fields.length !== columns.length) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `the query gives ${counted(query.fields.length, 'column')}, ${table} takes ${columns.length}`,
      span: node.target.span,
      notes: [
        { message: `the query gives ${query.fields.map(field => `${field.name} ${formatType(field.type, 'ignore')}`).join(', ')}` },
        { message: `the table takes ${columns.map(column => `${column.name} ${formatType(column.type, 'ignore')}`).join(', ')}` },
      ],
    });
  }
  const stored = storedColumns(target);
  const expressions = stored.map((column): BoundExpression => {
    const fixed = partition.get(column.name);
    if (fixed) return castTo(fixed, column.type);
    const position = columns.indexOf(column);
    if (position === -1) return nullFor(column, node, table);
    const field = query.fields[position]!;
    if (field.type.kind !== 'NULL' && !implicitCast(field.type, { ...column.type, nullable: true })) {
      throw new MillraceError({
        code: 'TYPE_MISMATCH',
        message: `column "${column.name}" of ${table} is ${formatType(column.type, 'ignore')}, the query gives ${formatType(field.type, 'ignore')}`,
        span: node.target.span,
        notes: [{ message: `write CAST(${field.name} AS ${formatType(column.type, 'ignore')}) in the query` }],
      });
    }
    return castTo(columnOf(query, position), column.type);
  });
  return project(
    query,
    expressions,
    stored.map(column => column.name),
  );
}

/**
 * The values that PARTITION gives to columns, as constants of any type that becomes the column's by itself.
 *
 * Problems are kept in the diagnostics of the binding.
 */
function bindPartition(node: Insert, target: TableObject, binding: Binding): ReadonlyMap<string, BoundExpression> {
  const values = new Map<string, BoundExpression>();
  for (const { column: name, value } of node.partition) {
    const bound = binding.diagnostics.attempt(name.span, () => partitionValue(target, name, value, binding));
    if (values.has(name.name))
      binding.diagnostics.add(
        new MillraceError({ code: 'DUPLICATE_NAME', message: `PARTITION gives "${name.name}" twice`, span: name.span }),
      );
    if (bound) values.set(name.name, bound);
  }
  return values;
}

function partitionValue(target: TableObject, { name, span }: Identifier, value: Expression, binding: Binding): BoundExpression {
  if (!target.partitionKeys.includes(name))
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `"${name}" is no partition key of table "${target.name.object}"`,
      span,
      notes: [
        {
          message:
            target.partitionKeys.length === 0
              ? 'the table has no PARTITIONED BY; leave PARTITION out'
              : `its partition keys are ${target.partitionKeys.join(', ')}`,
        },
      ],
    });
  const { type } = target.columns.find(column => column.name === name)!;
  const bound = binding.bindExpression(value, { binding, scope: EMPTY_SCOPE });
  if (bound.type.kind !== 'NULL' && !implicitCast(bound.type, { ...type, nullable: true }))
    throw new MillraceError({
      code: 'TYPE_MISMATCH',
      message: `partition key "${name}" is ${formatType(type, 'ignore')}, the value is ${formatType(bound.type, 'ignore')}`,
      span: value.span,
      notes: [{ message: `write CAST(… AS ${formatType(type, 'ignore')})` }],
    });
  return bound;
}

function nullFor(column: TableColumn, node: Insert, table: string): BoundExpression {
  if (column.type.nullable) return { kind: 'literal', value: null, type: column.type };
  throw new MillraceError({
    code: 'COLUMN_COUNT',
    message: `column "${column.name}" of ${table} is NOT NULL and must be in the list`,
    span: node.target.span,
  });
}
