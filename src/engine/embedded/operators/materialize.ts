import { RowKind, takeRows, type Batch } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { encodeKey } from '../state/keyed-state.js';
import type { OperatorFactory } from '../operator.js';
import { keyAt } from './group.js';
import { wholeInputOperator } from './whole-input.js';

/** Turns the changelog of bounded input into inserts of the rows that are there at its end, in the order in which they came. */
export function materializeOperator({ fields, maxRows }: { readonly fields: readonly Field[]; readonly maxRows: number }): OperatorFactory {
  return wholeInputOperator({ inputs: [fields], maxRows, compute: ([changes]) => remainingRows(changes!) });
}

/** Each retraction takes back the latest equal row. */
function remainingRows(changes: Batch): Batch {
  const { rowKinds, ...rows } = changes;
  if (!rowKinds) return changes;
  const columns = [...changes.columns.keys()];
  const remaining = new Set<number>();
  const byRow = new Map<ReturnType<typeof encodeKey>, number[]>();
  for (let row = 0; row < changes.rowCount; row++) {
    const key = encodeKey(keyAt(changes, columns, row));
    const equal = byRow.get(key);
    if (rowKinds[row] === RowKind.INSERT || rowKinds[row] === RowKind.UPDATE_AFTER) {
      remaining.add(row);
      if (equal) equal.push(row);
      else byRow.set(key, [row]);
    } else {
      const retracted = equal?.pop();
      if (retracted !== undefined) remaining.delete(retracted);
    }
  }
  return takeRows(rows, [...remaining]);
}
