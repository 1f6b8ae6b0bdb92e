/** What is left of a learned rate after a throttle. */
const CUT = 0.95;
/** How much it grows after the first step without a throttle; from step to step twice as much, until it may double. */
const FIRST_GROWTH = 0.02;
const MOST_GROWTH = 1;
const STEP_MS = 10_000;
/** Fewer successes between two throttles tell nothing. */
const LEAST_SUCCESSES = 3;

export interface Throttle {
  /** Monotonic clock in milliseconds. */
  readonly nowMs: number;
  /** For how long the service, or our own back-off, keeps calls away. */
  readonly waitMs: number;
}

/**
 * The requests per minute that a service seems to allow, of one that tells neither limits nor what is left: what it took
 * between two throttles, the wait after them included.
 */
export class LearnedRate {
  /** When calls could start again after the last throttle; the time of the first success before there is one. */
  #since: number | undefined;
  #successes = 0;
  #perMinute: number | undefined;
  #grownAt = 0;
  #growth = FIRST_GROWTH;

  succeeded(nowMs: number): void {
    this.#since ??= nowMs;
    this.#successes++;
  }

  throttled({ nowMs, waitMs }: Throttle): void {
    const opensAt = nowMs + waitMs;
    if (this.#since !== undefined && this.#successes >= LEAST_SUCCESSES) {
      const seen = (this.#successes * 60_000) / Math.max(1, opensAt - this.#since);
      const known = this.#perMinute;
      // One odd episode must not halve what many have told.
      this.#perMinute = known === undefined ? seen : Math.min(known * CUT, Math.max(seen, known / 2));
    }
    this.#since = opensAt;
    this.#successes = 0;
    this.#grownAt = opensAt;
    this.#growth = FIRST_GROWTH;
  }

  /** The rate, grown by the time without a throttle; `undefined` while nothing is known. */
  at(nowMs: number): number | undefined {
    if (this.#perMinute !== undefined && nowMs - this.#grownAt >= STEP_MS) {
      this.#perMinute *= 1 + this.#growth;
      this.#growth = Math.min(MOST_GROWTH, this.#growth * 2);
      this.#grownAt = nowMs;
    }
    return this.#perMinute;
  }
}
