import type { Clock } from '../common/clock.js';
import { Batcher, type BatcherInit, type RowRange } from './batcher.js';

/** What becomes of rows that a call of several rows left without a readable answer. */
export type BatchFallback =
  /** They are asked for again in smaller calls, then one by one. */
  | 'individual'
  /** They are asked for once more in a call of the same size. */
  | 'retry'
  /** They go to `on-error`. */
  | 'error';

export interface BatchLanesInit<Submission> extends Omit<BatcherInit<Submission>, 'size'> {
  /** Rows of a full call. */
  readonly size: number;
  readonly fallback: BatchFallback;
  readonly clock: Clock;
}

/** Rows that may leave in one call, and the lane that they come from. */
export interface LaneRows<Submission> {
  readonly lane: number;
  readonly ranges: RowRange<Submission>[];
}

/**
 * Rows that wait for a call: new ones in lane 0, and in the lanes behind it those that calls of several rows left without
 * an answer, so that rows of many calls are asked for again together.
 */
export class BatchLanes<Submission> {
  readonly #lanes: readonly Batcher<Submission>[];
  readonly #sizes: readonly number[];

  constructor({ size, fallback, ...init }: BatchLanesInit<Submission>) {
    this.#sizes = laneSizes(size, fallback);
    this.#lanes = this.#sizes.map(each => new Batcher({ ...init, size: each }));
  }

  add(range: RowRange<Submission>): void {
    this.#lanes[0]!.add(range);
  }

  /** Whether rows that come back from a call of `lane` may be asked for again. */
  hasLaneAfter(lane: number): boolean {
    return lane + 1 < this.#lanes.length;
  }

  /** Takes rows back that a call of `lane` left without an answer. */
  addAfter(lane: number, range: RowRange<Submission>): void {
    this.#lanes[lane + 1]!.add(range);
  }

  /** Whether calls of this lane carry one row, so that it is the last one. */
  isSingle(lane: number): boolean {
    return this.#sizes[lane] === 1;
  }

  /** Rows of a full call of new rows from now on. */
  resize(size: number): void {
    this.#lanes[0]!.resize(size);
  }

  flush(): void {
    for (const lane of this.#lanes) lane.flush();
  }

  clear(): void {
    for (const lane of this.#lanes) lane.clear();
  }

  /** The rows of the next call, as they stand; rows that came back go first, since they have waited longest. */
  peek(): LaneRows<Submission> | undefined {
    for (let lane = this.#lanes.length - 1; lane >= 0; lane--) {
      const ranges = this.#lanes[lane]!.peek();
      if (ranges.length > 0) return { lane, ranges };
    }
    return undefined;
  }

  /** Takes what `peek` gave for the lane. */
  take(lane: number): RowRange<Submission>[] {
    return this.#lanes[lane]!.take();
  }
}

/** Each bad answer costs one more row in a later call: with one in twenty bad, halves and quarters make few calls more. */
function laneSizes(size: number, fallback: BatchFallback): number[] {
  if (size === 1 || fallback === 'error') return [size];
  if (fallback === 'retry') return [size, size];
  return [size, ...[Math.ceil(size / 2), Math.ceil(size / 4)].filter(each => each > 1), 1];
}
