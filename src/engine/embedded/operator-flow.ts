import type { Clock } from '../../common/clock.js';
import type { StreamElement } from './element.js';

/** What has flowed through an operator so far. */
export interface OperatorFlow {
  /** Rows that came from other operators. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Milliseconds in which the operator computed, without those of the operators behind it. */
  readonly busyMs: number;
  /** Milliseconds in which it might not send its next batch, because an operator behind it had no room. */
  readonly backpressuredMs: number;
  /** Of the last watermark that it sent, in microseconds; -Infinity before the first one, Infinity at the end of its input. */
  readonly watermark: number;
}

/** Counts the flow through one operator. */
export class FlowMeter implements OperatorFlow {
  rowsIn = 0;
  rowsOut = 0;
  busyMs = 0;
  watermark = -Infinity;
  readonly #clock: Clock;
  /** Credits that have not come. */
  #awaited = 0;
  #awaitedSince = 0;
  #backpressuredMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get backpressuredMs(): number {
    return this.#backpressuredMs + (this.#awaited > 0 ? this.#clock.monotonic() - this.#awaitedSince : 0);
  }

  received(element: StreamElement): void {
    if (element.kind === 'batch') this.rowsIn += element.rowCount;
  }

  /** @param credit what the readers gave for it. */
  sent(element: StreamElement, credit: void | Promise<void>): void {
    if (element.kind === 'batch') this.rowsOut += element.rowCount;
    else if (element.kind === 'watermark') this.watermark = element.time;
    if (credit) this.#await(credit);
  }

  /** Several credits at once count as one wait. */
  #await(credit: Promise<void>): void {
    if (this.#awaited++ === 0) this.#awaitedSince = this.#clock.monotonic();
    void credit.then(() => {
      if (--this.#awaited === 0) this.#backpressuredMs += this.#clock.monotonic() - this.#awaitedSince;
    });
  }
}

/**
 * Charges time to the operators of a job. All share one thread and call each other, so at any moment one of them computes:
 * the innermost. Two readings of the clock a call.
 */
export class BusyClock {
  readonly #clock: Clock;
  #current: FlowMeter | undefined;
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does `work`, which does not wait, in the name of an operator. */
  charge<Result>(meter: FlowMeter, work: () => Result): Result {
    const before = this.#current;
    this.#turnTo(meter);
    try {
      return work();
    } finally {
      this.#turnTo(before);
    }
  }

  #turnTo(next: FlowMeter | undefined): void {
    const now = this.#clock.monotonic();
    if (this.#current) this.#current.busyMs += now - this.#since;
    this.#current = next;
    this.#since = now;
  }
}
