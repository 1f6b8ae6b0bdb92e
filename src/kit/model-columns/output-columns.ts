import { MillraceError } from '../../common/error.js';
import { toLong, type Long } from '../../common/long.js';
import type { Column, ColumnValues, Value } from '../../spec/batch.js';
import { formatType, type DataType } from '../../spec/data-type.js';
import { innermost, nest } from './nested-array.js';
import type { ColumnRead } from './output-mapping.js';
import type { ReadValues } from '../../spec/model-runtime.js';

/**
 * The OUTPUT column of what a run gave for `rows` rows; takes over `values` and `nulls`.
 *
 * FLOAT tensors are widened exactly; a NaN stays a NaN.
 */
export function toColumn(
  read: ColumnRead,
  values: ReadValues,
  { rows, nulls, sizes }: { readonly rows: number; readonly nulls?: Uint8Array | undefined; readonly sizes?: Uint32Array | undefined },
): Column {
  const column = sizes ? openColumn(read, values, sizes) : valueColumn(read, values, rows);
  return nulls === undefined ? column : { ...column, nulls };
}

function valueColumn(read: ColumnRead, values: ReadValues, rows: number): Column {
  const { type } = read;
  if (type.kind === 'ARRAY') {
    const items = valuesOf(values);
    return { type, values: Array.from({ length: rows }, (_, row) => nest(items, row * read.count, read.nesting) as Value) };
  }
  if (type.kind === 'MAP') return { type, values: mapsOf(read, valuesOf(values), rows) };
  return { type, values: columnValues(type, values) };
}

/** Of rows that differ in shape: `sizes` has the dimensions of each. */
function openColumn({ type, nesting, openDimensions = 1 }: ColumnRead, values: ReadValues, sizes: Uint32Array): Column {
  const items = valuesOf(values);
  const rows: Value[] = [];
  for (let i = 0, at = 0; i < sizes.length; i += openDimensions) {
    const shape = sizes.subarray(i, i + openDimensions);
    const width = shape.reduce((product, size) => product * size, 1);
    rows.push(nest(items, at, nesting.length === shape.length ? [...shape] : [width]));
    at += width;
  }
  return { type, values: rows };
}

function columnValues({ kind }: DataType, values: ReadValues): ColumnValues {
  if (values instanceof BigUint64Array)
    return kind === 'BIGINT' || kind === 'DECIMAL' ? unsignedOf(values) : Float64Array.from(values, Number);
  if (values instanceof BigInt64Array) {
    const longs = longsOf(values);
    return kind === 'BIGINT' ? longs : Float64Array.from(longs, Number);
  }
  return kind === 'BIGINT' ? Array.from(values as Float64Array) : values;
}

function mapsOf({ keys, count }: ColumnRead, items: readonly Value[], rows: number): Value[] {
  const maps: Value[] = [];
  for (let row = 0; row < rows; row++) {
    const map = new Map<Value, Value>();
    for (const [j, key] of keys.entries()) map.set(key, items[row * count + j]!);
    maps.push(map);
  }
  return maps;
}

/** The values as SQL values. */
function valuesOf(values: ReadValues): Value[] {
  if (values instanceof BigInt64Array) return longsOf(values);
  if (values instanceof BigUint64Array) return unsignedOf(values);
  if (values instanceof Uint8Array) return Array.from(values, value => value === 1);
  return Array.from<Value>(values);
}

function unsignedOf(values: BigUint64Array): Long[] {
  return Array.from(values, toLong);
}

/** Takes safe integers apart into halves, since a bigint for each would be an allocation for each. */
function longsOf(values: BigInt64Array): Long[] {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const longs: Long[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = halves[2 * i + 1]! * 0x1_0000_0000 + (halves[2 * i]! >>> 0);
    longs.push(Number.isSafeInteger(value) ? value : toLong(values[i]!));
  }
  return longs;
}

const INTEGER_BITS: Readonly<Partial<Record<DataType['kind'], number>>> = { TINYINT: 8, SMALLINT: 16, INT: 32 };

/** By row, the integers that are too large for the declared type of their column. */
export function findMisfits(read: ColumnRead, column: Column, rows: number): Map<number, MillraceError> {
  const misfits = new Map<number, MillraceError>();
  const element = innermost(read.type);
  const bits = element.kind === 'BIGINT' && read.form === 'unsigned' ? 64 : INTEGER_BITS[element.kind];
  if (bits === undefined) return misfits;
  const limit = 2 ** (bits - 1);
  for (let row = 0; row < rows; row++) {
    if (column.nulls?.[row] === 1) continue;
    const value = column.values[row] as Value;
    const numbers = (Array.isArray(value) ? value.flat(Infinity) : [value]) as number[];
    const misfit = numbers.find(number => number >= limit || number < -limit);
    if (misfit === undefined) continue;
    const message = `output "${read.output}" gave ${misfit}, which does not fit ${formatType(element, 'ignore')}`;
    misfits.set(row, new MillraceError({ code: 'BAD_ANSWER', message }));
  }
  return misfits;
}
