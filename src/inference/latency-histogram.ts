/** Bounds of the buckets grow by this factor, so a quantile is at most 10 % too high. */
const GROWTH = 1.1;
const FIRST_BOUND_MS = 0.001;
/** The last bound is beyond a day. */
const BUCKETS = Math.ceil(Math.log(100_000_000 / FIRST_BOUND_MS) / Math.log(GROWTH));

export interface LatencySummary {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Counts durations in fixed logarithmic buckets: 2 KiB, whatever the number of durations. */
export class LatencyHistogram {
  readonly #buckets = new Float64Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  record(ms: number): void {
    const bucket = ms <= FIRST_BOUND_MS ? 0 : Math.ceil(Math.log(ms / FIRST_BOUND_MS) / Math.log(GROWTH));
    const index = Math.min(bucket, BUCKETS - 1);
    this.#buckets[index] = this.#buckets[index]! + 1;
    this.#count++;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  /** All zero without durations. */
  summary(): LatencySummary {
    return { count: this.#count, p50Ms: this.#quantile(0.5), p99Ms: this.#quantile(0.99), maxMs: this.#maxMs };
  }

  /** Upper bound of the bucket that holds the quantile, or the maximum where that is less. */
  #quantile(share: number): number {
    const rank = Math.ceil(share * this.#count);
    let seen = 0;
    for (let i = 0; i < BUCKETS && this.#count > 0; i++) {
      seen += this.#buckets[i]!;
      if (seen >= rank) return Math.min(FIRST_BOUND_MS * GROWTH ** i, this.#maxMs);
    }
    return this.#maxMs;
  }
}
