import { decimalToDouble } from '../../common/decimal.js';
import { MillraceError } from '../../common/error.js';
import type { Batch, Column, Value } from '../../spec/batch.js';
import type { DataType, Field } from '../../spec/data-type.js';
import { allocate, familyOf, INTEGER_RANGE, type ElementType, type TensorData } from '../../spec/element-type.js';
import type { CategoryCodes, TensorFeed } from '../../spec/model-runtime.js';
import { excerpt } from '../excerpt.js';
import { doubleToHalf } from '../float16.js';
import { arrayDepth, flatten, innermost, type FlatRow } from './nested-array.js';

/**
 * The rows that the model has no way to take: a NULL where its input knows no missing value, an integer outside its
 * range, an ARRAY of another length, a category that the model's encoder does not know. Empty for a model of floats, which
 * takes NULL as NaN.
 *
 * @returns one `PREDICTION_FAILED` by row.
 */
export function findUnusableRows(batch: Batch, feeds: readonly TensorFeed[], fields: readonly Field[]): Map<number, MillraceError> {
  const failures = new Map<number, MillraceError>();
  for (const feed of feeds) {
    for (const [place, c] of feed.columns.entries()) {
      const column = batch.columns[c]!;
      const check = checkOf(feed, column, place);
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

function checkOf(feed: TensorFeed, column: Column, place: number): Check | undefined {
  const codes = encoding(feed, column, place);
  if (codes) return codeCheck(codes, column);
  return column.type.kind === 'ARRAY' ? arrayCheck(feed, column.type) : scalarCheck(feed, column);
}

/** How the model encodes the categories that the column holds; `undefined` where it holds numbers as the model takes them. */
function encoding(feed: TensorFeed, { type }: Column, place: number): CategoryCodes | undefined {
  const codes = feed.codes?.[place];
  return codes && holdsCategories(type, codes) ? codes : undefined;
}

/** Whether a column of this type holds the categories of an encoder, and not their codes. */
export function holdsCategories({ kind }: DataType, { areNumbers = false }: CategoryCodes): boolean {
  if (kind === 'CHAR' || kind === 'VARCHAR') return true;
  return areNumbers && kind !== 'ARRAY' && kind !== 'BOOLEAN';
}

/** The text by which an encoder knows a value; `undefined` for a missing one. */
function categoryOf(type: DataType): (value: Value) => string | undefined {
  if (type.kind === 'CHAR' || type.kind === 'VARCHAR') return value => (value === null ? undefined : (value as string));
  const toDouble = doubleOf(type);
  return value => {
    if (value === null) return undefined;
    if (typeof value === 'bigint' && type.kind !== 'DECIMAL') return String(value);
    const number = toDouble(value);
    return Number.isNaN(number) ? undefined : String(number);
  };
}

function codeCheck({ codes, unknown }: CategoryCodes, { type }: Column): Check | undefined {
  if (unknown !== undefined) return undefined;
  const toCategory = categoryOf(type);
  return value => {
    const category = toCategory(value);
    if (category === undefined || codes.has(category)) return undefined;
    return `has the value "${excerpt(category)}", which is none of the ${codes.size} categories that the model was trained with`;
  };
}

function scalarCheck({ element, takesNull }: TensorFeed, column: Column): Check | undefined {
  const range = holds(element, column.type) ? undefined : INTEGER_RANGE[element];
  const mayBeNull = column.nulls !== undefined && familyOf(element) !== 'float' && !takesNull;
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

function arrayCheck(feed: TensorFeed, type: DataType): Check {
  const family = familyOf(feed.element);
  const range = INTEGER_RANGE[feed.element];
  const depth = arrayDepth(type);
  return value => {
    if (value === null) return family === 'float' && !feed.openShape ? undefined : 'is NULL, and the model knows no missing value there';
    const row = flatten(value as readonly Value[], depth);
    if (typeof row === 'string') return row;
    const misshapen = shapeProblem(feed, row);
    if (misshapen !== undefined || family === 'float') return misshapen;
    const { items } = row;
    if (items.includes(null)) return 'holds a NULL, and the model knows no missing value there';
    const outside = range && (items as readonly number[]).find(item => item < range[0] || item > range[1]);
    return outside === undefined ? undefined : `holds the value ${outside}, and the model takes ${feed.element} there`;
  };
}

function shapeProblem(feed: TensorFeed, { items, sizes }: FlatRow): string | undefined {
  if (feed.openShape) {
    if (rowSizes(feed.openShape, { items, sizes }) !== undefined) return undefined;
    return `has ${sizes.join(' x ')} values, and the model takes ${feed.openShape.map(size => size ?? 'any number').join(' x ')} there`;
  }
  if (sizes.length > 1 && sizes.some((size, i) => size !== feed.rowShape[i]))
    return `has ${sizes.join(' x ')} values, and the model takes ${feed.rowShape.join(' x ')} there`;
  return items.length === feed.width ? undefined : `has ${items.length} values, and the model takes ${feed.width} there`;
}

/** The dimensions of a row whose ARRAY tells them: all of a nested one, the single open one of a flat one. */
function rowSizes(openShape: readonly (number | undefined)[], { items, sizes }: FlatRow): readonly number[] | undefined {
  if (sizes.length === openShape.length) return sizes.every((size, i) => (openShape[i] ?? size) === size) ? sizes : undefined;
  const known = openShape.reduce<number>((product, size) => product * (size ?? 1), 1);
  return items.length % known === 0 ? openShape.map(size => size ?? items.length / known) : undefined;
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
    const codes = encoding(feed, column, offset);
    if (codes) fillCodes(data as Float64Array, column, { codes, rows: batch.rowCount, width: feed.width, offset });
    else if (column.type.kind === 'ARRAY') fillFromArrays(data, column, { feed, rows: batch.rowCount });
    else if (feed.element === 'float16') fillHalves(data as Uint16Array, column, { rows: batch.rowCount, width: feed.width, offset });
    else fill(data, column, { rows: batch.rowCount, width: feed.width, offset });
  }
  return data;
}

/** The values of an input whose rows differ in shape, without gaps, and the dimensions of each row, side by side. */
export interface OpenFeed {
  readonly data: TensorData;
  readonly sizes: Uint32Array;
}

/** As `encodeFeed`, for a feed with an open shape. */
export function encodeOpenFeed(batch: Batch, feed: TensorFeed, openShape: readonly (number | undefined)[]): OpenFeed {
  const { type, values } = batch.columns[feed.columns[0]!]!;
  const depth = arrayDepth(type);
  const rows = Array.from({ length: batch.rowCount }, (_, row) => flatten(values[row] as unknown as readonly Value[], depth) as FlatRow);
  const data = allocate(
    feed.element,
    rows.reduce((sum, { items }) => sum + items.length, 0),
  );
  const sizes = new Uint32Array(rows.length * openShape.length);
  const toElement = elementEncoder(feed.element, type);
  let at = 0;
  for (const [i, row] of rows.entries()) {
    sizes.set(rowSizes(openShape, row)!, i * openShape.length);
    for (const item of row.items) (data as unknown[])[at++] = toElement(item);
  }
  return { data, sizes };
}

interface Place {
  readonly rows: number;
  /** Values in a row of the tensor. */
  readonly width: number;
  /** Where in the row this column's value stands. */
  readonly offset: number;
}

function fillCodes(
  data: { [index: number]: number },
  { type, values, nulls }: Column,
  { codes: { codes, unknown = NaN }, rows, width, offset }: Place & { readonly codes: CategoryCodes },
): void {
  const toCategory = categoryOf(type);
  for (let i = 0, at = offset; i < rows; i++, at += width) {
    const category = nulls?.[i] === 1 ? undefined : toCategory(values[i]!);
    data[at] = category === undefined ? NaN : (codes.get(category) ?? unknown);
  }
}

function fill(data: TensorData, column: Column, { rows, width, offset }: Place): void {
  const { values, nulls } = column;
  if (data instanceof BigUint64Array) {
    for (let i = 0, at = offset; i < rows; i++, at += width) data[at] = BigInt(values[i] as number | bigint);
  } else if (data instanceof BigInt64Array) {
    fillLongs(data, values as ArrayLike<number | bigint>, { rows, width, offset });
  } else if (Array.isArray(data)) {
    for (let i = 0, at = offset; i < rows; i++, at += width) data[at] = nulls?.[i] === 1 ? null : (values[i] as string);
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
  const depth = arrayDepth(column.type);
  for (let i = 0, at = 0; i < rows; i++, at += feed.width) {
    const items = column.nulls?.[i] === 1 ? undefined : itemsOf(column.values[i] as unknown as readonly Value[], depth);
    for (let j = 0; j < feed.width; j++) (data as unknown[])[at + j] = toElement(items === undefined ? null : items[j]!);
  }
}

function itemsOf(array: readonly Value[], depth: number): readonly Value[] {
  return depth === 1 ? array : (flatten(array, depth) as FlatRow).items;
}

function elementEncoder(element: ElementType, column: DataType): (value: Value) => unknown {
  if (element === 'string') return value => value;
  if (element === 'int64' || element === 'uint64') return value => BigInt(value as number | bigint | boolean);
  const toDouble = doubleOf(innermost(column));
  const toNumber = (value: Value): number => (value === null ? NaN : toDouble(value));
  return element === 'float16' ? value => doubleToHalf(toNumber(value)) : toNumber;
}

/** A value of the type, which is not NULL, as a double. */
function doubleOf(type: DataType): (value: Value) => number {
  if (type.kind !== 'DECIMAL') return Number;
  const { scale } = type;
  return value => decimalToDouble(value as number | bigint, scale);
}
