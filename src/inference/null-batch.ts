import { storageOf, type Batch, type ColumnValues } from '../spec/batch.js';
import type { DataType, Field } from '../spec/data-type.js';

/** Rows of nothing but NULLs. */
export function nullBatch(fields: readonly Field[], rowCount: number): Batch {
  const nulls = new Uint8Array(rowCount).fill(1);
  return { kind: 'batch', rowCount, columns: fields.map(({ type }) => ({ type, values: blankValues(type, rowCount), nulls })) };
}

function blankValues(type: DataType, rowCount: number): ColumnValues {
  const storage = storageOf(type);
  if (storage === 'float64') return new Float64Array(rowCount);
  return storage === 'boolean' ? new Uint8Array(rowCount) : Array.from({ length: rowCount }, () => null);
}
