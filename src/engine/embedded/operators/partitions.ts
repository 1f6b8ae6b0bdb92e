import type { OrderKey } from '../../../planner/logical/order-key.js';
import type { Batch } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import { KeyIndex } from '../state/key-index.js';
import { compileRowOrder, type CompareRows, type RowOrder } from './order-rows.js';

/** The rows of one window partition in its order. Positions count from 0 in that order. */
export interface Partition {
  /** By position: the row of the batch. */
  readonly rows: Uint32Array;
  /** By position: the first position with equal order keys. */
  readonly peerStart: Int32Array;
  /** By position: the position after the last one with equal order keys. */
  readonly peerEnd: Int32Array;
}

/** Divides a batch by the values of some columns, and orders the rows of each part. */
export type Partitioner = (batch: Batch) => Iterable<Partition>;

/** Partitions come in the order of their first rows; rows beside each other in the order keep the order of the batch. */
export function compilePartitioner(partition: readonly number[], keys: readonly OrderKey[], fields: readonly Field[]): Partitioner {
  const order = compileRowOrder(keys, fields);
  return batch => partitionsOf(batch, { partition, order, fields });
}

function* partitionsOf(
  batch: Batch,
  { partition, order, fields }: { readonly partition: readonly number[]; readonly order: RowOrder; readonly fields: readonly Field[] },
): Iterable<Partition> {
  const index = new KeyIndex(partition.map(column => fields[column]!.type));
  const ids = index.assign(
    partition.map(column => batch.columns[column]!),
    undefined,
    batch.rowCount,
  );
  const ends = new Int32Array(index.size + 1);
  for (let row = 0; row < batch.rowCount; row++) ends[ids[row]! + 1]!++;
  for (let id = 0; id < index.size; id++) ends[id + 1]! += ends[id]!;
  const rows = new Uint32Array(batch.rowCount);
  const next = ends.slice(0, index.size);
  for (let row = 0; row < batch.rowCount; row++) rows[next[ids[row]!]!++] = row;
  const compare = order(batch, batch);
  for (let id = 0; id < index.size; id++) {
    const part = rows.subarray(ends[id], ends[id + 1]).sort((i, j) => compare(i, j) || i - j);
    yield { rows: part, ...peersOf(part, compare) };
  }
}

function peersOf(rows: Uint32Array, compare: CompareRows): Pick<Partition, 'peerStart' | 'peerEnd'> {
  const peerStart = new Int32Array(rows.length);
  const peerEnd = new Int32Array(rows.length);
  for (let from = 0; from < rows.length;) {
    let to = from + 1;
    while (to < rows.length && compare(rows[from]!, rows[to]!) === 0) to++;
    peerStart.fill(from, from, to);
    peerEnd.fill(to, from, to);
    from = to;
  }
  return { peerStart, peerEnd };
}
