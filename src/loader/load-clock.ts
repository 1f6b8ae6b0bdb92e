import type { Clock } from '../common/clock.js';
import type { LoadPhase } from '../common/load-observer.js';

/** How long a load was in each of its phases, and what it fetched. */
export class LoadClock {
  readonly #clock: Clock;
  readonly #phases = new Map<LoadPhase, number>();
  #current: { readonly phase: LoadPhase; readonly since: number } | undefined;
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the phase before. */
  enter(phase: LoadPhase): void {
    this.end();
    this.#current = { phase, since: this.#clock.monotonic() };
  }

  addBytes(count: number): void {
    this.#bytes += count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns milliseconds in each phase so far. */
  end(): ReadonlyMap<LoadPhase, number> {
    if (this.#current) {
      const { phase, since } = this.#current;
      this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + this.#clock.monotonic() - since);
      this.#current = undefined;
    }
    return this.#phases;
  }
}
