import { MillraceError } from '../../common/error.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { GroupItem } from '../../sql/ast/query.js';
import { forEachChild } from '../../sql/walk.js';
import { digestExpression } from '../logical/digest.js';
import type { BoundExpression } from '../logical/expression.js';
import type { LogicalNode, WindowTable } from '../logical/node.js';
import { appendColumns, columnOf } from '../logical/project.js';
import type { WindowSpec } from '../logical/window-spec.js';
import { bindWindowLength } from './bind-window-length.js';
import type { ExpressionContext } from './binding.js';
import { callFunction } from './call-function.js';
import { counted } from './counted.js';
import { checkTimeAttribute } from './time-attribute.js';
import { windowTable } from './window-table.js';

type GroupFunction = 'TUMBLE' | 'HOP' | 'SESSION';
type Property = 'START' | 'END' | 'ROWTIME' | 'PROCTIME';

/** The arguments behind the time, in the order of their positions. */
const LENGTHS: Readonly<Record<GroupFunction, readonly string[]>> = {
  TUMBLE: ['the size'],
  HOP: ['the slide', 'the size'],
  SESSION: ['the gap'],
};
const AUXILIARY = /^(TUMBLE|HOP|SESSION)_(START|END|ROWTIME|PROCTIME)$/;

/** Whether the call is `TUMBLE(ts, …)`, `HOP(ts, …)` or `SESSION(ts, …)`, or tells of one as `TUMBLE_START(ts, …)` does. */
export function isGroupWindowCall({ name, over }: FunctionCall): boolean {
  const text = name.parts[0]!.name.toUpperCase();
  return name.parts.length === 1 && over === undefined && (text in LENGTHS || AUXILIARY.test(text));
}

/** Whether a call as in `isGroupWindowCall` is in the expression. */
export function containsGroupWindow(expression: Expression): boolean {
  if (expression.kind === 'call' && isGroupWindowCall(expression)) return true;
  let found = false;
  forEachChild(expression, child => {
    found ||= containsGroupWindow(child);
  });
  return found;
}

/**
 * `TUMBLE_START(ts, …)` and the like above the query that groups by the same window: the bound that this query gives. The
 * time column itself has not passed the grouping, so its name and the lengths are all that is compared.
 *
 * @throws {MillraceError} where no GROUP BY gives the call a meaning.
 */
export function bindPassedBound(node: FunctionCall, context: ExpressionContext): BoundExpression {
  const property = AUXILIARY.exec(functionOf(node))?.[2];
  const side = property === 'START' ? 'start' : property === 'END' ? 'end' : undefined;
  const written = side && writtenAs(node, context);
  const index = context.scope.columns.findIndex(
    ({ field: { windowBound } }) => windowBound !== undefined && windowBound.side === side && windowBound.writtenAs === written,
  );
  if (written === undefined || index === -1) throw groupWindowError(node);
  const { name, type } = context.scope.columns[index]!.field;
  return { kind: 'column', index, name, type };
}

/** Equal for a window and its auxiliary functions: name, time column and lengths; `undefined` where the time is no plain column. */
function writtenAs(node: FunctionCall, { binding }: ExpressionContext): string | undefined {
  const function_ = functionOf(node);
  const name = (AUXILIARY.exec(function_)?.[1] ?? function_) as GroupFunction;
  const [time, ...lengths] = node.arguments.map(argument => argument.value);
  if (time?.kind !== 'column' || lengths.length !== LENGTHS[name].length) return undefined;
  const micros = lengths.map((each, i) => bindWindowLength(each, LENGTHS[name][i]!, binding));
  return JSON.stringify([name, time.parts.at(-1)!.name, ...micros]);
}

/** What a call as in `isGroupWindowCall` gets where no GROUP BY gives it a meaning. */
function groupWindowError(node: FunctionCall): MillraceError {
  const name = functionOf(node);
  const property = AUXILIARY.exec(name);
  return new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: property
      ? `${name} needs a call of ${property[1]} with the same arguments in GROUP BY`
      : `${name} with a column stands only in GROUP BY`,
    span: node.span,
    notes: [
      {
        message: property
          ? `write ${property[1]}(…) in GROUP BY`
          : `write ${name}_START(…) for its start, or FROM ${name}(TABLE t, …) for the bounds of each row`,
      },
    ],
  });
}

/** The window of a GROUP BY: its rows are those of the windows, and the bounds are keys. */
export interface GroupWindow {
  /** The call in GROUP BY. */
  readonly item: GroupItem;
  readonly table: WindowTable;
  /** The bound's column in `table` that an auxiliary function names, and `PROCTIME()` for those of processing time. */
  auxiliary(node: FunctionCall): BoundExpression;
}

/**
 * Finds the window of a GROUP BY and puts the rows of `input` into it; the columns of `input` keep their places.
 *
 * @returns `undefined` where no key is a window.
 */
export function bindGroupWindow(items: readonly GroupItem[], input: LogicalNode, context: ExpressionContext): GroupWindow | undefined {
  const windows = items.flatMap(item => (isWindowItem(item) ? [{ item, call: item.expression }] : []));
  const [first, second] = windows;
  if (!first) return undefined;
  if (second) throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'a GROUP BY has one window at most', span: second.call.span });
  const call = bindCall(first.call, context);
  const { span } = first.call.arguments[0]!.value;
  if (call.time.kind !== 'column' && !isProctime(call.time))
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: 'a computed value is no time attribute',
      span,
      notes: [{ message: `write the column itself in ${call.name}; a CAST or a function loses the attribute` }],
    });
  const widened = withColumns(input, [call.time]);
  const [time] = widened.columns as [number];
  checkTimeAttribute(widened.node.fields[time]!, span);
  const keys = call.name === 'SESSION' ? bindKeys(items, context) : [];
  const { node, columns: partition } = withColumns(widened.node, keys);
  const table = named(windowTable(node, time, windowOf(call, partition)), writtenAs(first.call, context));
  return { item: first.item, table, auxiliary: each => bindAuxiliary(each, call, table, context) };
}

/** The bounds with the words that mean them further up. */
function named(table: WindowTable, writtenAs: string | undefined): WindowTable {
  return {
    ...table,
    fields: table.fields.map(field => (field.windowBound ? { ...field, windowBound: { ...field.windowBound, writtenAs } } : field)),
  };
}

function isProctime(expression: BoundExpression): boolean {
  return expression.kind === 'call' && expression.name === 'PROCTIME';
}

function isWindowItem(item: GroupItem): item is Extract<GroupItem, { kind: 'group-expression' }> & { expression: FunctionCall } {
  return (
    item.kind === 'group-expression' &&
    item.expression.kind === 'call' &&
    isGroupWindowCall(item.expression) &&
    functionOf(item.expression) in LENGTHS
  );
}

function functionOf(node: FunctionCall): string {
  return node.name.parts[0]!.name.toUpperCase();
}

/** The keys beside the window keep the sessions apart. */
function bindKeys(items: readonly GroupItem[], context: ExpressionContext): BoundExpression[] {
  return items.flatMap(item =>
    item.kind === 'group-expression' && !isWindowItem(item) ? [context.binding.bindExpression(item.expression, context)] : [],
  );
}

/** The input with the expressions as columns: those that are none yet behind its own. */
function withColumns(
  input: LogicalNode,
  expressions: readonly BoundExpression[],
): { readonly node: LogicalNode; readonly columns: readonly number[] } {
  const computed = expressions.filter(each => each.kind !== 'column');
  let next = input.fields.length;
  const columns = expressions.map(each => (each.kind === 'column' ? each.index : next++));
  if (computed.length === 0) return { node: input, columns };
  const names = computed.map((_, i) => `$key${input.fields.length + i}`);
  return { node: appendColumns(input, computed, names), columns };
}

interface WindowCall {
  readonly name: GroupFunction;
  readonly time: BoundExpression;
  /** In microseconds, in the order of the arguments. */
  readonly lengths: readonly number[];
}

/** The arguments of a window, or of an auxiliary function, which has the same. */
function bindCall(node: FunctionCall, context: ExpressionContext): WindowCall {
  const function_ = functionOf(node);
  const name = (AUXILIARY.exec(function_)?.[1] ?? function_) as GroupFunction;
  const lengths = LENGTHS[name];
  if (node.arguments.length !== lengths.length + 1)
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${function_} takes ${counted(lengths.length + 1, 'argument')}: the time column, ${lengths.join(', ')}`,
      span: node.span,
      notes: node.arguments.length > lengths.length + 1 ? [{ message: `FROM ${name}(TABLE t, …) takes an offset` }] : [],
    });
  const [time, ...rest] = node.arguments.map(argument => argument.value) as [Expression, ...Expression[]];
  return {
    name,
    time: context.binding.bindExpression(time, context),
    lengths: rest.map((each, i) => bindWindowLength(each, lengths[i]!, context.binding)),
  };
}

function windowOf({ name, lengths }: WindowCall, partition: readonly number[]): WindowSpec {
  switch (name) {
    case 'TUMBLE':
      return { kind: 'tumble', sizeMicros: lengths[0]!, offsetMicros: 0 };
    case 'HOP':
      return { kind: 'hop', slideMicros: lengths[0]!, sizeMicros: lengths[1]!, offsetMicros: 0 };
    case 'SESSION':
      return { kind: 'session', gapMicros: lengths[0]!, partition };
  }
}

function bindAuxiliary(node: FunctionCall, window: WindowCall, table: WindowTable, context: ExpressionContext): BoundExpression {
  const property = AUXILIARY.exec(functionOf(node))?.[2] as Property | undefined;
  if (property === undefined || !isSameWindow(bindCall(node, context), window)) throw groupWindowError(node);
  const width = table.fields.length - 3;
  switch (property) {
    case 'START':
      return columnOf(table, width);
    case 'END':
      return columnOf(table, width + 1);
    case 'ROWTIME':
      if (table.timeAttribute === 'rowtime') return columnOf(table, width + 2);
      throw new MillraceError({
        code: 'INVALID_ARGUMENT',
        message: `${window.name}_ROWTIME needs a window over event time`,
        span: node.span,
        notes: [{ message: `write ${window.name}_PROCTIME` }],
      });
    case 'PROCTIME':
      return callFunction(context.binding, { name: 'PROCTIME', span: node.span, args: [] });
  }
}

function isSameWindow(a: WindowCall, b: WindowCall): boolean {
  return (
    a.name === b.name && digestExpression(a.time) === digestExpression(b.time) && a.lengths.every((length, i) => length === b.lengths[i])
  );
}
