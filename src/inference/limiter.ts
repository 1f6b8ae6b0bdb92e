import type { Clock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';
import type { Amounts, BucketSize, LimitStore } from '../spec/limit-store.js';
import type { RateLimitReport } from '../spec/provider.js';
import type { BucketLevel } from './call-observer.js';
import { LearnedRate } from './learned-rate.js';
import { LimitBuckets, type ConfiguredLimits, type Taken } from './limit-buckets.js';
import { SharedClaims } from './shared-claims.js';
import { MAX_TIMER_MS } from './timer-limit.js';
import type { Need } from './token-meter.js';

/** The right to have one call in flight. Given back once, by `leave`. */
export interface Admission {
  readonly user: LimiterUser;
  /** Which burst of throttles the call belongs to: those admitted before the last one say nothing new. */
  readonly burst: number;
  readonly taken: Taken;
  /** Settles when the call may be sent, or rejects when it may not any more; absent where it may be at once. */
  readonly ready?: Promise<void> | undefined;
}

/** What became of a call that was in flight. */
export type CallEnd =
  /** The service answered, whatever it said. @member excess what the call took beyond its need. */
  | { readonly kind: 'answered'; readonly rateLimit?: RateLimitReport | undefined; readonly excess?: Amounts | undefined }
  /** The service put the call off. @member afterMs the wait it asks for; absent where it does not say, and 0 says nothing either. */
  | { readonly kind: 'throttled'; readonly afterMs?: number | undefined }
  /** The account has no quota left: one call is tried after so long, and others once it succeeds. */
  | { readonly kind: 'paused'; readonly forMs: number }
  | { readonly kind: 'failed' };

export interface LimiterInit {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Wait after a throttle that does not say how long; doubles from one burst to the next. */
  readonly initialWaitMs: number;
  readonly maxWaitMs: number;
  /** Whether a service stands behind it, whose limits its first answer may tell: few calls are sent before that. */
  readonly isCautious: boolean;
  /** Buckets that other processes take from too; absent for none. */
  readonly shared?: { readonly store: LimitStore; readonly quota: string } | undefined;
  readonly onStoreFailed?: ((reason: string) => void) | undefined;
  /** Called once for each burst of throttles, with the wait, and once for each pause. */
  readonly onClosed?: ((reason: 'throttled' | 'paused', waitMs: number) => void) | undefined;
}

/** One model that sends calls under a limiter. */
export interface LimiterUserInit {
  /** Most calls of this user in flight. */
  readonly maxCalls: number;
  /** Per minute; absent for what the service tells. */
  readonly limits: ConfiguredLimits;
  /** Called when a call may start and nobody waits in `enter`. */
  readonly onRoom: () => void;
}

interface Waiter {
  readonly user: LimiterUser;
  readonly need: Need;
  readonly admit: (admission: Admission) => void;
}

/** One slot more for so many calls that succeeded while all slots were in use. */
const SUCCESSES_PER_SLOT = 25;
/** What is left of the slots after a throttle. */
const SHRINK = 0.75;
/** Calls in flight before the first answer. */
const CAUTIOUS_SLOTS = 10;

/**
 * Decides when calls to one service with one key and model may start, whoever makes them: as many at once as the users
 * allow, none while the service asks to wait, no more requests and tokens than its limits, and fewer at once after a
 * throttle (additive increase, multiplicative decrease, one cut for the whole burst of calls that were in flight).
 */
export class Limiter {
  readonly #init: LimiterInit;
  /** Who was admitted longest ago comes first. */
  readonly #users = new Set<LimiterUser>();
  readonly #waiters: Waiter[] = [];
  readonly #buckets: LimitBuckets;
  readonly #learned = new LearnedRate();
  readonly #claims: SharedClaims | undefined;
  /** Whether a call waits for the shared buckets: the others keep filling until it has its share. */
  #isClaiming = false;
  /** Calls that may be in flight now, where it is fewer than the users allow. */
  #slots = Infinity;
  #isProven: boolean;
  /** Whether a quota is used up, so that one call at a time finds out when it is not any more. */
  #isProbing = false;
  #inFlight = 0;
  #successes = 0;
  #burst = 0;
  /** Bursts in a row that did not say how long to wait. */
  #untoldBursts = 0;
  #opensAt = -Infinity;
  #wakesAt = Infinity;
  #cancelWake: (() => void) | undefined;

  constructor(init: LimiterInit) {
    this.#init = init;
    this.#isProven = !init.isCautious;
    this.#buckets = new LimitBuckets(init.clock);
    const { shared, clock, onStoreFailed = () => {} } = init;
    this.#claims = shared && new SharedClaims({ ...shared, clock, onFailed: onStoreFailed });
  }

  /** Lets a model send calls under this limiter, until it calls `LimiterUser.close`. */
  join(init: LimiterUserInit): LimiterUser {
    const user = new LimiterUser(init, this);
    this.#users.add(user);
    this.#buckets.configure([...this.#users].map(({ limits }) => limits));
    return user;
  }

  get userCount(): number {
    return this.#users.size;
  }

  /** Calls that may be in flight at most. */
  get concurrency(): number {
    if (this.#isProbing) return 1;
    const most = Math.max(1, ...[...this.#users].map(({ maxCalls }) => maxCalls));
    return Math.min(most, this.#slots, this.#isProven ? Infinity : CAUTIOUS_SLOTS);
  }

  /** The buckets that are known, for whoever watches. */
  levels(): BucketLevel[] {
    return this.#buckets.levels();
  }

  /** @internal Of `LimiterUser`. */
  tryEnter(user: LimiterUser, need: Need): Admission | undefined {
    if (this.#waiters.length > 0) return undefined;
    return this.#admit(user, need);
  }

  /** @internal Of `LimiterUser`. */
  enter(user: LimiterUser, need: Need, signal: AbortSignal): Promise<Admission> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const admission = this.tryEnter(user, need);
    if (admission !== undefined) return Promise.resolve(admission);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal.reason as Error);
        this.#wake();
      };
      const waiter: Waiter = {
        user,
        need,
        admit: granted => {
          signal.removeEventListener('abort', onAbort);
          resolve(granted);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** @internal Of `LimiterUser`: the call is over. */
  leave(admission: Admission, end: CallEnd): void {
    const { clock, isCautious } = this.#init;
    this.#inFlight--;
    if (end.kind === 'answered') this.#answered(admission, end);
    if (end.kind === 'throttled') this.#throttled(admission, end.afterMs);
    if (end.kind === 'paused') this.#pause(admission, end.forMs);
    // Limits are of services; what a model without one says of them is no rate to keep to.
    const rate = isCautious ? this.#learned.at(clock.monotonic()) : undefined;
    if (rate !== undefined) this.#buckets.learn(rate);
    this.#wake();
  }

  /** @internal Of `LimiterUser`. */
  quit(user: LimiterUser): void {
    this.#users.delete(user);
    if (this.#users.size > 0) this.#buckets.configure([...this.#users].map(({ limits }) => limits));
    this.#schedule(Infinity);
    this.#wake();
  }

  #answered({ taken }: Admission, { rateLimit = [], excess }: Extract<CallEnd, { kind: 'answered' }>): void {
    this.#untoldBursts = 0;
    this.#isProven = true;
    this.#isProbing = false;
    this.#learned.succeeded(this.#init.clock.monotonic());
    if (excess) {
      this.#buckets.correct(excess);
      this.#claims?.correct(excess);
    }
    this.#buckets.follow(rateLimit, taken);
    // The call that just ended was in flight too.
    if (this.#slots === Infinity || this.#inFlight + 1 < this.#slots) return;
    if (++this.#successes < SUCCESSES_PER_SLOT) return;
    this.#successes = 0;
    this.#slots++;
    if (this.#slots >= Math.max(...[...this.#users].map(({ maxCalls }) => maxCalls))) this.#slots = Infinity;
  }

  #throttled({ burst }: Admission, afterMs: number | undefined): void {
    const isFirst = burst === this.#burst;
    const { clock, onClosed } = this.#init;
    if (isFirst) {
      this.#burst++;
      this.#successes = 0;
      this.#slots = Math.max(1, Math.floor(this.concurrency * SHRINK));
    }
    if (!afterMs && !isFirst) return;
    const waitMs = afterMs || this.#untoldWait();
    const nowMs = clock.monotonic();
    this.#closeUntil(nowMs + waitMs);
    if (!isFirst) return;
    this.#claims?.close(waitMs);
    this.#learned.throttled({ nowMs, waitMs });
    onClosed?.('throttled', waitMs);
  }

  #pause({ burst }: Admission, forMs: number): void {
    if (burst !== this.#burst) return;
    this.#burst++;
    this.#isProbing = true;
    this.#closeUntil(this.#init.clock.monotonic() + forMs);
    this.#init.onClosed?.('paused', forMs);
  }

  /** At least half of the bound, so that a burst never comes back at once. */
  #untoldWait(): number {
    const { initialWaitMs, maxWaitMs, random } = this.#init;
    const bound = Math.min(maxWaitMs, initialWaitMs * 2 ** this.#untoldBursts++);
    return bound * (0.5 + random() / 2);
  }

  #closeUntil(opensAt: number): void {
    this.#opensAt = Math.max(this.#opensAt, opensAt);
  }

  /** Starts a call if one may start now; otherwise sees to it that somebody asks again when it may. */
  #admit(user: LimiterUser, need: Need): Admission | undefined {
    const { clock } = this.#init;
    const nowMs = clock.monotonic();
    if (this.#isClaiming || this.#inFlight >= this.concurrency || user.inFlight >= user.maxCalls) return undefined;
    const waitMs = Math.max(this.#opensAt - nowMs, this.#buckets.waitFor(need));
    if (waitMs > 0) {
      this.#schedule(nowMs + waitMs);
      return undefined;
    }
    this.#inFlight++;
    user.inFlight++;
    // Behind the others, so that none of them takes all the room. One that has quit does not come back.
    if (this.#users.size > 1 && this.#users.delete(user)) this.#users.add(user);
    const sizes = this.#claims ? this.#buckets.sizes() : [];
    const admission = { user, burst: this.#burst, taken: this.#buckets.take(need) };
    return sizes.length === 0 ? admission : { ...admission, ready: this.#claim(user, need, sizes) };
  }

  async #claim({ signal }: LimiterUser, need: Need, sizes: readonly BucketSize[]): Promise<void> {
    this.#isClaiming = true;
    try {
      await this.#claims!.claim(sizes, need, signal);
    } finally {
      this.#isClaiming = false;
      this.#wake();
    }
  }

  /** Waiters go first, in the order of asking; then the users, the one that was admitted last at the end. */
  #wake(): void {
    while (this.#waiters.length > 0) {
      const { user, need, admit } = this.#waiters[0]!;
      const admission = this.#admit(user, need);
      if (admission === undefined) return;
      this.#waiters.shift();
      admit(admission);
    }
    // A call that starts turns the order.
    const users = [...this.#users];
    for (const user of users) user.onRoom();
  }

  /** One timer, for the earliest time at which something may be different. */
  #schedule(atMs: number): void {
    if (this.#cancelWake !== undefined && this.#wakesAt <= atMs && atMs !== Infinity) return;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#wakesAt = atMs;
    if (atMs === Infinity) return;
    const waitMs = Math.min(Math.ceil(atMs - this.#init.clock.monotonic()), MAX_TIMER_MS);
    this.#cancelWake = this.#init.clock.setTimer(waitMs, () => {
      this.#cancelWake = undefined;
      this.#wake();
    });
  }
}

/** The side of a limiter that one model sees. */
export class LimiterUser {
  readonly maxCalls: number;
  readonly limits: ConfiguredLimits;
  readonly onRoom: () => void;
  /** Calls of this user that are in flight. */
  inFlight = 0;
  readonly #limiter: Limiter;
  readonly #closing = new AbortController();

  /** @internal Use `Limiter.join`. */
  constructor({ maxCalls, limits, onRoom }: LimiterUserInit, limiter: Limiter) {
    this.maxCalls = maxCalls;
    this.limits = limits;
    this.onRoom = onRoom;
    this.#limiter = limiter;
  }

  /** Starts a new call if one may start at once; calls that wait in `enter` go first. Where none may, `onRoom` follows. */
  tryEnter(need: Need): Admission | undefined {
    return this.#limiter.tryEnter(this, need);
  }

  /** Waits until a call may start, in the order of asking. Rejects with the signal's reason. */
  enter(need: Need, signal: AbortSignal): Promise<Admission> {
    return this.#limiter.enter(this, need, signal);
  }

  /** The call is over. */
  leave(admission: Admission, end: CallEnd): void {
    this.inFlight--;
    this.#limiter.leave(admission, end);
  }

  /** @internal Of `Limiter`: aborted by `close`. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** What is known of the limits now. */
  get state(): Pick<Limiter, 'concurrency' | 'levels'> {
    return this.#limiter;
  }

  /** Nothing of this user is admitted any more. */
  close(): void {
    this.#closing.abort(new MillraceError({ code: 'INTERRUPTED', message: 'the model is closed' }));
    this.#limiter.quit(this);
  }
}
