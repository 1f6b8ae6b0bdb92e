import { rowAt, type Batch, type Value } from '../spec/batch.js';

/** The rows of a batch, to compare in tests. */
export function rowsOf(batch: Batch): Value[][] {
  return Array.from({ length: batch.rowCount }, (_, row) => rowAt(batch, row));
}
