import type { Clock } from '../common/clock.js';
import { MAX_TIMER_MS } from './timer-limit.js';

/** The right to have one call in flight. Given back once, by `leave`. */
export interface Admission {
  /** Which burst of throttles the call belongs to: those admitted before the last one say nothing new. */
  readonly burst: number;
}

export interface LimiterInit {
  /** Most calls in flight. */
  readonly maxCalls: number;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Wait after a throttle that does not say how long; doubles from one burst to the next. */
  readonly initialWaitMs: number;
  readonly maxWaitMs: number;
  /** Called when a call may start and nobody waits in `enter`. */
  readonly onRoom: () => void;
}

interface Waiter {
  readonly admit: (admission: Admission) => void;
}

/** One slot more for so many calls that succeeded while all slots were in use. */
const SUCCESSES_PER_SLOT = 25;
/** What is left of the slots after a throttle. */
const SHRINK = 0.75;

/**
 * Decides when a call may start: at most `maxCalls` at once, none while the service asks to wait, and fewer after a
 * throttle (additive increase, multiplicative decrease, one cut for the whole burst of calls that were in flight).
 */
export class Limiter {
  readonly #init: LimiterInit;
  readonly #waiters: Waiter[] = [];
  /** Calls that may be in flight now. */
  #slots: number;
  #inFlight = 0;
  #successes = 0;
  #burst = 0;
  /** Bursts in a row that did not say how long to wait. */
  #untoldBursts = 0;
  #opensAt = -Infinity;
  #cancelOpening: (() => void) | undefined;

  constructor(init: LimiterInit) {
    this.#init = init;
    this.#slots = init.maxCalls;
  }

  /** Starts a new call if one may start at once; calls that wait in `enter` go first. */
  tryEnter(): Admission | undefined {
    return this.#waiters.length === 0 && this.#hasRoom() ? this.#admit() : undefined;
  }

  /** Waits until a call may start, in the order of asking. Rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<Admission> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const admission = this.tryEnter();
    if (admission !== undefined) return Promise.resolve(admission);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        admit: granted => {
          signal.removeEventListener('abort', onAbort);
          resolve(granted);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** The call is over. */
  leave(): void {
    this.#inFlight--;
    this.#wake();
  }

  /** The service answered; call before `leave`. */
  succeeded(): void {
    this.#untoldBursts = 0;
    if (this.#slots === this.#init.maxCalls || this.#inFlight < this.#slots) return;
    if (++this.#successes < SUCCESSES_PER_SLOT) return;
    this.#successes = 0;
    this.#slots++;
  }

  /**
   * The service put the call off; call before `leave`.
   *
   * @param afterMs the wait it asks for; `undefined` where it does not say, and 0 says nothing either.
   */
  throttled({ burst }: Admission, afterMs: number | undefined): void {
    const first = burst === this.#burst;
    if (first) {
      this.#burst++;
      this.#successes = 0;
      this.#slots = Math.max(1, Math.floor(this.#slots * SHRINK));
    }
    if (afterMs) this.#closeUntil(this.#init.clock.monotonic() + afterMs);
    else if (first) this.#closeUntil(this.#init.clock.monotonic() + this.#untoldWait());
  }

  /** Drops the timer. Nothing is admitted any more unless it could have been at once. */
  close(): void {
    this.#cancelOpening?.();
  }

  /** At least half of the bound, so that a burst never comes back at once. */
  #untoldWait(): number {
    const { initialWaitMs, maxWaitMs, random } = this.#init;
    const bound = Math.min(maxWaitMs, initialWaitMs * 2 ** this.#untoldBursts++);
    return bound * (0.5 + random() / 2);
  }

  #closeUntil(opensAt: number): void {
    if (opensAt <= this.#opensAt) return;
    this.#opensAt = opensAt;
    this.#cancelOpening?.();
    this.#scheduleOpening();
  }

  #scheduleOpening(): void {
    const { clock } = this.#init;
    const waitMs = Math.min(Math.ceil(this.#opensAt - clock.monotonic()), MAX_TIMER_MS);
    this.#cancelOpening = clock.setTimer(waitMs, () => {
      // A timer may fire a little early by the monotonic clock.
      if (clock.monotonic() < this.#opensAt) this.#scheduleOpening();
      else this.#wake();
    });
  }

  #hasRoom(): boolean {
    return this.#inFlight < this.#slots && this.#init.clock.monotonic() >= this.#opensAt;
  }

  #admit(): Admission {
    this.#inFlight++;
    return { burst: this.#burst };
  }

  #wake(): void {
    while (this.#waiters.length > 0 && this.#hasRoom()) this.#waiters.shift()!.admit(this.#admit());
    if (this.#waiters.length === 0 && this.#hasRoom()) this.#init.onRoom();
  }
}
