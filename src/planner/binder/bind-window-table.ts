import { MillraceError } from '../../common/error.js';
import type { Expression, FunctionCall, TableArgument } from '../../sql/ast/expression.js';
import type { LogicalNode } from '../logical/node.js';
import type { WindowSpec } from '../logical/window-spec.js';
import { bindDescriptor, bindTableArgument } from './bind-table-argument.js';
import { bindWindowInterval, bindWindowLength } from './bind-window-length.js';
import type { Binding, QueryScope } from './binding.js';
import { Diagnostics } from './diagnostics.js';
import { matchParameters } from './match-parameters.js';
import { checkTimeAttribute } from './time-attribute.js';
import { windowTable } from './window-table.js';

type WindowFunction = 'TUMBLE' | 'HOP' | 'CUMULATE';
type Parameter = 'DATA' | 'TIMECOL' | 'SLIDE' | 'STEP' | 'SIZE' | 'OFFSET';
type Arguments = Partial<Record<Parameter, Expression>>;

const PARAMETERS: Readonly<Record<WindowFunction, readonly Parameter[]>> = {
  TUMBLE: ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'],
  HOP: ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET'],
  CUMULATE: ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET'],
};
const USAGE: Readonly<Record<WindowFunction, string>> = {
  TUMBLE: "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)",
  HOP: "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND), the slide before the size",
  CUMULATE: "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR, INTERVAL '1' DAY), the step before the size",
};

export function isWindowFunction(name: string): boolean {
  return name in PARAMETERS || name === 'SESSION';
}

/** `TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND[, offset])` and its relatives, by position or by name. */
export function bindWindowTable(node: FunctionCall, scope: QueryScope): LogicalNode {
  const name = node.name.parts.at(-1)!.name.toUpperCase();
  if (!(name in PARAMETERS))
    throw new MillraceError({ code: 'UNSUPPORTED', message: `the embedded engine does not run ${name} windows`, span: node.span });
  const call = { node, name: name as WindowFunction, binding: scope.binding };
  const given: Arguments = matchParameters(node, PARAMETERS[call.name]);
  const input = bindTableArgument(given.DATA, node, scope);
  const problems = new Diagnostics();
  problems.attempt(node.span, () => refuseTableClauses(given.DATA, call.name));
  const time = problems.attempt(node.span, () => bindTime(given.TIMECOL, node, input));
  const window = problems.attempt(node.span, () => bindWindow(given, call));
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

function refuseTableClauses(argument: Expression | undefined, name: WindowFunction): void {
  const table = argument?.kind === 'table-argument' ? (argument satisfies TableArgument) : undefined;
  const clause = table && table.partitionBy.length > 0 ? 'PARTITION BY' : table && table.orderBy.length > 0 ? 'ORDER BY' : undefined;
  if (clause === undefined) return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `the table of ${name} takes no ${clause}`,
    span: (clause === 'PARTITION BY' ? table!.partitionBy : table!.orderBy)[0]!.span,
    notes: [{ message: 'its windows are the same for all rows' }],
  });
}

interface WindowCall {
  readonly node: FunctionCall;
  readonly name: WindowFunction;
  readonly binding: Binding;
}

function bindWindow(given: Arguments, call: WindowCall): WindowSpec {
  const problems = new Diagnostics();
  const length = (parameter: 'SLIDE' | 'STEP' | 'SIZE'): number =>
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
  }
}

function bindLength(argument: Expression | undefined, parameter: 'SLIDE' | 'STEP' | 'SIZE', { node, name, binding }: WindowCall): number {
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
