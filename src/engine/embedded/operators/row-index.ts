import { valueAt, type Column } from '../../../spec/batch.js';
import type { EquiKey } from '../../../planner/physical/equi-key.js';
import { encodeKey } from '../state/keyed-state.js';
import { indexNumbers } from './number-index.js';

/** The rows of one batch by key; rows of equal keys in their order. */
export interface RowIndex {
  /** For the key columns of other rows: the first indexed row with the key of such a row; -1 for none. */
  matcher(keys: readonly Column[]): FirstMatch;
  /** The next indexed row with the same key; -1 after the last. */
  next(row: number): number;
}

export type FirstMatch = (row: number) => number;

/** Equal for equal keys; `undefined` where a NULL makes the key equal to none. */
export type RowKey = string | number | bigint | symbol | undefined;

/** The key of each row of the columns that were computed for `EquiKey`s. */
export type KeyReader = (row: number) => RowKey;

const NULL_KEY = Symbol('NULL');

/**
 * How rows of computed key columns are compared: by `=`, where NULL and NaN equal nothing and the two zeros are one, or by
 * IS NOT DISTINCT FROM, as each key says.
 */
export function keyReader(keys: readonly EquiKey[], columns: readonly Column[]): KeyReader {
  if (keys.length === 0) return () => 0;
  const values = columns.map((column, i) => valueReader(column, keys[i]!.nullsAreEqual));
  if (values.length === 1) return values[0]!;
  return row => {
    const parts: (string | number | bigint | null)[] = [];
    for (const read of values) {
      const part = read(row);
      if (part === undefined) return undefined;
      parts.push(part === NULL_KEY ? null : (part as string | number | bigint));
    }
    return encodeKey(parts);
  };
}

function valueReader(column: Column, nullsAreEqual: boolean): KeyReader {
  const { values, nulls, type } = column;
  const missing = nullsAreEqual ? NULL_KEY : undefined;
  if (values instanceof Float64Array) {
    const canBeNaN = !nullsAreEqual && (type.kind === 'DOUBLE' || type.kind === 'FLOAT');
    return row => {
      if (nulls !== undefined && nulls[row] === 1) return missing;
      const value = values[row]!;
      // Adding 0 makes one of the two zeros.
      return canBeNaN && Number.isNaN(value) ? undefined : value + 0;
    };
  }
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
    case 'BIGINT':
    case 'DECIMAL':
      return row => (nulls !== undefined && nulls[row] === 1 ? missing : (values[row] as string | number | bigint));
    default:
      return row => {
        const value = valueAt(column, row);
        return value === null ? missing : encodeKey([value]);
      };
  }
}

/** Indexes `rowCount` rows by the columns that were computed for `keys`. */
export function indexRows(keys: readonly EquiKey[], columns: readonly Column[], rowCount: number): RowIndex {
  const [column] = columns;
  return keys.length === 1 && !keys[0]!.nullsAreEqual && column!.values instanceof Float64Array
    ? indexByNumber(column!.values, column!.nulls, rowCount)
    : indexByKey(keys, columns, rowCount);
}

function indexByNumber(numbers: Float64Array, nulls: Uint8Array | undefined, rowCount: number): RowIndex {
  const { first, next } = indexNumbers(numbers, nulls, rowCount);
  return {
    matcher([column]) {
      const { values, nulls: missing } = column!;
      return row => (missing !== undefined && missing[row] === 1 ? -1 : first(values[row] as number));
    },
    next,
  };
}

function indexByKey(keys: readonly EquiKey[], columns: readonly Column[], rowCount: number): RowIndex {
  const read = keyReader(keys, columns);
  const heads = new Map<RowKey, number>();
  const nextRows = new Int32Array(rowCount);
  // From the last row to the first, so that each chain goes up.
  for (let row = rowCount - 1; row >= 0; row--) {
    const key = read(row);
    if (key === undefined) continue;
    nextRows[row] = heads.get(key) ?? -1;
    heads.set(key, row);
  }
  return {
    matcher(others) {
      const readOther = keyReader(keys, others);
      return row => {
        const key = readOther(row);
        return key === undefined ? -1 : (heads.get(key) ?? -1);
      };
    },
    next: row => nextRows[row]!,
  };
}
