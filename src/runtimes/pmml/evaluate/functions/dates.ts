import { Instant, parseInstant } from '../instant.js';
import { RowFailure } from '../row.js';
import { yearStart, type Value } from '../value.js';
import { checkCount, INTEGER, strict, toNumber, type Call, type FunctionCompiler } from './function-kit.js';

const DAY_SECONDS = 86_400;

/** A moment: a text is read as one. */
function instantOf(value: NonNullable<Value>, call: Call): Instant {
  if (value instanceof Instant) return value;
  const text = String(value);
  const parsed = parseInstant(text, 'dateTime') ?? parseInstant(text, 'date') ?? parseInstant(text, 'time');
  if (parsed === undefined)
    throw new RowFailure(`the function "${call.name}" takes a date or time, not ${JSON.stringify(text.slice(0, 60))}`);
  return parsed;
}

function sinceYear(compute: (seconds: number) => number): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 2, 2);
    return strict(operands, INTEGER, ([value, year]) =>
      compute(Math.floor(instantOf(value!, call).seconds) - yearStart(toNumber(year, call)!)),
    );
  };
}

export const DATES = {
  dateDaysSinceYear: sinceYear(seconds => Math.floor(seconds / DAY_SECONDS)),
  dateSecondsSinceYear: sinceYear(seconds => seconds),
  dateSecondsSinceMidnight: (operands, call) => {
    checkCount(operands, call, 1, 1);
    return strict(operands, INTEGER, ([value]) => Math.floor(instantOf(value!, call).secondsOfDay));
  },
} as const satisfies Readonly<Record<string, FunctionCompiler>>;
