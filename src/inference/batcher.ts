import type { Clock } from '../common/clock.js';
import { concatBatches, sliceBatch, type Batch } from '../spec/batch.js';
import { MAX_TIMER_MS } from './timer-limit.js';

/** Rows of one submission that travel in one call: `from` (inclusive) to `to` (exclusive) of its inputs. */
export interface RowRange<Submission> {
  readonly submission: Submission;
  readonly from: number;
  readonly to: number;
}

export interface BatcherInit {
  /** Rows of a full call. */
  readonly size: number;
  /** How long the first row of a call waits for the others. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Called when rows have waited long enough to leave in a call that is not full. */
  readonly onDue: () => void;
}

interface Queued<Submission> {
  readonly submission: Submission;
  /** The next row to leave. */
  from: number;
  readonly to: number;
  /** When its rows need not wait any longer for a full call. */
  readonly dueAt: number;
}

/**
 * Gathers rows of submissions, in order, into calls of at most `size` rows.
 *
 * Rows are cut only when somebody is ready to send them, so a call that waits for its turn keeps filling.
 */
export class Batcher<Submission> {
  readonly #init: BatcherInit;
  #queue: Queued<Submission>[] = [];
  /** Where the queue starts; what lies before has left. */
  #head = 0;
  /** Rows that have not left. */
  #rowCount = 0;
  /** Rows at the front that leave without waiting, because of a flush. */
  #flushed = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(init: BatcherInit) {
    this.#init = init;
  }

  add(submission: Submission, rowCount: number): void {
    this.#queue.push({ submission, from: 0, to: rowCount, dueAt: this.#init.clock.monotonic() + this.#init.timeoutMs });
    this.#rowCount += rowCount;
    if (this.#cancelTimer === undefined) this.#schedule();
  }

  /** All rows that are here now need not wait for a full call. */
  flush(): void {
    this.#flushed = this.#rowCount;
  }

  /** Whether `take` would give rows. */
  isReady(): boolean {
    if (this.#rowCount >= this.#init.size || this.#flushed > 0) return true;
    const first = this.#queue[this.#head];
    return first !== undefined && first.dueAt <= this.#init.clock.monotonic();
  }

  /** The rows of the next call, at most `size`; empty when there are none that may leave. */
  take(): RowRange<Submission>[] {
    const ranges: RowRange<Submission>[] = [];
    if (!this.isReady()) return ranges;
    let room = this.#init.size;
    while (room > 0 && this.#head < this.#queue.length) {
      const first = this.#queue[this.#head]!;
      const to = Math.min(first.to, first.from + room);
      ranges.push({ submission: first.submission, from: first.from, to });
      room -= to - first.from;
      first.from = to;
      if (to === first.to) this.#head++;
    }
    this.#rowsLeft(this.#init.size - room);
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
