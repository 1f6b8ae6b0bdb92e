import type { Clock } from '../common/clock.js';
import type { Logger } from '../common/logger.js';
import type { LimitStore } from '../spec/limit-store.js';
import { Limiter, type LimiterUser, type LimiterUserInit } from './limiter.js';

export interface LimiterPoolInit {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

export interface JoinInit extends LimiterUserInit {
  /** As `Model.quota`; absent for a limiter of its own. */
  readonly quota: string | undefined;
  /** The model's name, for the log. */
  readonly model: string;
  /** Waits after throttles that do not say how long: at first, and at most. */
  readonly initialWaitMs: number;
  readonly maxWaitMs: number;
  /** Buckets that other processes take from too; absent for none. Stays the caller's. */
  readonly store?: LimitStore | undefined;
}

/**
 * The limiters of a process: one for each endpoint, key and model, whichever operators and jobs call it. What is known of
 * the limits of a service stays known when a job ends.
 */
export class LimiterPool {
  readonly #init: LimiterPoolInit;
  /** By store, then by quota: who shares through a store keeps limits apart from those that do not. */
  readonly #limiters = new Map<LimitStore | undefined, Map<string, Limiter>>();

  constructor(init: LimiterPoolInit) {
    this.#init = init;
  }

  join({ quota, model, initialWaitMs, maxWaitMs, store, ...user }: JoinInit): LimiterUser {
    const found = quota === undefined ? undefined : this.#limiters.get(store)?.get(quota);
    if (found) return found.join(user);
    const { clock, random, log } = this.#init;
    const limiter = new Limiter({
      clock,
      random,
      initialWaitMs,
      maxWaitMs,
      isCautious: quota !== undefined,
      shared: quota !== undefined && store ? { store, quota } : undefined,
      onClosed(reason, waitMs) {
        if (reason === 'throttled') log.info('the service throttles; calls wait', { model, waitMs: Math.round(waitMs) });
        else log.error('the account of the service has no quota left; calls pause', { model, waitMs: Math.round(waitMs) });
      },
      onStoreFailed: reason => log.error('the store of the limits does not answer; calls wait', { model, reason }),
    });
    if (quota !== undefined) this.#ofStore(store).set(quota, limiter);
    return limiter.join(user);
  }

  #ofStore(store: LimitStore | undefined): Map<string, Limiter> {
    const found = this.#limiters.get(store) ?? new Map<string, Limiter>();
    this.#limiters.set(store, found);
    return found;
  }
}
