import { addExact, divideDecimal, fitsPrecision } from '../../../common/decimal.js';
import { addLong, divideLong } from '../../../common/long.js';
import { compareText } from '../../../planner/functions/compare-values.js';
import { isText } from '../../../planner/functions/type-rules.js';
import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import type { Long, Value } from '../../../spec/batch.js';

/** The running state of one aggregate: a count and a value whose meaning is the aggregate's. */
export interface Accumulator {
  /** Rows that counted: those whose argument is not NULL. */
  count: number;
  /** The sum, least or greatest so far; `null` before the first row that counted. */
  value: Value;
}

export function newAccumulator(): Accumulator {
  return { count: 0, value: null };
}

/** Takes one row into account. @param argument `null` for NULL; anything but `null` for COUNT(*). */
export type Accumulate = (accumulator: Accumulator, argument: Value) => void;

/** The aggregate's result. */
export type Result = (accumulator: Accumulator) => Value;

/** How an aggregate is computed, by Flink's rules: integers keep their type and wrap, DECIMAL is exact, FLOAT sums are of float precision. */
export function aggregator(call: AggregateCall): { readonly accumulate: Accumulate; readonly result: Result } {
  switch (call.name) {
    case 'COUNT':
      return { accumulate: counting(() => null), result: accumulator => accumulator.count };
    case 'MIN':
      return { accumulate: counting(leastOf(call)), result: valueOf };
    case 'MAX':
      return { accumulate: counting(greatestOf(call)), result: valueOf };
    case 'SUM':
      return { accumulate: counting(adderOf(call)), result: sumOf(call) };
    case 'AVG':
      return { accumulate: counting(averageAdder(call)), result: averageOf(call) };
  }
}

function valueOf({ value }: Accumulator): Value {
  return value;
}

function counting(combine: (current: Value, argument: Value) => Value): Accumulate {
  return (accumulator, argument) => {
    if (argument === null) return;
    accumulator.value = accumulator.count === 0 ? argument : combine(accumulator.value, argument);
    accumulator.count++;
  };
}

type Combine = (current: Value, argument: Value) => Value;

function leastOf({ argumentType }: AggregateCall): Combine {
  if (isText(argumentType!)) return (best, value) => (compareText(value as string, best as string) < 0 ? value : best);
  return (best, value) => (value! < best! ? value : best);
}

function greatestOf({ argumentType }: AggregateCall): Combine {
  if (isText(argumentType!)) return (best, value) => (compareText(value as string, best as string) > 0 ? value : best);
  return (best, value) => (value! > best! ? value : best);
}

/** A DECIMAL sum of more digits than its type has is NULL. */
function sumOf({ type }: AggregateCall): Result {
  if (type.kind !== 'DECIMAL') return valueOf;
  return ({ value }) => (value === null || !fitsPrecision(value as Long, type.precision) ? null : value);
}

function adderOf({ argumentType }: AggregateCall): Combine {
  switch (argumentType!.kind) {
    case 'TINYINT':
      return (a, b) => (((a as number) + (b as number)) << 24) >> 24;
    case 'SMALLINT':
      return (a, b) => (((a as number) + (b as number)) << 16) >> 16;
    case 'INT':
      return (a, b) => ((a as number) + (b as number)) | 0;
    case 'BIGINT':
      return (a, b) => addLong(a as Long, b as Long);
    case 'DECIMAL':
      return (a, b) => addExact(a as Long, b as Long);
    case 'FLOAT':
      return (a, b) => Math.fround((a as number) + (b as number));
    default:
      return (a, b) => (a as number) + (b as number);
  }
}

/** AVG adds up integers as BIGINT and FLOAT as DOUBLE. */
function averageAdder(call: AggregateCall): Combine {
  switch (call.argumentType!.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return (a, b) => addLong(a as Long, b as Long);
    case 'DECIMAL':
      return (a, b) => addExact(a as Long, b as Long);
    default:
      return (a, b) => (a as number) + (b as number);
  }
}

function averageOf({ argumentType, type }: AggregateCall): Result {
  switch (argumentType!.kind) {
    case 'DECIMAL': {
      const from = argumentType!.kind === 'DECIMAL' ? argumentType!.scale : 0;
      const to = type.kind === 'DECIMAL' ? type.scale : 0;
      return ({ count, value }) => (value === null ? null : divideDecimal(value as Long, from, count, 0, to));
    }
    case 'FLOAT':
      return ({ count, value }) => (value === null ? null : Math.fround((value as number) / count));
    case 'DOUBLE':
      return ({ count, value }) => (value === null ? null : (value as number) / count);
    default:
      return ({ count, value }) => (value === null ? null : divideLong(value as Long, count));
  }
}
