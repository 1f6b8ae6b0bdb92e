import type { Zone } from '../../../common/zone.js';
import type { TimeAttribute } from '../../../planner/logical/node.js';
import type { OperatorContext } from '../operator.js';
import { EventTimers } from '../state/event-timers.js';
import { fireTimeOf } from './window-time.js';

/**
 * When the windows of an operator fire: over event time with the watermark, over processing time with the clock.
 *
 * All times are microseconds. The operator keeps its windows by their fire times and registers them again after a restore.
 */
export interface WindowClock {
  /** The instant at which a window that ends at `end` fires. */
  fireTimeOf(end: number): number;
  /** Whether windows with this fire time have fired, so that their rows are late; over processing time none are. */
  isLate(fireTime: number): boolean;
  /** Whether windows with this fire time fire by now. */
  isDue(fireTime: number): boolean;
  /** Has `fire` called for the windows of this fire time, once. */
  register(fireTime: number): void;
  /** Fires what is due at a watermark; over processing time nothing is. */
  advance(watermark: number): void;
  /** The input has ended, or the operator is closed: nothing fires any more. */
  stop(): void;
  /** What a checkpoint has to hold of it. */
  readonly watermark: number;
  restore(watermark: number): void;
}

export interface WindowClockOptions {
  readonly timeAttribute: TimeAttribute;
  /** Where the windows stand on a wall clock: its zone. */
  readonly zone: Zone | undefined;
  readonly context: OperatorContext;
  /** Called for each fire time that is due, the earliest first; may register later ones. */
  readonly fire: (fireTime: number) => void;
  /** Called when the clock has fired all that was due, to send it on. */
  readonly flush: () => void;
}

export function createWindowClock(options: WindowClockOptions): WindowClock {
  return options.timeAttribute === 'rowtime' ? new RowClock(options) : new ProcessingClock(options);
}

class RowClock implements WindowClock {
  readonly #options: WindowClockOptions;
  readonly #timers = new EventTimers();
  readonly fireTimeOf: (end: number) => number;
  watermark = -Infinity;

  constructor(options: WindowClockOptions) {
    this.#options = options;
    this.fireTimeOf = rememberLast(end => fireTimeOf(end, options.zone));
  }

  isLate(fireTime: number): boolean {
    return fireTime <= this.watermark;
  }

  isDue(fireTime: number): boolean {
    return fireTime <= this.watermark;
  }

  register(fireTime: number): void {
    this.#timers.register(fireTime);
  }

  advance(watermark: number): void {
    this.watermark = watermark;
    this.#timers.advance(watermark, this.#options.fire);
  }

  stop(): void {}

  restore(watermark: number): void {
    this.watermark = watermark;
  }
}

/** Timers of Node hold about 24 days. */
const MAX_DELAY_MS = 86_400_000;
const MILLISECOND = 1_000;

class ProcessingClock implements WindowClock {
  readonly #options: WindowClockOptions;
  readonly #timers = new EventTimers();
  readonly fireTimeOf: (end: number) => number;
  readonly watermark = -Infinity;
  #armed: { readonly at: number; readonly cancel: () => void } | undefined;
  #isStopped = false;

  constructor(options: WindowClockOptions) {
    this.#options = options;
    // The last millisecond of a window is over when the next one begins.
    this.fireTimeOf = rememberLast(end => fireTimeOf(end, options.zone) + MILLISECOND);
  }

  isLate(): boolean {
    return false;
  }

  isDue(fireTime: number): boolean {
    return fireTime <= this.#options.context.clock.now() * MILLISECOND;
  }

  register(fireTime: number): void {
    this.#timers.register(fireTime);
    this.#arm();
  }

  advance(): void {}

  stop(): void {
    this.#isStopped = true;
    this.#armed?.cancel();
  }

  restore(): void {}

  #arm(): void {
    const next = this.#timers.next;
    if (next === undefined || this.#isStopped || (this.#armed && this.#armed.at <= next)) return;
    this.#armed?.cancel();
    const { clock } = this.#options.context;
    const delayMs = Math.max(0, Math.ceil(next / MILLISECOND - clock.now()));
    this.#armed = { at: next, cancel: clock.setTimer(Math.min(delayMs, MAX_DELAY_MS), () => this.#onTimer()) };
  }

  #onTimer(): void {
    this.#armed = undefined;
    const { context, fire, flush } = this.#options;
    try {
      this.#timers.advance(context.clock.now() * MILLISECOND, fire);
      flush();
    } catch (thrown) {
      context.fail(thrown);
      return;
    }
    this.#arm();
  }
}

/** Rows that come together mostly have the same windows, and a wall clock with changes is slow to turn into an instant. */
function rememberLast(compute: (end: number) => number): (end: number) => number {
  let last = NaN;
  let result = NaN;
  return end => {
    if (end !== last) {
      result = compute(end);
      last = end;
    }
    return result;
  };
}
