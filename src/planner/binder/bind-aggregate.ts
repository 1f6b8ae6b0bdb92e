import { MillraceError } from '../../common/error.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { GroupItem, Select } from '../../sql/ast/query.js';
import { forEachChild } from '../../sql/walk.js';
import { formatAggregate, type AggregateCall } from '../logical/aggregate-call.js';
import { usedColumns, type BoundExpression } from '../logical/expression.js';
import { digestAggregate } from '../logical/digest.js';
import type { Aggregate, LogicalNode, PlanField, WindowBound, WindowKey } from '../logical/node.js';
import { columnOf } from '../logical/project.js';
import { bindAggregateCall, isAggregateCall, type AggregateContext } from './bind-aggregate-call.js';
import { bindCondition } from './bind-condition.js';
import { bindGroupWindow, containsGroupWindow, isGroupWindowCall } from './bind-group-window.js';
import { bindItems, type ListOptions } from './bind-items.js';
import { bindOver, containsOver } from './bind-over.js';
import type { Ordering } from './bind-order.js';
import type { ExpressionContext } from './binding.js';
import { ColumnCollector } from './column-collector.js';

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
  const keys = select.groupBy.flatMap(item =>
    (item === window?.item ? windowKeys(window.table) : [context.binding.bindExpression(keyExpression(item), context)]).map(key =>
      columns.add(key),
    ),
  );
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
      if (auxiliary.kind === 'column') addKey(keys, columns.add(auxiliary));
      return;
    }
    forEachChild(expression, collect);
  };
  for (const item of select.items) context.binding.diagnostics.attempt(item.span, () => collect(item.expression));
  if (select.having) collect(select.having);
  for (const item of list.ordering?.items ?? []) collect(item.expression);
  context.binding.diagnostics.check();

  const aggregate = aggregateOf(columns.projection(), keys, calls);
  const grouped: ExpressionContext = {
    ...context,
    intercept: expression => {
      const call = bound.get(expression);
      if (call !== undefined) return fieldAt(aggregate, keys.length + call);
      const auxiliary = auxiliaries.get(expression);
      if (auxiliary) return auxiliary.kind === 'column' ? fieldAt(aggregate, keys.indexOf(columns.find(auxiliary)!)) : auxiliary;
      return keyColumn(expression, { context, columns, keys, aggregate });
    },
  };
  const having = select.having && bindCondition(select.having, 'HAVING', grouped);
  const filtered: LogicalNode = having ? { kind: 'Filter', input: aggregate, condition: having, fields: aggregate.fields } : aggregate;
  const over = bindOver(select, filtered, grouped, list);
  return bindItems(select.items, over.input, over.context, list);
}

function keyExpression(item: GroupItem): Expression {
  if (item.kind === 'group-expression') return item.expression;
  throw new MillraceError({ code: 'UNSUPPORTED', message: `the embedded engine does not run ${item.of}`, span: item.span });
}

/** Literals, and subqueries, whose names are those of the grouped rows. */
const NEVER_KEYS: ReadonlySet<Expression['kind']> = new Set(['string', 'number', 'null', 'boolean', 'subquery', 'exists']);

/** The column of the aggregate that holds a key, or one of the query around; a plain column that is no key is an error. */
function keyColumn(
  expression: Expression,
  group: { context: ExpressionContext; columns: ColumnCollector; keys: readonly number[]; aggregate: Aggregate },
): BoundExpression | undefined {
  if (NEVER_KEYS.has(expression.kind)) return undefined;
  if (containsAggregate(expression) || containsOver(expression) || containsGroupWindow(expression)) return undefined;
  const plain = group.context.binding.bindExpression(expression, group.context);
  const index = group.columns.find(plain);
  const position = index === undefined ? -1 : group.keys.indexOf(index);
  if (position !== -1) return fieldAt(group.aggregate, position);
  if (expression.kind !== 'column') return undefined;
  if (usedColumns([plain]).size === 0) return plain;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `column "${expression.parts.at(-1)!.name}" is neither in GROUP BY nor in an aggregate`,
    span: expression.span,
    notes: [{ message: 'add it to GROUP BY, or put it in an aggregate such as MAX' }],
  });
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

function addKey(keys: number[], key: number): void {
  if (!keys.includes(key)) keys.push(key);
}

function windowKey(start: number, end: number, { timeAttribute, isLocal, isAligned }: WindowBound): WindowKey {
  return { start, end, timeAttribute, isLocal, isAligned };
}
