import { systemClock, type Clock } from '../../../common/clock.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../../../spec/batch.js';
import type { Field } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import type { Operator, OperatorContext } from '../operator.js';

export interface BenchInit {
  readonly clock?: Clock;
  /** Sees each element as it leaves; what it returns is the credit. */
  readonly onEmit?: (element: StreamElement) => void | Promise<void>;
}

/** An operator by itself, with everything that leaves it. */
export class OperatorBench {
  readonly out: StreamElement[] = [];
  /** By checkpoint, as a store would give it back. */
  readonly snapshots = new Map<number, Promise<unknown>>();
  readonly failures: unknown[] = [];
  readonly counters = new Map<string, number>();
  readonly context: OperatorContext;

  constructor({ clock = systemClock, onEmit = () => {} }: BenchInit = {}) {
    this.context = {
      id: 'op-1',
      clock,
      output: {
        emit: element => {
          this.out.push(element);
          return onEmit(element);
        },
      },
      snapshot: (checkpoint, state) => {
        const copied = Promise.resolve(state).then(each => structuredClone(each));
        copied.catch(() => {});
        this.snapshots.set(checkpoint, copied);
      },
      fail: thrown => this.failures.push(thrown),
      count: (metric, by) => this.counters.set(metric, (this.counters.get(metric) ?? 0) + by),
      work: work => work(),
    };
  }

  /** What has left, short: rows as arrays, `W 5` for a watermark, `B 1` for a barrier, `end`. */
  get trace(): unknown[] {
    return this.out.flatMap(shorten);
  }

  /** The rows that have left, in order. */
  get rows(): Value[][] {
    return this.out.flatMap(element => (element.kind === 'batch' ? rowsIn(element) : []));
  }
}

export function shorten(element: StreamElement): unknown[] {
  switch (element.kind) {
    case 'batch':
      return rowsIn(element);
    case 'watermark':
      return [`W ${element.time}`];
    case 'barrier':
      return [`B ${element.checkpoint}`];
    case 'end':
      return ['end'];
  }
}

export function rowsIn(batch: Batch): Value[][] {
  return Array.from({ length: batch.rowCount }, (_, row) => rowAt(batch, row));
}

/** Rows of one column. */
export function column(field: Field, ...values: readonly Value[]): Batch {
  return batchOfRows(
    [field],
    values.map(value => [value]),
  );
}

/** What an operator's checkpoint holds after it went through a store. */
export async function restoredState(from: OperatorBench, checkpoint: number): Promise<unknown> {
  return from.snapshots.get(checkpoint);
}

/** Opens an operator with a state, or without. */
export async function opened(operator: Operator, state?: unknown): Promise<Operator> {
  await operator.open(state);
  return operator;
}
