import type { Clock } from '../common/clock.js';
import { concatBatches, sliceBatch, type Batch } from '../spec/batch.js';
import type { CallProgress } from './call-progress.js';
import { MAX_TIMER_MS } from './timer-limit.js';

/** Rows of one submission that travel in one call: `from` (inclusive) to `to` (exclusive) of its inputs. */
export interface RowRange<Submission> {
  readonly submission: Submission;
  readonly from: number;
  readonly to: number;
  /** What their last call has used up; absent for rows that were not called yet. */
  readonly progress?: CallProgress | undefined;
}

export interface BatcherInit<Submission> {
  /** Rows of a full call. */
  readonly size: number;
  /** How much a row adds to a call, and how much a call may hold beyond its first row; absent where only `size` counts. */
  readonly weight?: { of(submission: Submission, row: number): number; readonly most: number } | undefined;
  /** How long the first row of a call waits for the others. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Called when rows have waited long enough to leave in a call that is not full. */
  readonly onDue: () => void;
}

interface Queued<Submission> {
  readonly range: RowRange<Submission>;
  /** The next row to leave. */
  from: number;
  /** When its rows need not wait any longer for a full call. */
  readonly dueAt: number;
}

/**
 * Gathers rows of submissions, in order, into calls of at most `size` rows.
 *
 * Rows are cut only when somebody is ready to send them, so a call that waits for its turn keeps filling.
 */
export class Batcher<Submission> {
  readonly #init: BatcherInit<Submission>;
  /** Rows of a full call, by now. */
  #size: number;
  #queue: Queued<Submission>[] = [];
  /** Where the queue starts; what lies before has left. */
  #head = 0;
  /** Rows that have not left. */
  #rowCount = 0;
  /** Rows at the front that leave without waiting, because of a flush. */
  #flushed = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(init: BatcherInit<Submission>) {
    this.#init = init;
    this.#size = init.size;
  }

  /** Rows that have not left. */
  get rowCount(): number {
    return this.#rowCount;
  }

  add(range: RowRange<Submission>): void {
    const { clock, timeoutMs } = this.#init;
    this.#queue.push({ range, from: range.from, dueAt: clock.monotonic() + timeoutMs });
    this.#rowCount += range.to - range.from;
    if (this.#cancelTimer === undefined) this.#schedule();
  }

  /** Rows of a full call from now on. */
  resize(size: number): void {
    this.#size = size;
    this.#schedule();
  }

  /** All rows that are here now need not wait for a full call. */
  flush(): void {
    this.#flushed = this.#rowCount;
  }

  /** Whether `take` would give rows. */
  isReady(): boolean {
    if (this.#rowCount >= this.#size || this.#flushed > 0) return true;
    const first = this.#queue[this.#head];
    return first !== undefined && first.dueAt <= this.#init.clock.monotonic();
  }

  /** The rows that `take` would give. */
  peek(): RowRange<Submission>[] {
    return this.isReady() ? this.#next() : [];
  }

  /** The rows of the next call, at most as many as a full one has; empty when there are none that may leave. */
  take(): RowRange<Submission>[] {
    const ranges = this.peek();
    let count = 0;
    for (const { from, to } of ranges) {
      const first = this.#queue[this.#head]!;
      count += to - from;
      first.from = to;
      if (to === first.range.to) this.#head++;
    }
    if (count > 0) this.#rowsLeft(count);
    return ranges;
  }

  /** Drops the rows and the timer. */
  clear(): void {
    this.#queue = [];
    this.#head = 0;
    this.#rowCount = 0;
    this.#flushed = 0;
    this.#schedule();
  }

  #next(): RowRange<Submission>[] {
    const ranges: RowRange<Submission>[] = [];
    const { weight } = this.#init;
    let room = this.#size;
    let load = 0;
    for (let at = this.#head; room > 0 && at < this.#queue.length; at++) {
      const { range, from } = this.#queue[at]!;
      let to = Math.min(range.to, from + room);
      if (weight !== undefined) {
        const isFirst = ranges.length === 0;
        let row = from;
        for (; row < to; row++) {
          load += weight.of(range.submission, row);
          // A row that is too much by itself is the service's to refuse.
          if (load > weight.most && !(isFirst && row === from)) break;
        }
        if (row < to) room = 0;
        to = row;
      }
      if (to > from) ranges.push({ ...range, from, to });
      room -= to - from;
    }
    return ranges;
  }

  #rowsLeft(count: number): void {
    this.#rowCount -= count;
    this.#flushed = Math.max(0, this.#flushed - count);
    if (this.#head === this.#queue.length || this.#head > 1_024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#schedule();
  }

  /** One timer, for the oldest rows; rows that are due already wait for room only. */
  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const first = this.#queue[this.#head];
    if (first === undefined || this.isReady()) return;
    const waitMs = first.dueAt - this.#init.clock.monotonic();
    this.#cancelTimer = this.#init.clock.setTimer(Math.min(Math.ceil(waitMs), MAX_TIMER_MS), () => {
      this.#cancelTimer = undefined;
      // A timer may fire a little early by the monotonic clock.
      if (this.isReady()) this.#init.onDue();
      else this.#schedule();
    });
  }
}

/** The rows of the ranges as one batch; a range that is a whole submission is not copied. */
export function gatherRows(ranges: readonly RowRange<{ readonly inputs: Batch }>[]): Batch {
  return concatBatches(ranges.map(({ submission, from, to }) => sliceBatch(submission.inputs, from, to)));
}
