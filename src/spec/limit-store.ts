import type { LimitKind } from './provider.js';

/** A bucket that fills evenly: `perMinute` in 60 seconds, at most `burst` at once. */
export interface BucketSize {
  readonly kind: LimitKind;
  readonly perMinute: number;
  readonly burst: number;
}

/** What one call takes out of each bucket. */
export type Amounts = Readonly<Partial<Record<LimitKind, number>>>;

/**
 * Buckets that several processes share. One instance serves a whole process; every method is one atomic step of the store.
 *
 * @throws {MillraceError} `UNREACHABLE` with `retry: 'backoff'` where the store does not answer.
 */
export interface LimitStore {
  /**
   * Takes `amounts` out of the buckets of `quota`, or nothing of any.
   *
   * @param sizes the buckets; a bucket that the store has not seen is full.
   * @returns 0 when they were taken, else milliseconds after which they may be there.
   */
  take(quota: string, sizes: readonly BucketSize[], amounts: Amounts): Promise<number>;
  /** Takes more, or puts back where negative: what a call really used is known after it. Levels may fall below 0. */
  correct(quota: string, amounts: Amounts): Promise<void>;
  /** The service asks all processes to wait: nothing is taken for so long. */
  close(quota: string, forMs: number): Promise<void>;
  /** Ends the connections. Called once. */
  end(): Promise<void>;
}
