import type { Clock } from '../common/clock.js';
import type { AnswerCache } from './answer-cache.js';
import type { LimitStore } from './limit-store.js';
import type { Secret } from './option.js';

/** Where a store is, and how long it may take. */
export interface StoreContext {
  /** The address as the user wrote it; may hold a password. */
  readonly url: Secret;
  /** Most milliseconds that opening a connection, and each step after that, may take. */
  readonly timeoutMs: number;
  /**
   * For timeouts. What a store that several machines reach remembers is timed by the store's own clock, since theirs differ; one
   * on this machine takes `now`.
   */
  readonly clock: Clock;
}

export interface AnswerStoreContext extends StoreContext {
  /** Most bytes of answers that a store without a bound of its own keeps; the oldest leave first. */
  readonly maxBytes: number;
}

/** How to reach databases of one kind that several processes share, and what can be kept there. */
export interface Store {
  readonly name: string;
  /** Of its addresses, without the colon. No two stores have one in common. */
  readonly schemes: readonly string[];
  /**
   * Connects, so that a wrong address or password is told before anything is sent to a model. The caller ends it.
   *
   * @throws {MillraceError} `INVALID_OPTION`, `MISSING_PACKAGE`, `UNAUTHORIZED`, or `UNREACHABLE` with `retry: 'backoff'`;
   * without the password.
   */
  openLimits?(context: StoreContext): Promise<LimitStore>;
  /** As `openLimits`; the caller closes it. The keys of the cache are as `AnswerCache` has them; each step is one attempt. */
  openAnswers?(context: AnswerStoreContext): Promise<AnswerCache>;
}

export function defineStore<Defined extends Store>(store: Defined): Defined {
  return store;
}
