import type { TableColumn, TableObject } from '../../catalog/objects.js';
import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { formatType } from '../../spec/data-type.js';
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
  if (node.overwrite)
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: 'the embedded engine does not run INSERT OVERWRITE',
      span: node.span,
      notes: [{ message: 'use INSERT INTO' }],
    });
  if (node.partition.length > 0)
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: 'the embedded engine does not run INSERT with PARTITION',
      span: node.partition[0]!.column.span,
    });
  if (node.onConflict)
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: 'the embedded engine does not run ON CONFLICT',
      span: node.onConflict.span,
      notes: [{ message: 'without it, a sink with a primary key keeps the last row of each key' }],
    });
  const target = defined ?? diagnostics.attempt(node.target.span, () => targetTable(node.target, binding));
  const query = diagnostics.attempt(node.query.span, () => binding.bindQuery(node.query, { binding, commonTables: new Map() }));
  const columns = target && diagnostics.attempt(node.target.span, () => targetColumns(node, target));
  diagnostics.check();
  const input = fitColumns({ node, target: target!, query: query!, columns: columns! });
  return { kind: 'Sink', input, table: target!, hints: hintOptions(node.hints), fields: input.fields };
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
  if (node.columns.length === 0) return stored;
  const repeated = node.columns.find(({ name }, i) => node.columns.findIndex(other => other.name === name) < i);
  if (repeated)
    throw new MillraceError({ code: 'DUPLICATE_NAME', message: `column "${repeated.name}" is in the list twice`, span: repeated.span });
  return node.columns.map(({ name, span }) => {
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
}: {
  node: Insert;
  target: TableObject;
  query: LogicalNode;
  columns: readonly TableColumn[];
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

function nullFor(column: TableColumn, node: Insert, table: string): BoundExpression {
  if (column.type.nullable) return { kind: 'literal', value: null, type: column.type };
  throw new MillraceError({
    code: 'COLUMN_COUNT',
    message: `column "${column.name}" of ${table} is NOT NULL and must be in the list`,
    span: node.target.span,
  });
}
