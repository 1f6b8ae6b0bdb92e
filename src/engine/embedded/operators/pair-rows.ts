import { takeColumn, type Batch, type Column, type ColumnValues } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';

/** Pairs of rows, as indices of the left and the right batch, ascending by the left; -1 for a row that is missing. */
export interface RowPairs {
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/** The pairs as one batch of `fields`, those of the left first; a missing row is NULL in all its columns. */
export function pairRows(left: Batch, right: Batch, pairs: RowPairs, fields: readonly Field[]): Batch {
  const width = left.columns.length;
  const columns = [
    ...left.columns.map((column, c) => takeOrNull({ ...column, type: fields[c]!.type }, pairs.left)),
    ...right.columns.map((column, c) => takeOrNull({ ...column, type: fields[width + c]!.type }, pairs.right)),
  ];
  return { kind: 'batch', rowCount: pairs.left.length, columns };
}

/** As `takeColumn`, with NULL for a row of -1. */
function takeOrNull(column: Column, rows: Int32Array): Column {
  if (!rows.includes(-1)) return takeColumn(column, rows);
  const { values, nulls, type } = column;
  const taken: ColumnValues = Array.isArray(values)
    ? new Array<null>(rows.length).fill(null)
    : values instanceof Float64Array
      ? new Float64Array(rows.length)
      : new Uint8Array(rows.length);
  const takenNulls = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (row === -1 || nulls?.[row] === 1) takenNulls[i] = 1;
    else taken[i] = values[row]!;
  }
  return { type, values: taken, nulls: takenNulls };
}
