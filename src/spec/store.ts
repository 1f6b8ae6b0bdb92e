import type { Clock } from '../common/clock.js';
import type { LimitStore } from './limit-store.js';
import type { Secret } from './option.js';

/** Where a store is, and how long it may take. */
export interface StoreContext {
  /** The address as the user wrote it; may hold a password. */
  readonly url: Secret;
  /** Most milliseconds that opening a connection, and each step after that, may take. */
  readonly timeoutMs: number;
  /** For timeouts only. What the store remembers is timed by the store's own clock, since those of processes differ. */
  readonly clock: Clock;
}

/** How to reach databases of one kind that several processes share. */
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
  openLimits(context: StoreContext): Promise<LimitStore>;
}

export function defineStore(store: Store): Store {
  return store;
}
