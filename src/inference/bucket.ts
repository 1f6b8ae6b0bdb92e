export interface BucketInit {
  /** How much flows in during a minute. */
  readonly perMinute: number;
  /** Most that is in it. */
  readonly capacity: number;
  /** What is in it at first. */
  readonly level: number;
  /** Monotonic clock in milliseconds. */
  readonly nowMs: number;
}

/** What a service told about a bucket when it admitted a call. */
export interface BucketReport {
  /** What was left. */
  readonly remaining: number;
  /** `taken` of the bucket when the call was admitted here, the call included. */
  readonly takenThen: number;
  /** When that was, by the monotonic clock in milliseconds. */
  readonly atMs: number;
}

/** A token bucket: fills evenly, and may be overdrawn by what is known only after a call. Times never go back. */
export class Bucket {
  #perMinute: number;
  #capacity: number;
  #level: number;
  #atMs: number;
  #taken = 0;

  constructor({ perMinute, capacity, level, nowMs }: BucketInit) {
    this.#perMinute = perMinute;
    this.#capacity = capacity;
    this.#level = level;
    this.#atMs = nowMs;
  }

  get perMinute(): number {
    return this.#perMinute;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** All that was ever taken. */
  get taken(): number {
    return this.#taken;
  }

  levelAt(nowMs: number): number {
    return Math.min(this.#capacity, this.#level + ((nowMs - this.#atMs) * this.#perMinute) / 60_000);
  }

  /** Milliseconds until `amount` can be taken; 0 for now. More than the capacity can be taken from a full bucket. */
  waitFor(amount: number, nowMs: number): number {
    const missing = Math.min(amount, this.#capacity) - this.levelAt(nowMs);
    // Below what floating-point sums of a day can be off.
    return missing <= 1e-6 ? 0 : (missing * 60_000) / this.#perMinute;
  }

  /** Takes `amount`, below zero if need be; a negative amount is put back. */
  take(amount: number, nowMs: number): void {
    this.#level = this.levelAt(nowMs) - amount;
    this.#atMs = nowMs;
    this.#taken += amount;
  }

  /** Another rate and capacity from now on; what is in the bucket stays. */
  resize({ perMinute, capacity }: Pick<BucketInit, 'perMinute' | 'capacity'>, nowMs: number): void {
    this.#level = this.levelAt(nowMs);
    this.#atMs = nowMs;
    this.#perMinute = perMinute;
    this.#capacity = capacity;
  }

  /**
   * Sets the level to what the service's own bucket must hold by now: what was left, what flowed in, less what was taken
   * since.
   *
   * @param onlyDown whether a bucket that holds less stays as it is.
   */
  follow({ remaining, takenThen, atMs }: BucketReport, nowMs: number, onlyDown: boolean): void {
    const inflow = ((nowMs - atMs) * this.#perMinute) / 60_000;
    const level = Math.min(this.#capacity, remaining + inflow) - (this.#taken - takenThen);
    const own = this.levelAt(nowMs);
    this.#level = onlyDown ? Math.min(own, level) : level;
    this.#atMs = nowMs;
  }
}
