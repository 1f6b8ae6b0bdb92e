import type { Clock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';

export interface RetryingInit {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Whether it may be attempted again after such a failure; after all that pass when absent. */
  readonly mayRepeat?: ((failure: MillraceError) => boolean) | undefined;
  /** Told of a failure after which there will be another attempt. */
  readonly onFailure?: ((failure: MillraceError, waitMs: number) => void) | undefined;
}

const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

/**
 * Attempts something up to six times, as long as its failures say that another attempt can help. Waits 200 ms at first and twice as
 * long each time, up to 10 s, of which the half is left to chance; or as long as the failure asks for.
 *
 * @throws what the last attempt threw; the signal's reason.
 */
export async function retrying<Result>(
  attempt: () => Promise<Result>,
  { clock, random, signal, mayRepeat, onFailure }: RetryingInit,
): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (thrown) {
      signal.throwIfAborted();
      if (!MillraceError.is(thrown) || thrown.retry === 'never' || count >= MAX_ATTEMPTS || mayRepeat?.(thrown) === false) throw thrown;
      const backoffMs = Math.min(FIRST_WAIT_MS * 2 ** (count - 1), LONGEST_WAIT_MS);
      const waitMs = thrown.retry === 'backoff' ? backoffMs * (0.5 + random() / 2) : thrown.retry.afterMs;
      onFailure?.(thrown, waitMs);
      await clock.sleep(waitMs, signal);
    }
  }
}
