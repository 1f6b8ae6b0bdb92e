import type { Clock } from '../common/clock.js';
import { toMillraceError, type MillraceError } from '../common/error.js';
import type { Logger } from '../common/logger.js';
import type { Observation } from './locations/location.js';

export interface WatchInit {
  /** Of the model, for the log; without credentials. */
  readonly address: string;
  readonly intervalMs: number;
  /** What is running. */
  readonly running: Observation;
  observe(last: Observation, signal: AbortSignal): Promise<Observation>;
  /** Takes a new version on. Rejects where it cannot be loaded or does not fit: the running one goes on then. */
  take(observation: Observation, signal: AbortSignal): Promise<void>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** A second look at what has changed comes after this, or after the interval where that is shorter. */
const SETTLE_MS = 2_000;
/** Looks that fail come further and further apart, up to this many intervals. */
const MOST_INTERVALS = 16;

/**
 * Looks at a place again and again. A change is taken when it is complete: when the place says so, or when two looks saw the same. A
 * version that could not be taken is not tried again until it changes, unless another attempt can help.
 *
 * @returns the function that ends it.
 */
export function watchVersions(init: WatchInit): () => void {
  const ending = new AbortController();
  void watch(init, ending.signal);
  return () => ending.abort();
}

async function watch({ address, intervalMs, running, observe, take, clock, random, log }: WatchInit, signal: AbortSignal): Promise<void> {
  let last = running;
  let refused: Observation | undefined;
  let seen: Observation | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const waitMs = seen === undefined ? intervalMs * Math.min(2 ** failures, MOST_INTERVALS) : Math.min(SETTLE_MS, intervalMs);
    try {
      // Not all processes of a fleet at the same moment.
      await clock.sleep(waitMs * (0.9 + random() / 10), signal);
      const now = await observe(last, signal);
      const isNew = !isSame(now, last) && !isSame(now, refused);
      const isSettled = now.isComplete || now.version === undefined || isSame(now, seen);
      seen = isNew && !isSettled ? now : undefined;
      failures = 0;
      if (!isNew || !isSettled) continue;
      refused = now;
      await take(now, signal);
      last = now;
      refused = undefined;
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toMillraceError(thrown);
      failures++;
      if (error.retry !== 'never') refused = undefined;
      report(log, { address, error });
    }
  }
}

function report(log: Logger, { address, error }: { readonly address: string; readonly error: MillraceError }): void {
  log.warn('a new version of a model was not taken; the running one goes on', { address, code: error.code, reason: error.message });
}

/** A place without versions is never the same: its content has to be read. */
function isSame(one: Observation, other: Observation | undefined): boolean {
  return one.version !== undefined && one.version === other?.version;
}
