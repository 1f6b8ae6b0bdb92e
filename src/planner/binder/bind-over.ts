import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import { INT, withNullable } from '../../spec/data-type.js';
import type { Expression, FunctionCall, WindowSpec } from '../../sql/ast/expression.js';
import type { Select } from '../../sql/ast/query.js';
import { forEachChild } from '../../sql/walk.js';
import { findOverFunction, type OverFunction } from '../functions/over/over-functions.js';
import { isInteger } from '../functions/type-rules.js';
import { digestOverCall } from '../logical/digest.js';
import type { BoundExpression } from '../logical/expression.js';
import { holdsCurrentRow } from '../logical/frame.js';
import type { LogicalNode, OverAggregate } from '../logical/node.js';
import type { OrderKey } from '../logical/order-key.js';
import { formatOverCall, type OverCall } from '../logical/over-call.js';
import { columnOf, columnsOf } from '../logical/project.js';
import { bindAggregateCall, isAggregateCall } from './bind-aggregate-call.js';
import { bindFrame } from './bind-frame.js';
import type { ListOptions } from './bind-items.js';
import type { ExpressionContext } from './binding.js';
import { commonType } from './build-expression.js';
import { castTo } from './coerce.js';
import { ColumnCollector } from './column-collector.js';
import { orderKeyOf } from './order-key-of.js';

/** Whether a call with OVER stands in the expression, outside of its subqueries. */
export function containsOver(expression: Expression): boolean {
  return overCallsIn(expression).length > 0;
}

function overCallsIn(expression: Expression): FunctionCall[] {
  if (expression.kind === 'call' && expression.over) return [expression];
  const found: FunctionCall[] = [];
  forEachChild(expression, child => void found.push(...overCallsIn(child)));
  return found;
}

/**
 * The calls with OVER in the list and the order of a SELECT: each becomes a column behind those of the input, by a node a
 * window. In the context that comes back these calls are their columns.
 */
export function bindOver(
  select: Select,
  input: LogicalNode,
  context: ExpressionContext,
  list: ListOptions,
): { readonly input: LogicalNode; readonly context: ExpressionContext } {
  const calls = [...select.items, ...(list.ordering?.items ?? [])].flatMap(item => overCallsIn(item.expression));
  if (calls.length === 0) return { input, context };
  const columns = new ColumnCollector(input);
  for (const column of columnsOf(input)) columns.append(column);
  const windows = new Windows();
  const inside: ExpressionContext = { ...context, intercept: refuseNested(context) };
  const bound = calls.map(call =>
    context.binding.diagnostics.attempt(call.span, () => bindCall(call, { select, windows, columns, context: inside })),
  );
  context.binding.diagnostics.check();
  let node: LogicalNode = columns.projection();
  const starts = new Map<Window, number>();
  for (const window of windows.all) {
    starts.set(window, node.fields.length);
    node = overAggregate(node, window);
  }
  const places = new Map(calls.map((call, i) => [call as Expression, starts.get(bound[i]!.window)! + bound[i]!.place]));
  const result = node;
  return {
    input: result,
    context: {
      ...context,
      intercept: expression => {
        const place = places.get(expression);
        return place === undefined ? context.intercept?.(expression) : columnOf(result, place);
      },
    },
  };
}

/** Rows that are partitioned and ordered in one way, and what is asked of them. */
interface Window {
  readonly partition: readonly number[];
  readonly keys: readonly OrderKey[];
  readonly calls: OverCall[];
  readonly span: FunctionCall['span'];
}

class Windows {
  readonly all: Window[] = [];

  /** The window of this partition and order; a call of it for the first time names its place in the text. */
  find(partition: readonly number[], keys: readonly OrderKey[], span: FunctionCall['span']): Window {
    const key = JSON.stringify([partition, keys]);
    const known = this.all.find(window => JSON.stringify([window.partition, window.keys]) === key);
    if (known) return known;
    const window: Window = { partition, keys, calls: [], span };
    this.all.push(window);
    return window;
  }
}

function overAggregate(input: LogicalNode, { partition, keys, calls, span }: Window): OverAggregate {
  const names = input.fields.map(field => field.name);
  const fields = [...input.fields, ...calls.map(call => ({ name: formatOverCall(call, names), type: call.type }))];
  return { kind: 'OverAggregate', input, partition, keys, calls, limit: undefined, span, fields };
}

interface OverContext {
  readonly select: Select;
  readonly windows: Windows;
  readonly columns: ColumnCollector;
  readonly context: ExpressionContext;
}

function bindCall(node: FunctionCall, over: OverContext): { readonly window: Window; readonly place: number } {
  const { windows, columns, context } = over;
  const spec = specOf(node, over.select);
  const partition = spec.partitionBy.map(each => columns.add(context.binding.bindExpression(each, context)));
  const keys = spec.orderBy.map(item => {
    const index = columns.add(context.binding.bindExpression(item.expression, context));
    return orderKeyOf(item, index, columns.fields);
  });
  const call = isAggregateCall(node) ? aggregateOver(node, spec, keys, over) : functionOver(node, spec, over);
  const window = windows.find(partition, keys, node.span);
  const digest = digestOverCall(call);
  const known = window.calls.findIndex(each => digestOverCall(each) === digest);
  return { window, place: known === -1 ? window.calls.push(call) - 1 : known };
}

function specOf({ over }: FunctionCall, { windows }: Select): WindowSpec {
  if (over!.kind === 'window-spec') return over as WindowSpec;
  const { name, span } = over as Exclude<FunctionCall['over'], WindowSpec | undefined>;
  const found = windows.find(window => window.name.name === name);
  if (found) return found.spec;
  const names = windows.map(window => window.name.name);
  const suggestion = nearest(name, names);
  const note = suggestion === undefined ? 'name it behind FROM: WINDOW w AS (…)' : `did you mean "${suggestion}"?`;
  throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `there is no window "${name}"`, span, notes: [{ message: note }] });
}

function aggregateOver(node: FunctionCall, spec: WindowSpec, keys: readonly OrderKey[], { columns, context }: OverContext): OverCall {
  if (node.withinGroup.length > 0)
    throw invalid('WITHIN GROUP does not go with OVER, whose ORDER BY gives the order', node.withinGroup[0]!);
  const frame = bindFrame({ spec, keys, columns, context });
  const call = bindAggregateCall(node, { ...context, columns, canBeEmpty: !holdsCurrentRow(frame) });
  return { kind: 'aggregate', call, frame, type: call.type };
}

function functionOver(node: FunctionCall, spec: WindowSpec, over: OverContext): OverCall {
  const name = node.name.parts.map(part => part.name).join('.');
  const definition = findOverFunction(name);
  if (!definition) throw invalid(`${name.toUpperCase()} does not take OVER: it is no aggregate and no window function`, node);
  if (node.distinct || node.filter || node.clauses.length > 0 || node.withinGroup.length > 0) {
    throw invalid(`${definition.name} does not take DISTINCT, FILTER, WITHIN GROUP or NULLS`, node);
  }
  if (spec.frame) throw invalid(`${definition.name} does not take ROWS or RANGE`, spec);
  const args = node.arguments.map(({ value }) => over.context.binding.bindExpression(value, over.context));
  if (definition.kind === 'offset') return offsetCall(node, definition, args, over.columns);
  if (definition.needsOrder && spec.orderBy.length === 0) throw invalid(`${definition.name} needs ORDER BY in its window`, node);
  return rankingCall(node, definition, args);
}

function rankingCall(
  node: FunctionCall,
  definition: Extract<OverFunction, { kind: 'ranking' }>,
  args: readonly BoundExpression[],
): OverCall {
  const { name, type } = definition;
  if (args.length !== (name === 'NTILE' ? 1 : 0)) throw wrongCount(node, definition);
  const [buckets] = args;
  if (buckets === undefined) return { kind: 'ranking', name, buckets: undefined, type };
  if (buckets.kind === 'literal' && isInteger(buckets.type) && typeof buckets.value === 'number' && buckets.value > 0) {
    return { kind: 'ranking', name, buckets: buckets.value, type };
  }
  throw invalid('NTILE takes a whole number from 1 as a literal', node.arguments[0]!.value);
}

function offsetCall(
  node: FunctionCall,
  definition: Extract<OverFunction, { kind: 'offset' }>,
  args: readonly BoundExpression[],
  columns: ColumnCollector,
): OverCall {
  const [value, offset, otherwise] = args;
  if (value === undefined || args.length > 3) throw wrongCount(node, definition);
  if (offset && !isInteger(offset.type)) throw invalid(`the offset of ${definition.name} is a whole number`, node.arguments[1]!.value);
  const type = otherwise
    ? commonType([value.type, otherwise.type], `value and default of ${definition.name}`)
    : withNullable(value.type, true);
  return {
    kind: 'offset',
    name: definition.name,
    value: columns.add(castTo(value, type)),
    offset: offset && columns.add(castTo(offset, INT)),
    otherwise: otherwise && columns.add(castTo(otherwise, type)),
    type,
  };
}

function wrongCount(node: FunctionCall, { name, signature }: OverFunction): MillraceError {
  const { length } = node.arguments;
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `"${name}" does not take ${length === 1 ? '1 argument' : `${length} arguments`}`,
    span: node.span,
    notes: [{ message: `it is called as ${signature}` }],
  });
}

function invalid(message: string, { span }: Pick<FunctionCall, 'span'>): MillraceError {
  return new MillraceError({ code: 'INVALID_ARGUMENT', message, span });
}

/** A window sees rows as they are before any OVER is computed. */
function refuseNested(context: ExpressionContext): NonNullable<ExpressionContext['intercept']> {
  return expression => {
    if (expression.kind === 'call' && expression.over)
      throw invalid('OVER stands inside another OVER; compute the inner one in a subquery', expression);
    return context.intercept?.(expression);
  };
}
