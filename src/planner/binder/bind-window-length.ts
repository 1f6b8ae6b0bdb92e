import { MillraceError } from '../../common/error.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { Binding } from './binding.js';
import { EMPTY_SCOPE } from './scope.js';

const MICROS_PER_MILLI = 1_000;

/** An argument of a window that is a length of time in microseconds: more than 0. @param what the argument is, as in "the size". */
export function bindWindowLength(argument: Expression, what: string, binding: Binding): number {
  const length = bindWindowInterval(argument, binding);
  if (length > 0) return length;
  throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `${what} of a window is more than 0`, span: argument.span });
}

/** A literal interval in microseconds, of whole milliseconds; negative where its sign says so. */
export function bindWindowInterval(argument: Expression, binding: Binding): number {
  if (argument.kind === 'unary' && argument.operator !== 'NOT') {
    const length = bindWindowInterval(argument.operand, binding);
    return argument.operator === '-' ? 0 - length : length;
  }
  const bound = binding.bindExpression(argument, { binding, scope: EMPTY_SCOPE });
  if (bound.kind === 'literal' && bound.type.kind === 'INTERVAL_DAY_TIME') return wholeMillis(bound.value as number, argument);
  const isMonths = bound.type.kind === 'INTERVAL_YEAR_MONTH';
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: isMonths
      ? 'a window cannot be of months or years, whose lengths differ'
      : 'a window takes a literal interval of days to seconds',
    span: argument.span,
    notes: [{ message: isMonths ? "write a number of days, such as INTERVAL '30' DAY" : "write INTERVAL '10' SECOND" }],
  });
}

function wholeMillis(micros: number, { span }: Expression): number {
  if (micros % MICROS_PER_MILLI === 0) return micros;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: 'a window is a whole number of milliseconds',
    span,
    notes: [{ message: 'its bounds are of type TIMESTAMP(3)' }],
  });
}
