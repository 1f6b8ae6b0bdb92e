import type { OrderKey } from '../../../planner/logical/order-key.js';
import { sliceBatch, takeRows, type Batch } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { encodeKey } from '../state/keyed-state.js';
import type { OperatorFactory } from '../operator.js';
import { keyAt } from './group.js';
import { compileRowOrder, sortRows, type RowOrder } from './order-rows.js';
import { wholeInputOperator } from './whole-input.js';

export interface SortOptions {
  readonly fields: readonly Field[];
  readonly keys: readonly OrderKey[];
  readonly partition: readonly number[];
  /** `Infinity` for all. */
  readonly count: number;
  readonly offset: number;
  readonly maxRows: number;
}

/** Fewer rows are not worth a sort before the end. */
const MIN_COMPACTED_ROWS = 4_096;

/** Orders all rows and keeps the first ones, see the logical `Sort`. Of an order with a limit it holds a few times that many rows. */
export function sortOperator(options: SortOptions): OperatorFactory {
  const { fields, keys, partition, count, offset, maxRows } = options;
  const order = compileRowOrder(keys, fields);
  const most = offset + count;
  return wholeInputOperator({
    inputs: [fields],
    maxRows,
    compute: ([batch]) => (partition.length > 0 ? firstOfEach(batch!, order, options) : afterOffset(first(batch!, order, most), offset)),
    compact:
      partition.length > 0 || most === Infinity
        ? undefined
        : {
            whenRows: Math.max(MIN_COMPACTED_ROWS, 4 * most),
            apply: batch => first(batch, order, most),
            admit: (batch, kept) => (kept.rowCount < most ? batch : before(batch, kept, order)),
          },
  });
}

/** The rows that stand before the last one of `kept`: one beside it came too late. */
function before(batch: Batch, kept: Batch, order: RowOrder): Batch {
  const compare = order(batch, kept);
  const last = kept.rowCount - 1;
  const rows: number[] = [];
  for (let row = 0; row < batch.rowCount; row++) if (compare(row, last) < 0) rows.push(row);
  return rows.length === batch.rowCount ? batch : takeRows(batch, rows);
}

function first(batch: Batch, order: RowOrder, count: number): Batch {
  return takeRows(batch, sortRows(batch, order).subarray(0, count));
}

function afterOffset(batch: Batch, offset: number): Batch {
  return sliceBatch(batch, Math.min(offset, batch.rowCount), batch.rowCount);
}

function firstOfEach(batch: Batch, order: RowOrder, { partition, count, offset }: SortOptions): Batch {
  const seen = new Map<ReturnType<typeof encodeKey>, number>();
  const rows = sortRows(batch, order).filter(row => {
    const key = encodeKey(keyAt(batch, partition, row));
    const place = seen.get(key) ?? 0;
    seen.set(key, place + 1);
    return place >= offset && place < offset + count;
  });
  return takeRows(batch, rows);
}
