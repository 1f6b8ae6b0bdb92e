import type { SetOperation } from '../../../planner/logical/node.js';
import { takeRows, type Batch } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { encodeKey } from '../state/keyed-state.js';
import type { OperatorFactory } from '../operator.js';
import { keyAt } from './group.js';
import { wholeInputOperator } from './whole-input.js';

export interface SetOperationOptions {
  readonly operator: SetOperation['operator'];
  readonly all: boolean;
  readonly fields: readonly Field[];
  readonly maxRows: number;
}

/** INTERSECT and EXCEPT. Rows leave in the order of the left input. */
export function setOperationOperator({ operator, all, fields, maxRows }: SetOperationOptions): OperatorFactory {
  return wholeInputOperator({
    inputs: [fields, fields],
    maxRows,
    compute: ([left, right]) => takeRows(left!, rowsOf(operator, all, { left: left!, right: right! })),
  });
}

/** The rows of the left side that stay. */
function rowsOf(operator: SetOperation['operator'], all: boolean, { left, right }: { left: Batch; right: Batch }): number[] {
  const columns = [...left.columns.keys()];
  /** How often the right side has each row; with `all`, each row of the left uses one up. */
  const counts = new Map<ReturnType<typeof encodeKey>, number>();
  for (let row = 0; row < right.rowCount; row++) {
    const key = encodeKey(keyAt(right, columns, row));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const taken = new Set<ReturnType<typeof encodeKey>>();
  const rows: number[] = [];
  for (let row = 0; row < left.rowCount; row++) {
    const key = encodeKey(keyAt(left, columns, row));
    const count = counts.get(key) ?? 0;
    if (all && count > 0) counts.set(key, count - 1);
    if (count > 0 !== (operator === 'INTERSECT') || (!all && taken.has(key))) continue;
    taken.add(key);
    rows.push(row);
  }
  return rows;
}
