import type { DataType, Field } from './data-type.js';

export type { Long } from '../common/long.js';

/**
 * A SQL value outside a column. NULL is `null`; otherwise by type:
 *
 * BOOLEAN `boolean`; TINYINT to INT, FLOAT, DOUBLE `number`; BIGINT `Long`; DECIMAL its unscaled value as `Long` beyond
 * 64 bits too; CHAR and VARCHAR `string`; BINARY and VARBINARY `Uint8Array`; DATE days since 1970-01-01; TIME
 * microseconds of the day; TIMESTAMP and TIMESTAMP_LTZ microseconds since 1970-01-01T00:00:00 (wall clock and UTC);
 * INTERVAL_DAY_TIME microseconds, INTERVAL_YEAR_MONTH months; ARRAY and MULTISET an array; MAP a `Map`; ROW an array of
 * its fields in order.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | ReadonlyMap<Value, Value>;

/**
 * The values of one column of a batch.
 *
 * `Float64Array` holds TINYINT to INT, FLOAT, DOUBLE, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ and intervals;
 * `Uint8Array` holds BOOLEAN as 0 and 1; a plain array holds every other type in the form of `Value`.
 */
export type ColumnValues = Float64Array | Uint8Array | Value[];

/** One column of a batch. Immutable once the batch has been handed on. */
export interface Column {
  readonly type: DataType;
  /** At least as long as the batch has rows; what stands at a NULL or after the last row means nothing. */
  readonly values: ColumnValues;
  /** 1 where the row is NULL; absent when no row is. */
  readonly nulls?: Uint8Array | undefined;
}

/** What a row of a changelog does: insert, retract before an update, update after, delete. */
export const RowKind = { INSERT: 0, UPDATE_BEFORE: 1, UPDATE_AFTER: 2, DELETE: 3 } as const;
export type RowKind = (typeof RowKind)[keyof typeof RowKind];

/** Flink's short names, indexed by `RowKind`. */
export const ROW_KIND_NAMES: readonly string[] = ['+I', '-U', '+U', '-D'];

/** Rows that travel together, column by column. Immutable once handed on; columns may be shared between batches. */
export interface Batch {
  readonly kind: 'batch';
  readonly rowCount: number;
  readonly columns: readonly Column[];
  /** One `RowKind` a row; absent when every row is an insert. */
  readonly rowKinds?: Uint8Array | undefined;
}

/** How a column of this type keeps its values; see `ColumnValues`. */
export function storageOf(type: DataType): 'float64' | 'boolean' | 'values' {
  switch (type.kind) {
    case 'BOOLEAN':
      return 'boolean';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
    case 'INTERVAL_DAY_TIME':
    case 'INTERVAL_YEAR_MONTH':
      return 'float64';
    default:
      return 'values';
  }
}

/** The value of one row of a column. */
export function valueAt(column: Column, row: number): Value {
  if (column.nulls !== undefined && column.nulls[row] === 1) return null;
  const value = column.values[row]!;
  return column.type.kind === 'BOOLEAN' ? value === 1 : value;
}

/** The values of one row, in the order of the columns. */
export function rowAt(batch: Batch, row: number): Value[] {
  return batch.columns.map(column => valueAt(column, row));
}

/** A column of `values`, which are in the form of `Value`. */
export function columnOf(type: DataType, values: readonly Value[]): Column {
  const storage = storageOf(type);
  const length = values.length;
  let nulls: Uint8Array | undefined;
  const stored: ColumnValues = storage === 'float64' ? new Float64Array(length) : storage === 'boolean' ? new Uint8Array(length) : [];
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value === null) {
      nulls ??= new Uint8Array(length);
      nulls[i] = 1;
      if (storage === 'values') (stored as Value[]).push(null);
    } else if (storage === 'values') (stored as Value[]).push(value);
    else stored[i] = Number(value);
  }
  return { type, values: stored, nulls };
}

/** A batch of inserts from rows whose values are in the form of `Value`. */
export function batchOfRows(fields: readonly Field[], rows: readonly (readonly Value[])[], rowKinds?: Uint8Array): Batch {
  return {
    kind: 'batch',
    rowCount: rows.length,
    columns: fields.map((field, c) =>
      columnOf(
        field.type,
        rows.map(row => row[c] ?? null),
      ),
    ),
    rowKinds,
  };
}

/** Rows `from` (inclusive) to `to` (exclusive), without copying numbers. */
export function sliceBatch(batch: Batch, from: number, to: number): Batch {
  if (from === 0 && to === batch.rowCount) return batch;
  return {
    kind: 'batch',
    rowCount: to - from,
    columns: batch.columns.map(column => sliceColumn(column, from, to)),
    rowKinds: batch.rowKinds?.subarray(from, to),
  };
}

function sliceColumn(column: Column, from: number, to: number): Column {
  const { values } = column;
  return {
    type: column.type,
    values: Array.isArray(values) ? values.slice(from, to) : values.subarray(from, to),
    nulls: column.nulls?.subarray(from, to),
  };
}

/** The rows named by `rows` (indices into the batch, in the order wanted, repeats allowed). */
export function takeRows(batch: Batch, rows: ArrayLike<number>): Batch {
  const rowKinds = batch.rowKinds && Uint8Array.from({ length: rows.length }, (_, i) => batch.rowKinds![rows[i]!]!);
  return { kind: 'batch', rowCount: rows.length, columns: batch.columns.map(column => takeColumn(column, rows)), rowKinds };
}

/** The values named by `rows`, as in `takeRows`. */
export function takeColumn(column: Column, rows: ArrayLike<number>): Column {
  const { values, nulls } = column;
  const length = rows.length;
  let taken: ColumnValues;
  if (Array.isArray(values)) {
    taken = [];
    for (let i = 0; i < length; i++) taken.push(values[rows[i]!]!);
  } else {
    taken = values instanceof Float64Array ? new Float64Array(length) : new Uint8Array(length);
    for (let i = 0; i < length; i++) taken[i] = values[rows[i]!]!;
  }
  if (nulls === undefined) return { type: column.type, values: taken };
  const takenNulls = new Uint8Array(length);
  for (let i = 0; i < length; i++) takenNulls[i] = nulls[rows[i]!]!;
  return { type: column.type, values: taken, nulls: takenNulls };
}

/** One batch with the rows of all, in order. All have columns of the same types. */
export function concatBatches(batches: readonly Batch[]): Batch {
  if (batches.length === 1) return batches[0]!;
  const rowCount = batches.reduce((sum, batch) => sum + batch.rowCount, 0);
  const columns = batches[0]!.columns.map((column, c) =>
    concatColumns(
      column.type,
      batches.map(batch => ({ column: batch.columns[c]!, rowCount: batch.rowCount })),
      rowCount,
    ),
  );
  if (batches.every(batch => batch.rowKinds === undefined)) return { kind: 'batch', rowCount, columns };
  const rowKinds = new Uint8Array(rowCount);
  let at = 0;
  for (const batch of batches) {
    if (batch.rowKinds) rowKinds.set(batch.rowKinds.subarray(0, batch.rowCount), at);
    at += batch.rowCount;
  }
  return { kind: 'batch', rowCount, columns, rowKinds };
}

function concatColumns(type: DataType, parts: readonly { column: Column; rowCount: number }[], rowCount: number): Column {
  const storage = storageOf(type);
  const values: ColumnValues = storage === 'float64' ? new Float64Array(rowCount) : storage === 'boolean' ? new Uint8Array(rowCount) : [];
  const nulls = parts.some(part => part.column.nulls !== undefined) ? new Uint8Array(rowCount) : undefined;
  let at = 0;
  for (const part of parts) {
    const source = part.column.values;
    if (Array.isArray(values)) for (let i = 0; i < part.rowCount; i++) values.push((source as Value[])[i]!);
    else values.set((source as Float64Array).subarray(0, part.rowCount), at);
    if (part.column.nulls) nulls!.set(part.column.nulls.subarray(0, part.rowCount), at);
    at += part.rowCount;
  }
  return { type, values, nulls };
}
