import type { Clock } from '../common/clock.js';
import type { Amounts, BucketSize } from '../spec/limit-store.js';
import type { LimitKind, RateLimit, RateLimitReport } from '../spec/provider.js';
import { Bucket } from './bucket.js';
import type { BucketLevel } from './call-observer.js';
import type { Need } from './token-meter.js';

/** Limits per minute that options set; absent ones are told by the service or unknown. */
export type ConfiguredLimits = Readonly<Partial<Record<LimitKind, number>>>;

/** What a call took, and how much the buckets had given until then. */
export interface Taken {
  readonly need: Need;
  readonly atMs: number;
  /** `Bucket.taken` of each bucket after it. */
  readonly totals: ReadonlyMap<Bucket, number>;
  /** Later calls have higher ones. */
  readonly sequence: number;
}

/** Who said how large a bucket is: options bind, a service's own word is followed, a guess gives way to both. */
type Authority = 'options' | 'service' | 'guess';

interface Limit {
  readonly bucket: Bucket;
  authority: Authority;
  /** `Taken.sequence` of the last call whose report was followed. */
  lastReport: number;
}

/**
 * A limit that nobody reports on is used evenly: no minute, wherever it starts, holds more than the limit, whether the
 * service counts by the minute, by a sliding window or by a bucket of its own. The two shares make 1.
 */
const EVEN_SHARE = 0.98;
const BURST_SHARE = 0.02;
/** A reset later than this is of a longer period than a minute. */
const LONGEST_MINUTE_MS = 63_000;

/** The buckets of one service, key and model: requests and tokens. */
export class LimitBuckets {
  readonly #clock: Clock;
  readonly #limits = new Map<LimitKind, Limit>();
  /** What options set, per minute. */
  #configured: ConfiguredLimits = {};
  #sequence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the limits that options set by now; of several for one kind the lowest. What nobody sets any more binds nobody. */
  configure(all: readonly ConfiguredLimits[]): void {
    const configured: Partial<Record<LimitKind, number>> = {};
    for (const kind of ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const) {
      const perMinute = Math.min(...all.map(limits => limits[kind] ?? Infinity));
      if (perMinute !== Infinity) {
        configured[kind] = perMinute;
        this.#put(kind, { ...evenly(perMinute), authority: 'options' });
      } else if (this.#limits.get(kind)?.authority === 'options') this.#limits.delete(kind);
    }
    this.#configured = configured;
  }

  /**
   * What is known of the limits, for a store that several processes share. A store does not know what a service has left,
   * so that a limit which the service told is used evenly there too.
   */
  sizes(): BucketSize[] {
    return [...this.#limits].map(([kind, { bucket, authority }]) => {
      const { perMinute, capacity } = authority === 'service' ? evenly(bucket.perMinute) : bucket;
      return { kind, perMinute, burst: capacity };
    });
  }

  /** The buckets that there are, for whoever watches. */
  levels(): BucketLevel[] {
    const nowMs = this.#clock.monotonic();
    return [...this.#limits].map(([kind, { bucket }]) => ({ kind, perMinute: bucket.perMinute, level: bucket.levelAt(nowMs) }));
  }

  /** Milliseconds until a call with this need may start; 0 for now. */
  waitFor(need: Need): number {
    if (this.#limits.size === 0) return 0;
    const nowMs = this.#clock.monotonic();
    let waitMs = 0;
    for (const [kind, { bucket }] of this.#limits) waitMs = Math.max(waitMs, bucket.waitFor(need[kind], nowMs));
    return waitMs;
  }

  take(need: Need): Taken {
    const atMs = this.#clock.monotonic();
    const totals = new Map<Bucket, number>();
    for (const [kind, { bucket }] of this.#limits) {
      bucket.take(need[kind], atMs);
      totals.set(bucket, bucket.taken);
    }
    return { need, atMs, totals, sequence: ++this.#sequence };
  }

  /** Takes what a call used beyond its need. */
  correct(excess: Amounts): void {
    const nowMs = this.#clock.monotonic();
    for (const [kind, { bucket }] of this.#limits) bucket.take(excess[kind] ?? 0, nowMs);
  }

  /** Follows what the service told with the answer to a call. */
  follow(report: RateLimitReport, taken: Taken): void {
    for (const told of report) this.#followOne(told, taken);
  }

  /** Takes a rate that throttles told; a service that tells limits knows better than a guess, which limit it was. */
  learn(perMinute: number): void {
    if ([...this.#limits.values()].some(({ authority }) => authority === 'service')) return;
    const known = this.#limits.get('requests');
    if (known === undefined || known.authority === 'guess') this.#put('requests', { ...evenly(perMinute), authority: 'guess' });
  }

  #followOne({ kind, limit, remaining, resetMs }: RateLimit, { totals, atMs, sequence, need }: Taken): void {
    const nowMs = this.#clock.monotonic();
    const perMinute = limit && minuteOf({ limit, remaining, resetMs });
    const configured = this.#configured[kind] ?? Infinity;
    if (perMinute !== undefined && perMinute < configured) this.#put(kind, { ...sizeOf(kind, perMinute, limit!), authority: 'service' });
    else if (perMinute !== undefined) this.#put(kind, { ...evenly(configured), authority: 'options' });
    const followed = this.#limits.get(kind);
    if (followed === undefined || remaining === undefined || sequence < followed.lastReport) return;
    followed.lastReport = sequence;
    const { bucket } = followed;
    // A bucket that came with this report gave nothing before.
    const takenThen = totals.get(bucket) ?? bucket.taken - (this.#sequence - sequence) * need[kind];
    bucket.follow({ remaining, takenThen, atMs }, nowMs, followed.authority === 'options');
  }

  #put(kind: LimitKind, { perMinute, capacity, authority }: { perMinute: number; capacity: number; authority: Authority }): void {
    const nowMs = this.#clock.monotonic();
    const known = this.#limits.get(kind);
    if (known === undefined) {
      this.#limits.set(kind, { bucket: new Bucket({ perMinute, capacity, level: capacity, nowMs }), authority, lastReport: 0 });
      return;
    }
    known.authority = authority;
    if (known.bucket.perMinute !== perMinute || known.bucket.capacity !== capacity) known.bucket.resize({ perMinute, capacity }, nowMs);
  }
}

/**
 * Requests can be spent at once, since each is one. Tokens of calls under way are estimates: a whole minute of them at once
 * would be off by too much, so they are used evenly.
 */
function sizeOf(kind: LimitKind, perMinute: number, limit: number): { perMinute: number; capacity: number } {
  return kind === 'requests' ? { perMinute, capacity: Math.max(1, limit) } : evenly(perMinute);
}

function evenly(perMinute: number): { perMinute: number; capacity: number } {
  return { perMinute: perMinute * EVEN_SHARE, capacity: Math.max(1, perMinute * BURST_SHARE) };
}

/** Some services tell limits of an hour or a day in the same headers; the reset tells how fast they fill. */
function minuteOf({ limit, remaining, resetMs }: { limit: number; remaining: number | undefined; resetMs: number | undefined }): number {
  if (remaining === undefined || resetMs === undefined || resetMs <= LONGEST_MINUTE_MS) return Math.max(1, limit);
  return Math.max(1 / 60, ((limit - remaining) * 60_000) / resetMs);
}
