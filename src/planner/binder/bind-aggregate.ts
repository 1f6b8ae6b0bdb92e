import { MillraceError } from '../../common/error.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { GroupItem, Select } from '../../sql/ast/query.js';
import { forEachChild } from '../../sql/walk.js';
import { aggregateType, isAggregateName } from '../functions/aggregates.js';
import { formatAggregate, type AggregateCall } from '../logical/aggregate-call.js';
import type { BoundExpression } from '../logical/expression.js';
import { digestExpression } from '../logical/digest.js';
import type { Aggregate, LogicalNode, PlanField, WindowBound } from '../logical/node.js';
import { project } from '../logical/project.js';
import { bindCondition } from './bind-condition.js';
import { bindItems, type ListOptions } from './bind-items.js';
import type { Ordering } from './bind-order.js';
import type { ExpressionContext } from './binding.js';

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
  return call.over === undefined && call.name.parts.length === 1 && isAggregateName(call.name.parts[0]!.name.toUpperCase());
}

/**
 * GROUP BY, HAVING and the list of a grouped SELECT.
 *
 * The plan is: project keys and aggregate arguments, aggregate, filter by HAVING, project the list. In the last two, an
 * expression that equals a key, or is an aggregate, is a column of the aggregate.
 */
export function bindGrouping(select: Select, input: LogicalNode, context: ExpressionContext, list: ListOptions): LogicalNode {
  const columns = new ColumnCollector(input);
  const keys = select.groupBy.map(item => columns.add(context.binding.bindExpression(keyExpression(item), context)));
  const calls: AggregateCall[] = [];
  const bound = new Map<Expression, number>();
  const collect = (expression: Expression): void => {
    if (expression.kind === 'star') {
      throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'SELECT * does not go with GROUP BY', span: expression.span });
    }
    if (expression.kind === 'call' && isAggregate(expression)) {
      bound.set(expression, addCall(calls, bindAggregateCall(expression, context, columns)));
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
      return keyColumn(expression, { context, columns, keys, aggregate });
    },
  };
  const having = select.having && bindCondition(select.having, 'HAVING', grouped);
  const filtered: LogicalNode = having ? { kind: 'Filter', input: aggregate, condition: having, fields: aggregate.fields } : aggregate;
  return bindItems(select.items, filtered, grouped, list);
}

function keyExpression(item: GroupItem): Expression {
  if (item.kind === 'group-expression') return item.expression;
  throw new MillraceError({ code: 'UNSUPPORTED', message: `the embedded engine does not run ${item.of}`, span: item.span });
}

/** Literals, and subqueries, whose names are those of the grouped rows. */
const NEVER_KEYS: ReadonlySet<Expression['kind']> = new Set(['string', 'number', 'null', 'boolean', 'subquery', 'exists']);

/** The column of the aggregate that holds a key; a plain column that is no key is an error. */
function keyColumn(
  expression: Expression,
  group: { context: ExpressionContext; columns: ColumnCollector; keys: readonly number[]; aggregate: Aggregate },
): BoundExpression | undefined {
  if (NEVER_KEYS.has(expression.kind)) return undefined;
  if (containsAggregate(expression)) return undefined;
  const plain = group.context.binding.bindExpression(expression, group.context);
  const index = group.columns.find(plain);
  const position = index === undefined ? -1 : group.keys.indexOf(index);
  if (position !== -1) return fieldAt(group.aggregate, position);
  if (expression.kind !== 'column') return undefined;
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

function bindAggregateCall(node: FunctionCall, context: ExpressionContext, columns: ColumnCollector): AggregateCall {
  const name = node.name.parts[0]!.name.toUpperCase();
  if (!isAggregateName(name))
    throw new MillraceError({ code: 'UNKNOWN_FUNCTION', message: `there is no aggregate "${name}"`, span: node.span });
  if (node.distinct)
    throw new MillraceError({ code: 'UNSUPPORTED', message: 'the embedded engine does not run DISTINCT in aggregates', span: node.span });
  const [first, ...more] = node.arguments;
  if (more.length > 0) throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `${name} takes one argument`, span: node.span });
  const isStar = first?.value.kind === 'star' || (first === undefined && name === 'COUNT');
  const argument = isStar || first === undefined ? undefined : context.binding.bindExpression(first.value, context);
  const filter = node.filter && columns.add(bindCondition(node.filter, 'FILTER', context));
  try {
    const type = aggregateType(name, argument?.type);
    return { name, argument: argument && columns.add(argument), argumentType: argument?.type, filter, type };
  } catch (thrown) {
    throw MillraceError.is(thrown) ? thrown.at(node.span) : thrown;
  }
}

function addCall(calls: AggregateCall[], call: AggregateCall): number {
  const same = calls.findIndex(each => each.name === call.name && each.argument === call.argument && each.filter === call.filter);
  return same === -1 ? calls.push(call) - 1 : same;
}

function aggregateOf(input: LogicalNode, keys: readonly number[], aggregates: readonly AggregateCall[]): Aggregate {
  const names = input.fields.map(field => field.name);
  const bound = (side: WindowBound['side']): number =>
    input.fields.findIndex((field, index) => field.windowBound?.side === side && keys.includes(index));
  const [start, end] = [bound('start'), bound('end')];
  const window = start !== -1 && end !== -1 ? { start, end, ...standOf(input.fields[end]!.windowBound!) } : undefined;
  const fields: PlanField[] = [
    ...keys.map(key => input.fields[key]!),
    ...aggregates.map(call => ({ name: formatAggregate(call, names), type: call.type })),
  ];
  return { kind: 'Aggregate', input, keys, aggregates, window, fields };
}

function standOf({ timeAttribute, isLocal }: WindowBound): Pick<WindowBound, 'timeAttribute' | 'isLocal'> {
  return { timeAttribute, isLocal };
}

/** The columns that the projection below an aggregate has: each expression once. */
class ColumnCollector {
  readonly #input: LogicalNode;
  readonly #expressions: BoundExpression[] = [];
  readonly #index = new Map<string, number>();

  constructor(input: LogicalNode) {
    this.#input = input;
  }

  find(expression: BoundExpression): number | undefined {
    return this.#index.get(digestExpression(expression));
  }

  add(expression: BoundExpression): number {
    const found = this.find(expression);
    if (found !== undefined) return found;
    const index = this.#expressions.push(expression) - 1;
    this.#index.set(digestExpression(expression), index);
    return index;
  }

  projection(): LogicalNode {
    const names = this.#expressions.map((each, i) => (each.kind === 'column' ? each.name : `$f${i}`));
    return project(this.#input, this.#expressions, names);
  }
}
