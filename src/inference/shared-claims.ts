import type { Clock } from '../common/clock.js';
import { toMillraceError } from '../common/error.js';
import type { Amounts, BucketSize, LimitStore } from '../spec/limit-store.js';

export interface SharedClaimsInit {
  readonly store: LimitStore;
  readonly quota: string;
  readonly clock: Clock;
  /** Called when the store does not answer, once until it does again. */
  readonly onFailed: (reason: string) => void;
}

/** Between two questions to a store that does not answer. */
const FAILED_WAIT_MS = 1_000;

/** Takes calls out of the buckets that several processes share. Nothing is taken while the store does not answer. */
export class SharedClaims {
  readonly #init: SharedClaimsInit;
  #isFailing = false;

  constructor(init: SharedClaimsInit) {
    this.#init = init;
  }

  /** Resolves when `need` has been taken; rejects with the signal's reason. */
  async claim(sizes: readonly BucketSize[], need: Amounts, signal: AbortSignal): Promise<void> {
    const { store, quota, clock } = this.#init;
    for (;;) {
      const waitMs = await this.#ask(() => store.take(quota, sizes, need));
      if (signal.aborted) throw signal.reason;
      if (waitMs === 0) return;
      await clock.sleep(waitMs ?? FAILED_WAIT_MS, signal);
    }
  }

  /** Takes what a call used beyond its need. What cannot be told is forgotten: the next answer tells more. */
  correct(excess: Amounts): void {
    const { store, quota } = this.#init;
    void this.#ask(() => store.correct(quota, excess));
  }

  /** Keeps the calls of all processes away for so long. */
  close(waitMs: number): void {
    const { store, quota } = this.#init;
    void this.#ask(() => store.close(quota, waitMs));
  }

  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await question();
      this.#isFailing = false;
      return answer;
    } catch (thrown) {
      if (!this.#isFailing) this.#init.onFailed(toMillraceError(thrown).message);
      this.#isFailing = true;
      return undefined;
    }
  }
}
