import { MillraceError } from '../../common/error.js';
import { addExact, multiplyExact, powerOfTen, subtractExact } from '../../common/decimal.js';
import { parseLong, toLong, type Long } from '../../common/long.js';
import type { Value } from '../../spec/batch.js';
import type { DataType, Field } from '../../spec/data-type.js';
import { columnError, unsupportedColumn } from './column-error.js';
import type { DatagenColumnOptions } from './datagen-options.js';

/** Values that count up by one, a value a row. */
export interface Sequence {
  readonly rowCount: number;
  /** The value of a row, from 0. */
  valueAt(row: number): Value;
}

/**
 * How many rows a sequence column has, whatever its type.
 *
 * @throws {MillraceError} `MISSING_OPTION` or `INVALID_OPTION`
 */
export function sequenceLength(column: string, options: DatagenColumnOptions): number {
  const { start, end } = boundsOf(column, options);
  return Math.max(0, Number(addExact(subtractExact(end, start), 1)));
}

/** @throws {MillraceError} `MISSING_OPTION`, `INVALID_OPTION`, or `UNSUPPORTED` when the type cannot count. */
export function createSequence({ name, type }: Field, options: DatagenColumnOptions): Sequence {
  const { start, end } = boundsOf(name, options);
  const convert = converterFor(type);
  if (convert === undefined) throw unsupportedColumn({ column: name, type, kind: 'sequence' });
  for (const [key, bound] of [
    ['start', start],
    ['end', end],
  ] as const) {
    if (!fits(type, bound)) throw columnError({ column: name, key, problem: `is ${bound}, which does not fit the type of the column` });
  }
  return { rowCount: sequenceLength(name, options), valueAt: row => convert(addExact(start, row)) };
}

function boundsOf(column: string, options: DatagenColumnOptions): { readonly start: Long; readonly end: Long } {
  const start = boundOf(column, 'start', options.start);
  const end = boundOf(column, 'end', options.end);
  if (end < start) throw columnError({ column, key: 'end', problem: `is ${end}, which is before the start ${start}` });
  return { start, end };
}

function boundOf(column: string, key: 'start' | 'end', text: string | undefined): Long {
  if (text === undefined) {
    throw new MillraceError({
      code: 'MISSING_OPTION',
      message: `column "${column}" is a sequence without "fields.${column}.${key}"`,
      notes: [{ message: `add 'fields.${column}.${key}' = '…'` }],
    });
  }
  const bound = parseLong(text.trim());
  if (bound === undefined) throw columnError({ column, key, problem: `is "${text}", which is no whole number` });
  return bound;
}

function converterFor(type: DataType): ((value: Long) => Value) | undefined {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return String;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'INTERVAL_YEAR_MONTH':
      return Number;
    case 'INTERVAL_DAY_TIME':
      // Milliseconds, as in Flink.
      return value => Number(value) * 1_000;
    case 'BIGINT':
      return value => value;
    case 'DECIMAL':
      return value => multiplyExact(value, toLong(powerOfTen(type.scale)));
    default:
      return undefined;
  }
}

function fits(type: DataType, bound: Long): boolean {
  switch (type.kind) {
    case 'TINYINT':
      return bound >= -128 && bound < 128;
    case 'SMALLINT':
      return bound >= -32_768 && bound < 32_768;
    case 'INT':
      return bound >= -2_147_483_648 && bound < 2_147_483_648;
    case 'DECIMAL': {
      const limit = powerOfTen(type.precision - type.scale);
      return bound > -limit && bound < limit;
    }
    default:
      return true;
  }
}
