import { decimalToDouble } from '../../common/decimal.js';
import { MillraceError } from '../../common/error.js';
import type { Batch, Column, Value } from '../../spec/batch.js';
import type { DataType, Field } from '../../spec/data-type.js';
import { allocate, familyOf, INTEGER_RANGE, type ElementType, type TensorData } from './element-type.js';
import type { TensorFeed } from './feature-mapping.js';
import { doubleToHalf } from '../../kit/float16.js';

/**
 * The rows that the model has no way to take: a NULL where its input knows no missing value, an integer outside its
 * range, an ARRAY of another length. Empty for a model of floats, which takes NULL as NaN.
 *
 * @returns one `PREDICTION_FAILED` by row.
 */
export function findUnusableRows(batch: Batch, feeds: readonly TensorFeed[], fields: readonly Field[]): Map<number, MillraceError> {
  const failures = new Map<number, MillraceError>();
  for (const feed of feeds) {
    for (const c of feed.columns) {
      const column = batch.columns[c]!;
      const check = column.type.kind === 'ARRAY' ? arrayCheck(feed) : scalarCheck(feed, column);
      if (check === undefined) continue;
      for (let row = 0; row < batch.rowCount; row++) {
        const problem = check(column.nulls?.[row] === 1 ? null : column.values[row]!);
        if (problem !== undefined && !failures.has(row)) failures.set(row, unusable(fields[c]!.name, problem));
      }
    }
  }
  return failures;
}

/** What is wrong with a value; `undefined` for nothing. */
type Check = (value: Value) => string | undefined;

function scalarCheck({ element }: TensorFeed, column: Column): Check | undefined {
  const range = holds(element, column.type) ? undefined : INTEGER_RANGE[element];
  const mayBeNull = column.nulls !== undefined && familyOf(element) !== 'float';
  if (!mayBeNull && range === undefined) return undefined;
  return value => {
    if (value === null) return mayBeNull ? 'is NULL, and the model knows no missing value there' : undefined;
    const number = value as number | bigint;
    return range && (number < range[0] || number > range[1]) ? `has the value ${number}, and the model takes ${element} there` : undefined;
  };
}

/** Whether every value of the column's type is in the range of the element type, so that none needs a look. */
function holds(element: ElementType, type: DataType): boolean {
  return type.kind === 'BOOLEAN' || (element === 'int32' && type.kind !== 'BIGINT');
}

function arrayCheck(feed: TensorFeed): Check {
  const family = familyOf(feed.element);
  const range = INTEGER_RANGE[feed.element];
  return value => {
    if (value === null) return family === 'float' ? undefined : 'is NULL, and the model knows no missing value there';
    const items = value as readonly Value[];
    if (items.length !== feed.width) return `has ${items.length} values, and the model takes ${feed.width} there`;
    if (family === 'float') return undefined;
    if (items.includes(null)) return 'holds a NULL, and the model knows no missing value there';
    const outside = range && (items as readonly number[]).find(item => item < range[0] || item > range[1]);
    return outside === undefined ? undefined : `holds the value ${outside}, and the model takes ${feed.element} there`;
  };
}

function unusable(column: string, problem: string): MillraceError {
  return new MillraceError({ code: 'PREDICTION_FAILED', message: `column "${column}" ${problem}` });
}

/**
 * The values of one input tensor, row by row, for rows that `findUnusableRows` found nothing wrong with.
 *
 * NULL is NaN. Doubles are rounded to the nearest float or half; integers arrive exactly.
 */
export function encodeFeed(batch: Batch, feed: TensorFeed): TensorData {
  const data = allocate(feed.element, batch.rowCount * feed.width);
  for (const [offset, c] of feed.columns.entries()) {
    const column = batch.columns[c]!;
    if (column.type.kind === 'ARRAY') fillFromArrays(data, column, { feed, rows: batch.rowCount });
    else if (feed.element === 'float16') fillHalves(data as Uint16Array, column, { rows: batch.rowCount, width: feed.width, offset });
    else fill(data, column, { rows: batch.rowCount, width: feed.width, offset });
  }
  return data;
}

interface Place {
  readonly rows: number;
  /** Values in a row of the tensor. */
  readonly width: number;
  /** Where in the row this column's value stands. */
  readonly offset: number;
}

function fill(data: TensorData, column: Column, { rows, width, offset }: Place): void {
  const { values, nulls } = column;
  if (data instanceof BigInt64Array) {
    fillLongs(data, values as ArrayLike<number | bigint>, { rows, width, offset });
  } else if (Array.isArray(data)) {
    for (let i = 0, at = offset; i < rows; i++, at += width) data[at] = values[i] as string;
  } else if (Array.isArray(values)) {
    const toDouble = doubleOf(column.type);
    for (let i = 0, at = offset; i < rows; i++, at += width) data[at] = nulls?.[i] === 1 ? NaN : toDouble(values[i]!);
  } else {
    for (let i = 0, at = offset; i < rows; i++, at += width) data[at] = values[i]!;
    if (nulls) for (let i = 0, at = offset; i < rows; i++, at += width) if (nulls[i] === 1) data[at] = NaN;
  }
}

function fillLongs(data: BigInt64Array, values: ArrayLike<number | bigint>, { rows, width, offset }: Place): void {
  // The halves of a safe integer are written as such, since a bigint for each would be an allocation for each.
  const halves = new Int32Array(data.buffer);
  for (let i = 0, at = offset; i < rows; i++, at += width) {
    const value = values[i]!;
    if (typeof value === 'bigint') {
      data[at] = value;
    } else {
      halves[2 * at] = value | 0;
      halves[2 * at + 1] = Math.floor(value / 0x1_0000_0000);
    }
  }
}

function fillHalves(data: Uint16Array, { type, values, nulls }: Column, { rows, width, offset }: Place): void {
  const toDouble = doubleOf(type);
  for (let i = 0, at = offset; i < rows; i++, at += width) data[at] = doubleToHalf(nulls?.[i] === 1 ? NaN : toDouble(values[i]!));
}

function fillFromArrays(data: TensorData, column: Column, { feed, rows }: { feed: TensorFeed; rows: number }): void {
  const toElement = elementEncoder(feed.element, column.type);
  for (let i = 0, at = 0; i < rows; i++, at += feed.width) {
    const items = column.nulls?.[i] === 1 ? undefined : (column.values[i] as unknown as readonly Value[]);
    for (let j = 0; j < feed.width; j++) (data as unknown[])[at + j] = toElement(items === undefined ? null : items[j]!);
  }
}

function elementEncoder(element: ElementType, column: DataType): (value: Value) => unknown {
  if (element === 'string') return value => value;
  if (element === 'int64') return value => BigInt(value as number | bigint | boolean);
  const toDouble = doubleOf(column.kind === 'ARRAY' ? column.element : column);
  const toNumber = (value: Value): number => (value === null ? NaN : toDouble(value));
  return element === 'float16' ? value => doubleToHalf(toNumber(value)) : toNumber;
}

/** A value of the type, which is not NULL, as a double. */
function doubleOf(type: DataType): (value: Value) => number {
  if (type.kind !== 'DECIMAL') return Number;
  const { scale } = type;
  return value => decimalToDouble(value as number | bigint, scale);
}
