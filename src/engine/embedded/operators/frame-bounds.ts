import { orderOf } from '../../../planner/functions/compare-values.js';
import type { Frame, FrameBound } from '../../../planner/logical/frame.js';
import type { OrderKey } from '../../../planner/logical/order-key.js';
import { valueAt, type Batch, type Value } from '../../../spec/batch.js';
import type { Partition } from './partitions.js';

/** The frame of each position of a partition: from `start` to before `end`; neither ever goes back. Empty where start is not before end. */
export interface FrameBounds {
  readonly start: Int32Array;
  readonly end: Int32Array;
}

export interface FrameContext {
  readonly batch: Batch;
  readonly partition: Partition;
  /** Of the window. */
  readonly keys: readonly OrderKey[];
}

export function frameBounds({ start, end, unit }: Frame, context: FrameContext): FrameBounds {
  return { start: boundary(start, unit, 'start', context), end: boundary(end, unit, 'end', context) };
}

function boundary(bound: FrameBound, unit: Frame['unit'], side: 'start' | 'end', context: FrameContext): Int32Array {
  const { peerStart, peerEnd, rows } = context.partition;
  const count = rows.length;
  if (bound.kind === 'unbounded-preceding') return new Int32Array(count);
  if (bound.kind === 'unbounded-following') return new Int32Array(count).fill(count);
  if ('field' in bound) return rangeBoundary(bound.field, side, context);
  if (bound.kind === 'current-row' && unit === 'RANGE') return side === 'start' ? peerStart : peerEnd;
  const shift = 'rows' in bound ? (bound.kind === 'preceding' ? -bound.rows : bound.rows) : 0;
  const after = side === 'end' ? 1 : 0;
  return Int32Array.from({ length: count }, (_, position) => Math.min(Math.max(position + shift + after, 0), count));
}

/** Where the keys reach the value of the field. Rows with a NULL key see each other, and no others see them. */
function rangeBoundary(field: number, side: 'start' | 'end', { batch, partition, keys }: FrameContext): Int32Array {
  const { rows, peerStart, peerEnd } = partition;
  const [{ index, descending }] = keys as readonly [OrderKey];
  const [key, limit] = [batch.columns[index]!, batch.columns[field]!];
  const compare = orderOf(key.type) as (a: Value, b: Value) => number;
  const isNull = (position: number): boolean => valueAt(key, rows[position]!) === null;
  const result = new Int32Array(rows.length);
  let reached = 0;
  while (reached < rows.length && isNull(reached)) reached++;
  for (let position = 0; position < rows.length; position++) {
    const value = valueAt(limit, rows[position]!);
    if (value === null) {
      result[position] = side === 'start' ? peerStart[position]! : peerEnd[position]!;
      continue;
    }
    while (reached < rows.length && !isNull(reached)) {
      const order = compare(valueAt(key, rows[reached]!), value) * (descending ? -1 : 1);
      if (side === 'start' ? order >= 0 : order > 0) break;
      reached++;
    }
    result[position] = reached;
  }
  return result;
}
