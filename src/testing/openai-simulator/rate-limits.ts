import { Refusal, type WireError } from './wire-error.js';

export interface RateLimitsInit {
  /** Absent for no limit. */
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  /** How long an empty bucket takes to fill. */
  readonly windowMs: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** Admits requests as long as both limits allow. */
export interface RateLimits {
  /**
   * Takes one request of `tokens` tokens, or nothing of either limit.
   *
   * @returns the `x-ratelimit-*` headers of the answer.
   * @throws {Refusal} 429 with `retry-after`, `retry-after-ms` and the same headers.
   */
  take(tokens: number): Record<string, string>;
}

export function createRateLimits({ requestsPerMinute, tokensPerMinute, windowMs, monotonic }: RateLimitsInit): RateLimits {
  const requests = requestsPerMinute === undefined ? undefined : new Bucket({ perMinute: requestsPerMinute, windowMs, monotonic });
  const tokens = tokensPerMinute === undefined ? undefined : new Bucket({ perMinute: tokensPerMinute, windowMs, monotonic });
  const headers = (): Record<string, string> => ({ ...requests?.headers('requests'), ...tokens?.headers('tokens') });
  return {
    take(count) {
      const waits = [
        { kind: 'requests', code: 'RPM', ms: requests?.waitFor(1) ?? 0, limit: requestsPerMinute },
        { kind: 'tokens', code: 'TPM', ms: tokens?.waitFor(count) ?? 0, limit: tokensPerMinute },
      ];
      const longest = waits.toSorted((a, b) => b.ms - a.ms)[0]!;
      if (longest.ms > 0) throw new Refusal(tooMany(longest, headers()));
      requests?.take(1);
      tokens?.take(count);
      return headers();
    },
  };
}

function tooMany(
  { kind, code, ms, limit }: { kind: string; code: string; ms: number; limit: number | undefined },
  headers: Record<string, string>,
): WireError {
  const waitMs = Math.ceil(ms);
  return {
    status: 429,
    message: `Rate limit reached on ${kind} per min (${code}): Limit ${limit}. Please try again in ${formatReset(waitMs)}.`,
    type: kind,
    code: 'rate_limit_exceeded',
    headers: { ...headers, 'retry-after': String(Math.ceil(waitMs / 1_000)), 'retry-after-ms': String(waitMs) },
  };
}

interface BucketInit {
  readonly perMinute: number;
  readonly windowMs: number;
  readonly monotonic: () => number;
}

/** A token bucket: full at first, filling at `perMinute`, holding what a window brings. */
class Bucket {
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

  /** Milliseconds until `amount` is there; an amount beyond the capacity waits for a full bucket. */
  waitFor(amount: number): number {
    this.#fill();
    return this.#msFor(Math.min(amount, this.#capacity) - this.#level);
  }

  /** A large amount leaves the bucket below zero, so that the limit holds over time. */
  take(amount: number): void {
    this.#level -= amount;
  }

  headers(kind: 'requests' | 'tokens'): Record<string, string> {
    this.#fill();
    return {
      [`x-ratelimit-limit-${kind}`]: String(this.#init.perMinute),
      [`x-ratelimit-remaining-${kind}`]: String(Math.max(0, Math.floor(this.#level))),
      [`x-ratelimit-reset-${kind}`]: formatReset(Math.ceil(this.#msFor(this.#capacity - this.#level))),
    };
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

/** A duration as Go prints it: `20ms`, `1.5s`, `6m0s`, `1h0m0s`. */
export function formatReset(ms: number): string {
  if (ms < 1_000) return `${ms}ms`;
  const seconds = `${(ms % 60_000) / 1_000}s`;
  if (ms < 60_000) return seconds;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
