import type { Clock } from '../common/clock.js';

export interface CircuitBreakerInit {
  readonly clock: Clock;
  /** Called when it opens and when it closes again. */
  readonly onChange: (state: 'open' | 'closed') => void;
}

/** So many bad calls in a row open it. */
const BAD_CALLS = 3;
/** How long it stays open before one call tries again. */
const OPEN_MS = 60_000;

/** Tells when calls of several rows are not worth trying, because answers to the last ones could not be read. */
export class CircuitBreaker {
  readonly #init: CircuitBreakerInit;
  #badCalls = 0;
  #opensAgainAt = -Infinity;
  #isOpen = false;

  constructor(init: CircuitBreakerInit) {
    this.#init = init;
  }

  /** Whether rows should go one by one for now. */
  get isOpen(): boolean {
    return this.#isOpen && this.#init.clock.monotonic() < this.#opensAgainAt;
  }

  /** A call of several rows came back. @param isGood whether at least half of its rows have a readable answer. */
  record(isGood: boolean): void {
    if (isGood) {
      this.#badCalls = 0;
      if (this.#isOpen) this.#init.onChange('closed');
      this.#isOpen = false;
      return;
    }
    // After the pause one bad call is enough.
    if (++this.#badCalls < BAD_CALLS && !this.#isOpen) return;
    if (!this.#isOpen) this.#init.onChange('open');
    this.#isOpen = true;
    this.#badCalls = 0;
    this.#opensAgainAt = this.#init.clock.monotonic() + OPEN_MS;
  }
}
