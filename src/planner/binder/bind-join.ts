import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { withNullable } from '../../spec/data-type.js';
import type { Identifier } from '../../sql/ast/identifier.js';
import type { Join as JoinReference, NamedTable, TableReference } from '../../sql/ast/query.js';
import { replaceColumns, someExpression, type BoundExpression } from '../logical/expression.js';
import type { Join, JoinType, LogicalNode, PlanField } from '../logical/node.js';
import { conjunction } from '../logical/conjunction.js';
import type { LookupHint } from '../logical/lookup-hint.js';
import { columnOf, project, uniqueName } from '../logical/project.js';
import { bindCondition } from './bind-condition.js';
import { lookupJoin } from './bind-lookup-join.js';
import { innerScope } from './bind-subquery.js';
import type { QueryScope } from './binding.js';
import type { BoundTable } from './bound-table.js';
import { temporalJoin } from './bind-temporal-join.js';
import { caseOf, equals, isNotNull } from './build-expression.js';
import type { Scope, ScopeColumn } from './scope.js';
import { isTimeBounded } from './time-bounded.js';

const JOIN_TYPES: { readonly [Kind in JoinReference['join']]: JoinType } = {
  COMMA: 'inner',
  CROSS: 'inner',
  INNER: 'inner',
  LEFT: 'left',
  RIGHT: 'right',
  FULL: 'full',
  'CROSS APPLY': 'inner',
  'OUTER APPLY': 'left',
};

/** What a table reference reads. */
export type BindTable = (reference: TableReference, scope: QueryScope) => BoundTable;

/** Two tables as one, with the columns of both in scope. */
export function bindJoin(node: JoinReference, scope: QueryScope, bindTable: BindTable): BoundTable {
  if (isLateral(node.right)) return bindLateral(node, { left: bindTable(node.left, scope), bindTable }, scope);
  if (node.right.kind === 'named-table' && node.right.asOf)
    return bindAsOf(node, node.right, { left: bindTable(node.left, scope), query: scope, bindTable });
  const [left, right] = scope.binding.diagnostics.all([node.left, node.right], each => bindTable(each, scope));
  return bindPlainJoin(node, left!, right!, scope);
}

/** Whether a table reference may name columns of what stands before it. */
function isLateral(reference: TableReference): boolean {
  switch (reference.kind) {
    case 'subquery-table':
    case 'function-table':
      return reference.lateral;
    case 'unnest-table':
      return true;
    case 'join':
      return isLateral(reference.left);
    default:
      return false;
  }
}

function bindPlainJoin(node: JoinReference, left: BoundTable, right: BoundTable, query: QueryScope): BoundTable {
  const join = JOIN_TYPES[node.join];
  const on = bindOn(node, left, right, query);
  const timed = joinedFields(join, { left: left.node.fields, right: right.node.fields, keep: 'both' });
  const keep = on.condition && isTimeBounded(on.condition, timed, left.node.fields.length) ? 'both' : 'none';
  const fields = joinedFields(join, { left: left.node.fields, right: right.node.fields, keep });
  const joined = joinNodes(node, { left: left.node, right: right.node, join, condition: on.condition, fields });
  return merged(joined, { left, right, shared: on.shared });
}

/** What a join compares, by ON, USING or NATURAL. */
interface JoinOn {
  /** Over both sides, left first; `undefined` for nothing. */
  readonly condition: BoundExpression | undefined;
  readonly shared: readonly SharedColumn[];
}

function bindOn(node: JoinReference, left: BoundTable, right: BoundTable, query: QueryScope): JoinOn {
  const fields = joinedFields(JOIN_TYPES[node.join], { left: left.node.fields, right: right.node.fields, keep: 'none' });
  const scope = joinedScope(fields, left.scope, right.scope);
  if (node.on) return { condition: bindCondition(node.on, 'ON', { binding: query.binding, scope, query }), shared: [] };
  const shared = sharedColumns(node, left.scope, right.scope);
  return { condition: conjunction(shared.map(each => equalColumns(each, scope, left))), shared };
}

/** The joined rows with the names of both sides. */
function merged(
  node: LogicalNode,
  { left, right, shared }: { readonly left: BoundTable; readonly right: BoundTable } & Pick<JoinOn, 'shared'>,
): BoundTable {
  const scope = joinedScope(node.fields, left.scope, right.scope);
  return shared.length === 0 ? { node, scope } : mergeShared({ node, scope }, shared, left.scope.columns.length);
}

/** The right side says which of its versions is meant. */
function bindAsOf(
  node: JoinReference,
  reference: NamedTable,
  { left, query, bindTable }: { readonly left: BoundTable; readonly query: QueryScope; readonly bindTable: BindTable },
): BoundTable {
  const right = bindTable({ ...reference, asOf: undefined }, query);
  const asOf = query.binding.bindExpression(reference.asOf!, { binding: query.binding, scope: left.scope, query });
  const { condition, shared } = bindOn(node, left, right, query);
  const fields = joinedFields(JOIN_TYPES[node.join], { left: left.node.fields, right: right.node.fields, keep: 'left' });
  const isEventTime = asOf.kind === 'column' && left.node.fields[asOf.index]!.timeAttribute === 'rowtime';
  if (!isEventTime) {
    const hint = hintOf(reference, query);
    const looked = lookupJoin(node, { left: left.node, right: right.node, reference, asOf, condition, hint, fields });
    return merged(looked, { left, right, shared });
  }
  const joined = temporalJoin(node, { left, right, reference, time: asOf.index, condition, primaryKey: keyOf(reference, query), fields });
  return merged(joined, { left, right, shared });
}

function hintOf({ name, alias }: NamedTable, { lookupHints }: QueryScope): LookupHint {
  const named = lookupHints?.get(alias?.name.name ?? '') ?? lookupHints?.get(name.parts.at(-1)!.name);
  return named ?? {};
}

/** Where a table has the columns of its primary key; a view has none. */
function keyOf({ name }: NamedTable, { binding, commonTables }: QueryScope): readonly number[] {
  if (name.parts.length === 1 && commonTables.has(name.parts[0]!.name)) return [];
  const relation = binding.catalog.relation(name);
  return relation.kind === 'table' ? relation.primaryKey.map(key => relation.columns.findIndex(column => column.name === key)) : [];
}

/**
 * What has to be computed for the condition, a subquery or an answer of a model, is computed above the join: that is the
 * same for an inner join only.
 */
function joinNodes(
  node: JoinReference,
  { condition, ...sides }: Pick<Join, 'left' | 'right' | 'join' | 'condition' | 'fields'>,
): LogicalNode {
  const plain: Join = { kind: 'Join', ...sides, condition: undefined, atMostOne: false, span: node.span };
  if (!condition || !someExpression(condition, each => each.kind === 'subquery' || each.kind === 'model-call'))
    return { ...plain, condition };
  if (sides.join === 'inner') return { kind: 'Filter', input: plain, condition, fields: sides.fields };
  throw new MillraceError({
    code: 'UNSUPPORTED',
    message: 'the embedded engine runs subqueries and model calls in ON of an inner join only',
    span: node.on!.span,
    notes: [{ message: 'compute the value in a subquery in FROM, and join that' }],
  });
}

/** Time attributes end at a join, as in Flink, since its rows come in no order of time; `keep` names the sides where they do not. */
function joinedFields(
  join: JoinType,
  {
    left,
    right,
    keep,
  }: { readonly left: readonly PlanField[]; readonly right: readonly PlanField[]; readonly keep: 'none' | 'left' | 'both' },
): PlanField[] {
  const taken = new Set<string>();
  const side = (fields: readonly PlanField[], canBeMissing: boolean, keepsTime: boolean): PlanField[] =>
    fields.map(({ name, type, windowBound, timeAttribute }) => ({
      name: uniqueName(name, taken),
      type: withNullable(type, type.nullable || canBeMissing),
      windowBound,
      timeAttribute: keepsTime ? timeAttribute : undefined,
    }));
  return [
    ...side(left, join === 'right' || join === 'full', keep !== 'none'),
    ...side(right, join === 'left' || join === 'full', keep === 'both'),
  ];
}

/** Columns keep the names that the sides gave them. */
function joinedScope(fields: readonly PlanField[], left: Scope, right: Scope): Scope {
  return {
    columns: [...left.columns, ...right.columns].map((column, i) => ({ ...column, field: { ...fields[i]!, name: column.field.name } })),
  };
}

/** A column of USING or NATURAL: where each side has it, counted over its own columns. */
interface SharedColumn {
  readonly name: string;
  readonly left: number;
  readonly right: number;
}

function sharedColumns(node: JoinReference, left: Scope, right: Scope): SharedColumn[] {
  if (node.natural) {
    return left.columns.flatMap(({ field, qualifiedOnly }, i) => {
      const other = placesOf(right, field.name);
      return !qualifiedOnly && other.length === 1 ? [{ name: field.name, left: i, right: other[0]! }] : [];
    });
  }
  return node.using.map(name => ({ name: name.name, left: onlyPlace(left, name, 'left'), right: onlyPlace(right, name, 'right') }));
}

function placesOf({ columns }: Scope, name: string): number[] {
  return columns.flatMap(({ field, qualifiedOnly }, i) => (field.name === name && !qualifiedOnly ? [i] : []));
}

function onlyPlace(scope: Scope, { name, span }: Identifier, side: string): number {
  const [place, ...more] = placesOf(scope, name);
  if (place !== undefined && more.length === 0) return place;
  const suggestion = nearest(
    name,
    scope.columns.map(column => column.field.name),
  );
  throw new MillraceError({
    code: place === undefined ? 'UNKNOWN_COLUMN' : 'AMBIGUOUS_COLUMN',
    message: `the ${side} side of the join has ${place === undefined ? 'no column' : 'several columns'} "${name}"`,
    span,
    notes: place === undefined && suggestion ? [{ message: `did you mean "${suggestion}"?` }] : [],
  });
}

function equalColumns(shared: SharedColumn, { columns }: Scope, left: BoundTable): BoundExpression {
  const column = (index: number): BoundExpression => ({ kind: 'column', index, name: shared.name, type: columns[index]!.field.type });
  return equals(column(shared.left), column(left.scope.columns.length + shared.right));
}

/** Puts the columns of USING first, each once: the left one, or the right one where the left row is missing. */
function mergeShared({ node, scope }: BoundTable, shared: readonly SharedColumn[], leftWidth: number): BoundTable {
  const merged = shared.map(each => firstPresent(columnOf(node, each.left), columnOf(node, leftWidth + each.right)));
  const covered = new Set(shared.flatMap(each => [each.left, leftWidth + each.right]));
  const names = [...shared.map(each => each.name), ...node.fields.map(field => field.name)];
  const taken = new Set<string>();
  const wide = project(
    node,
    [...merged, ...node.fields.map((_, index) => columnOf(node, index))],
    names.map(name => uniqueName(name, taken)),
  );
  const columns = [
    ...shared.map((each, i): ScopeColumn => ({ table: undefined, field: { ...wide.fields[i]!, name: each.name } })),
    ...scope.columns.map((column, i): ScopeColumn => (covered.has(i) ? { ...column, qualifiedOnly: true } : column)),
  ];
  return { node: wide, scope: { columns } };
}

function firstPresent(left: BoundExpression, right: BoundExpression): BoundExpression {
  if (!left.type.nullable) return left;
  return caseOf([{ when: isNotNull(left), then: left }], right);
}

/** The right side is computed for each row of the left one, whose columns it can name. */
function bindLateral(
  node: JoinReference,
  { left, bindTable }: { readonly left: BoundTable; readonly bindTable: BindTable },
  query: QueryScope,
): BoundTable {
  const join = JOIN_TYPES[node.join];
  if (join === 'right' || join === 'full') {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${node.join} JOIN does not go with LATERAL: the right side needs a row of the left one`,
      span: node.span,
      notes: [{ message: 'use LEFT JOIN LATERAL … ON TRUE, or CROSS JOIN LATERAL' }],
    });
  }
  const { binding } = query;
  const inner = innerScope(query, { context: { binding, scope: left.scope, query } });
  const right = bindTable(node.right, inner);
  const fields = joinedFields(join, { left: left.node.fields, right: right.node.fields, keep: 'left' });
  const scope = joinedScope(fields, left.scope, right.scope);
  const on = node.on && bindCondition(node.on, 'ON', { binding, scope, query });
  const condition = on?.kind === 'literal' && on.value === true ? undefined : on;
  const { correlation } = inner.outer;
  const late = condition && join === 'left' ? filterInside(right.node, condition, left.node.fields.length, correlation) : right.node;
  const correlate: LogicalNode = { kind: 'Correlate', join, left: left.node, right: late, correlation, span: node.span, fields };
  if (!condition || join === 'left') return { node: correlate, scope };
  return { node: { kind: 'Filter', input: correlate, condition, fields }, scope };
}

/** The condition of a left join decides which rows of the right side there are, not which rows of the left one stay. */
function filterInside(right: LogicalNode, on: BoundExpression, leftWidth: number, correlation: number): LogicalNode {
  const condition = replaceColumns(on, (index, column) =>
    index < leftWidth ? { ...column, kind: 'outer-column', correlation } : { ...column, index: index - leftWidth },
  );
  return { kind: 'Filter', input: right, condition, fields: right.fields };
}
