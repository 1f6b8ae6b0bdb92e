import { MillraceError } from '../../common/error.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { Select } from '../../sql/ast/query.js';
import { forEachChild } from '../../sql/walk.js';
import { findGroupingFunction, type GroupingFunction } from '../functions/aggregate/grouping-functions.js';
import { formatAggregate, type AggregateCall } from '../logical/aggregate-call.js';
import { usedColumns, type BoundExpression } from '../logical/expression.js';
import { digestAggregate } from '../logical/digest.js';
import {
  expandRows,
  type Aggregate,
  type Expand,
  type LogicalNode,
  type PlanField,
  type WindowBound,
  type WindowKey,
} from '../logical/node.js';
import { appendColumns, columnOf } from '../logical/project.js';
import { bindAggregateCall, isAggregateCall, type AggregateContext } from './bind-aggregate-call.js';
import { bindCondition } from './bind-condition.js';
import { bindGroupWindow, containsGroupWindow, isGroupWindowCall } from './bind-group-window.js';
import { bindItems, type ListOptions } from './bind-items.js';
import { bindOver, containsOver } from './bind-over.js';
import type { Ordering } from './bind-order.js';
import type { ExpressionContext } from './binding.js';
import { bindGroupingCall, type GroupedKeys } from './bind-grouping-call.js';
import { ColumnCollector } from './column-collector.js';
import { bindGroupingSets, type GroupingSets } from './grouping-sets.js';

/** Whether the SELECT groups: it has GROUP BY or HAVING, or an aggregate in its list or order. */
export function isGrouped(select: Select, ordering?: Ordering): boolean {
  return (
    select.groupBy.length > 0 ||
    select.having !== undefined ||
    [...select.items, ...(ordering?.items ?? [])].some(item => containsAggregate(item.expression))
  );
}

function containsAggregate(expression: Expression): boolean {
  if (expression.kind === 'call' && isAggregate(expression)) return true;
  let found = false;
  forEachChild(expression, child => {
    found ||= containsAggregate(child);
  });
  return found;
}

function isAggregate(call: FunctionCall): boolean {
  return call.over === undefined && isAggregateCall(call);
}

/**
 * GROUP BY, HAVING and the list of a grouped SELECT.
 *
 * The plan is: project keys and aggregate arguments, aggregate, filter by HAVING, project the list. In the last two, an
 * expression that equals a key, or is an aggregate, is a column of the aggregate.
 */
export function bindGrouping(select: Select, input: LogicalNode, context: ExpressionContext, list: ListOptions): LogicalNode {
  const window = bindGroupWindow(select.groupBy, input, context);
  const columns = new ColumnCollector(window?.table ?? input);
  const groups = bindGroupingSets(select.groupBy, expression => {
    const isWindow = window?.item.kind === 'group-expression' && window.item.expression === expression;
    const bound = isWindow ? windowKeys(window.table) : [context.binding.bindExpression(expression, context)];
    return bound.map(key => columns.add(key));
  });
  const { keys, sets } = groups;
  const calls: AggregateCall[] = [];
  const inside: AggregateContext = { ...context, columns, canBeEmpty: keys.length === 0 };
  const bound = new Map<Expression, number>();
  const auxiliaries = new Map<Expression, BoundExpression>();
  const collect = (expression: Expression): void => {
    if (expression.kind === 'star') {
      throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'SELECT * does not go with GROUP BY', span: expression.span });
    }
    if (expression.kind === 'call' && isAggregate(expression)) {
      bound.set(expression, addCall(calls, bindAggregateCall(expression, inside)));
      return;
    }
    if (window && expression.kind === 'call' && isGroupWindowCall(expression)) {
      const auxiliary = window.auxiliary(expression);
      auxiliaries.set(expression, auxiliary);
      if (auxiliary.kind === 'column') addKey(groups, columns.add(auxiliary));
      return;
    }
    forEachChild(expression, collect);
  };
  for (const item of select.items) context.binding.diagnostics.attempt(item.span, () => collect(item.expression));
  if (select.having) collect(select.having);
  for (const item of list.ordering?.items ?? []) collect(item.expression);
  context.binding.diagnostics.check();

  const expanded = sets.length > 1 ? expandSets(columns.projection(), { keys, sets }) : undefined;
  const aggregate = aggregateOf(expanded?.input ?? columns.projection(), expanded?.keys ?? keys, calls);
  const grouping: GroupedKeys = {
    sets,
    setId: expanded && fieldAt(aggregate, keys.length),
    keyOf: ({ value }) => keyPosition(context.binding.bindExpression(value, context), columns, keys),
  };
  const grouped: ExpressionContext = {
    ...context,
    intercept: expression => {
      const call = bound.get(expression);
      if (call !== undefined) return fieldAt(aggregate, aggregate.keys.length + call);
      const auxiliary = auxiliaries.get(expression);
      if (auxiliary) return auxiliary.kind === 'column' ? fieldAt(aggregate, keys.indexOf(columns.find(auxiliary)!)) : auxiliary;
      const definition = expression.kind === 'call' && !expression.over ? groupingFunctionOf(expression) : undefined;
      if (definition) return bindGroupingCall(expression as FunctionCall, definition, grouping);
      return keyColumn(expression, { context, columns, keys, aggregate });
    },
  };
  const having = select.having && bindCondition(select.having, 'HAVING', grouped);
  const filtered: LogicalNode = having ? { kind: 'Filter', input: aggregate, condition: having, fields: aggregate.fields } : aggregate;
  const over = bindOver(select, filtered, grouped, list);
  return bindItems(select.items, over.input, over.context, list);
}

function groupingFunctionOf({ name }: FunctionCall): GroupingFunction | undefined {
  return name.parts.length === 1 ? findGroupingFunction(name.parts[0]!.name) : undefined;
}

/** Each row once for each set, in columns of their own for the keys, since aggregates see the values that a set leaves out. */
function expandSets(input: LogicalNode, { keys, sets }: GroupingSets): { readonly input: Expand; readonly keys: readonly number[] } {
  const width = input.fields.length;
  const copies = appendColumns(
    input,
    keys.map(key => columnOf(input, key)),
    keys.map(key => input.fields[key]!.name),
  );
  const absent = sets.map(set => [...keys.keys()].filter(position => !set.includes(position)).map(position => width + position));
  const expand = expandRows(copies, absent);
  return { input: expand, keys: [...keys.map((_, position) => width + position), expand.fields.length - 1] };
}

/** Literals, and subqueries, whose names are those of the grouped rows. */
const NEVER_KEYS: ReadonlySet<Expression['kind']> = new Set(['string', 'number', 'null', 'boolean', 'subquery', 'exists']);

/** The column of the aggregate that holds a key, or one of the query around; a plain column that is no key is an error. */
function keyColumn(
  expression: Expression,
  group: { context: ExpressionContext; columns: ColumnCollector; keys: readonly number[]; aggregate: Aggregate },
): BoundExpression | undefined {
  if (NEVER_KEYS.has(expression.kind)) return undefined;
  if (containsAggregate(expression) || containsOver(expression)) return undefined;
  if (containsGroupWindow(expression) || containsGrouping(expression)) return undefined;
  const plain = group.context.binding.bindExpression(expression, group.context);
  const position = keyPosition(plain, group.columns, group.keys);
  if (position !== undefined) return fieldAt(group.aggregate, position);
  if (expression.kind !== 'column') return undefined;
  if (usedColumns([plain]).size === 0) return plain;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `column "${expression.parts.at(-1)!.name}" is neither in GROUP BY nor in an aggregate`,
    span: expression.span,
    notes: [{ message: 'add it to GROUP BY, or put it in an aggregate such as MAX' }],
  });
}

function containsGrouping(expression: Expression): boolean {
  if (expression.kind === 'call' && groupingFunctionOf(expression)) return true;
  let found = false;
  forEachChild(expression, child => {
    found ||= containsGrouping(child);
  });
  return found;
}

function keyPosition(expression: BoundExpression, columns: ColumnCollector, keys: readonly number[]): number | undefined {
  const index = columns.find(expression);
  const position = index === undefined ? -1 : keys.indexOf(index);
  return position === -1 ? undefined : position;
}

function fieldAt(aggregate: Aggregate, index: number): BoundExpression {
  const field = aggregate.fields[index]!;
  return { kind: 'column', index, name: field.name, type: field.type };
}

function addCall(calls: AggregateCall[], call: AggregateCall): number {
  const digest = digestAggregate(call);
  const same = calls.findIndex(each => digestAggregate(each) === digest);
  return same === -1 ? calls.push(call) - 1 : same;
}

function aggregateOf(input: LogicalNode, keys: readonly number[], aggregates: readonly AggregateCall[]): Aggregate {
  const names = input.fields.map(field => field.name);
  const bound = (side: WindowBound['side']): number =>
    input.fields.findIndex((field, index) => field.windowBound?.side === side && keys.includes(index));
  const [start, end] = [bound('start'), bound('end')];
  const window = start !== -1 && end !== -1 ? windowKey(start, end, input.fields[end]!.windowBound!) : undefined;
  const fields: PlanField[] = [
    ...keys.map(key => (window ? input.fields[key]! : { name: names[key]!, type: input.fields[key]!.type })),
    ...aggregates.map(call => ({ name: formatAggregate(call, names), type: call.type })),
  ];
  return { kind: 'Aggregate', input, keys, aggregates, window, fields };
}

/** The bounds of a window: keys of the rows in it. Its time is one only where it is asked for, since the bounds decide it. */
function windowKeys(table: LogicalNode): BoundExpression[] {
  return [table.fields.length - 3, table.fields.length - 2].map(index => columnOf(table, index));
}

/** One more key, which every set has. */
function addKey({ keys, sets }: GroupingSets, key: number): void {
  if (keys.includes(key)) return;
  const position = keys.push(key) - 1;
  for (const set of sets) set.push(position);
}

function windowKey(start: number, end: number, { timeAttribute, isLocal, isAligned }: WindowBound): WindowKey {
  return { start, end, timeAttribute, isLocal, isAligned };
}
