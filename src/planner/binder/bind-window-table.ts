import { MillraceError } from '../../common/error.js';
import type { Expression, FunctionCall } from '../../sql/ast/expression.js';
import type { LogicalNode } from '../logical/node.js';
import type { WindowSpec } from '../logical/window-spec.js';
import { bindDescriptor, bindTableArgument } from './bind-table-argument.js';
import { bindWindowInterval, bindWindowLength } from './bind-window-length.js';
import type { Binding, QueryScope } from './binding.js';
import { Diagnostics } from './diagnostics.js';
import { matchParameters } from './match-parameters.js';
import { resolveColumn, scopeOf } from './scope.js';
import { checkTimeAttribute } from './time-attribute.js';
import { windowTable } from './window-table.js';

type WindowFunction = 'TUMBLE' | 'HOP' | 'CUMULATE' | 'SESSION';
type Length = 'SLIDE' | 'STEP' | 'SIZE' | 'GAP';
type Parameter = 'DATA' | 'TIMECOL' | Length | 'OFFSET';
type Arguments = Partial<Record<Parameter, Expression>>;

const PARAMETERS: Readonly<Record<WindowFunction, readonly Parameter[]>> = {
  TUMBLE: ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'],
  HOP: ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET'],
  CUMULATE: ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET'],
  SESSION: ['DATA', 'TIMECOL', 'GAP'],
};
const USAGE: Readonly<Record<WindowFunction, string>> = {
  TUMBLE: "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)",
  HOP: "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND), the slide before the size",
  CUMULATE: "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR, INTERVAL '1' DAY), the step before the size",
  SESSION: "SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '10' MINUTE)",
};

export function isWindowFunction(name: string): boolean {
  return name in PARAMETERS;
}

/** `TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND[, offset])` and its relatives, by position or by name. */
export function bindWindowTable(node: FunctionCall, scope: QueryScope): LogicalNode {
  const name = node.name.parts.at(-1)!.name.toUpperCase();
  const call = { node, name: name as WindowFunction, binding: scope.binding };
  const given: Arguments = matchParameters(node, PARAMETERS[call.name]);
  const input = bindTableArgument(given.DATA, node, scope);
  const problems = new Diagnostics();
  const partition = problems.attempt(node.span, () => bindPartition(given.DATA, call.name, input)) ?? [];
  const time = problems.attempt(node.span, () => bindTime(given.TIMECOL, node, input));
  const window = problems.attempt(node.span, () => bindWindow(given, partition, call));
  problems.check();
  return windowTable(input, time!, window!);
}

function bindTime(argument: Expression | undefined, node: FunctionCall, input: LogicalNode): number {
  const [time, ...more] = bindDescriptor(argument, node, input);
  if (!time || more.length > 0)
    throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'a window needs one time column', span: (argument ?? node).span });
  checkTimeAttribute(input.fields[time.index]!, time.span);
  return time.index;
}

/** PARTITION BY of SESSION: columns of the input. */
function bindPartition(argument: Expression | undefined, name: WindowFunction, input: LogicalNode): number[] {
  if (argument?.kind !== 'table-argument') return [];
  const { partitionBy, orderBy } = argument;
  const refused = name !== 'SESSION' && partitionBy.length > 0 ? 'PARTITION BY' : orderBy.length > 0 ? 'ORDER BY' : undefined;
  if (refused !== undefined)
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `the table of ${name} takes no ${refused}`,
      span: (refused === 'PARTITION BY' ? partitionBy : orderBy)[0]!.span,
      notes: [{ message: refused === 'PARTITION BY' ? 'its windows are the same for all rows' : 'the time column orders its rows' }],
    });
  const { columns } = scopeOf(input.fields, argument.table.kind === 'object-name' ? argument.table.parts.at(-1)!.name : undefined);
  return partitionBy.map(each => {
    const column = each.kind === 'column' ? resolveColumn({ columns }, each.parts) : undefined;
    if (column?.kind === 'column') return column.index;
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: 'PARTITION BY of a window takes columns of its table',
      span: each.span,
      notes: [{ message: 'compute the value in a subquery: SESSION((SELECT …) PARTITION BY k, …)' }],
    });
  });
}

interface WindowCall {
  readonly node: FunctionCall;
  readonly name: WindowFunction;
  readonly binding: Binding;
}

function bindWindow(given: Arguments, partition: readonly number[], call: WindowCall): WindowSpec {
  const problems = new Diagnostics();
  const length = (parameter: Length): number =>
    problems.attempt(call.node.span, () => bindLength(given[parameter], parameter, call)) ?? NaN;
  const offsetMicros = problems.attempt(call.node.span, () => (given.OFFSET ? bindWindowInterval(given.OFFSET, call.binding) : 0)) ?? NaN;
  switch (call.name) {
    case 'TUMBLE': {
      const sizeMicros = length('SIZE');
      problems.check();
      checkOffset(offsetMicros, sizeMicros, given.OFFSET);
      return { kind: 'tumble', sizeMicros, offsetMicros };
    }
    case 'HOP': {
      const slideMicros = length('SLIDE');
      const sizeMicros = length('SIZE');
      problems.check();
      return { kind: 'hop', slideMicros, sizeMicros, offsetMicros };
    }
    case 'CUMULATE': {
      const stepMicros = length('STEP');
      const sizeMicros = length('SIZE');
      problems.check();
      checkStep(stepMicros, sizeMicros, given.SIZE!);
      return { kind: 'cumulate', stepMicros, sizeMicros, offsetMicros };
    }
    case 'SESSION': {
      const gapMicros = length('GAP');
      problems.check();
      return { kind: 'session', gapMicros, partition };
    }
  }
}

function bindLength(argument: Expression | undefined, parameter: Length, { node, name, binding }: WindowCall): number {
  const what = `the ${parameter.toLowerCase()}`;
  if (argument) return bindWindowLength(argument, what, binding);
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${name} lacks ${what} of its windows`,
    span: node.span,
    notes: [{ message: `write ${USAGE[name]}` }],
  });
}

function checkOffset(offset: number, size: number, argument: Expression | undefined): void {
  if (Math.abs(offset) < size) return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: 'the offset of TUMBLE is shorter than the size of its windows',
    span: argument!.span,
    notes: [{ message: 'take away whole sizes: the windows stay the same' }],
  });
}

function checkStep(step: number, size: number, { span }: Expression): void {
  if (size % step === 0) return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: 'the size of CUMULATE is a multiple of its step',
    span,
    notes: [{ message: 'the step comes before the size' }],
  });
}
