export interface BucketInit {
  readonly perMinute: number;
  /** How long an empty bucket takes to fill. */
  readonly windowMs: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** A token bucket: full at first, filling at `perMinute`, holding what a window brings. */
export class Bucket {
  readonly #init: BucketInit;
  readonly #capacity: number;
  #level: number;
  #filledAt: number;

  constructor(init: BucketInit) {
    this.#init = init;
    this.#capacity = Math.max(1, (init.perMinute * init.windowMs) / 60_000);
    this.#level = this.#capacity;
    this.#filledAt = init.monotonic();
  }

  /** What is left, as whole units; 0 below zero. */
  get remaining(): number {
    this.#fill();
    return Math.max(0, Math.floor(this.#level));
  }

  /** Milliseconds until the bucket is full, rounded up. */
  get resetMs(): number {
    this.#fill();
    return Math.ceil(this.#msFor(this.#capacity - this.#level));
  }

  /** Milliseconds until `amount` is there; an amount beyond the capacity waits for a full bucket. */
  waitFor(amount: number): number {
    this.#fill();
    return this.#msFor(Math.min(amount, this.#capacity) - this.#level);
  }

  /** A large amount leaves the bucket below zero, so that the limit holds over time. */
  take(amount: number): void {
    this.#level -= amount;
  }

  #fill(): void {
    const now = this.#init.monotonic();
    this.#level = Math.min(this.#capacity, this.#level + ((now - this.#filledAt) * this.#init.perMinute) / 60_000);
    this.#filledAt = now;
  }

  #msFor(missing: number): number {
    return Math.max(0, (missing * 60_000) / this.#init.perMinute);
  }
}
