import type { Amounts } from '../../spec/limit-store.js';
import type { LimitKind } from '../../spec/provider.js';
import { Bucket } from './bucket.js';
import { Refusal, type Reply } from './reply.js';

/** A limit as a service tells it. */
export interface LimitState {
  readonly kind: LimitKind;
  /** Most in a minute. */
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until all of it is back. */
  readonly resetMs: number;
}

/** How a service tells its limits. */
export interface LimitWords {
  /** Headers of every metered answer. @param states those limits that are set. */
  headers(states: readonly LimitState[]): Record<string, string>;
  /** The answer to a request beyond a limit. @param waitMs milliseconds, whole, until the limit admits the same request. */
  exceeded(state: LimitState, waitMs: number): Reply;
}

export interface RateLimitsInit {
  /** Absent ones are not limited. */
  readonly perMinute: Readonly<Partial<Record<LimitKind, number | undefined>>>;
  /** How long an empty bucket takes to fill. */
  readonly windowMs: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  readonly words: LimitWords;
}

/** Admits requests as long as all limits allow. */
export interface RateLimits {
  /**
   * Takes the amounts of one request, or nothing of any limit.
   *
   * @returns the headers of the answer.
   * @throws {Refusal} what the service says beyond the limit that makes the request wait longest, with the same headers.
   */
  take(amounts: Amounts): Record<string, string>;
}

/** Limits as token buckets, one for each kind. */
export function createRateLimits({ perMinute, windowMs, monotonic, words }: RateLimitsInit): RateLimits {
  const limits = Object.entries(perMinute).flatMap(([kind, limit]) =>
    limit === undefined ? [] : [{ kind: kind as LimitKind, limit, bucket: new Bucket({ perMinute: limit, windowMs, monotonic }) }],
  );
  const states = (): LimitState[] =>
    limits.map(({ kind, limit, bucket }) => ({ kind, limit, remaining: bucket.remaining, resetMs: bucket.resetMs }));
  return {
    take(amounts) {
      const waits = limits.map(({ kind, bucket }, index) => ({ index, ms: bucket.waitFor(amounts[kind] ?? 0) }));
      const [longest] = waits.toSorted((a, b) => b.ms - a.ms);
      if (longest !== undefined && longest.ms > 0) {
        const now = states();
        const { headers, ...reply } = words.exceeded(now[longest.index]!, Math.ceil(longest.ms));
        throw new Refusal({ ...reply, headers: { ...words.headers(now), ...headers } });
      }
      for (const { kind, bucket } of limits) bucket.take(amounts[kind] ?? 0);
      return words.headers(states());
    },
  };
}
