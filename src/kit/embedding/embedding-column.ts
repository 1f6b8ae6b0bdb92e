import { columnOf, type Column } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';

/**
 * One embedding a row as a column of `type`, which is one of `isEmbeddingType`; FLOAT elements are rounded to 32 bits.
 * The arrays become the column's.
 */
export function embeddingColumn(type: DataType, vectors: readonly (number[] | null)[]): Column {
  if (type.kind === 'ARRAY' && type.element.kind === 'FLOAT') {
    for (const vector of vectors) {
      if (vector !== null) for (let i = 0; i < vector.length; i++) vector[i] = Math.fround(vector[i]!);
    }
  }
  return columnOf(type, vectors);
}
