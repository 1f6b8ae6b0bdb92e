import { systemClock, type Clock } from '../../common/clock.js';
import type { BucketSize } from '../../spec/limit-store.js';
import { openStore } from './redis.test.fixture.js';

/*
 * One of several processes that share limits: takes all that it can get, asking again after the wait that it is told, and
 * reports what it took and when. Times are of the machine's monotonic clock, which all processes share.
 */

export interface ProcessStart {
  readonly url: string;
  readonly quota: string;
  readonly sizes: readonly BucketSize[];
  /** What one call takes. */
  readonly requests: number;
  readonly tokens: number;
  /** Milliseconds by which this process's wall clock is wrong. */
  readonly skewMs: number;
}

/** A call that got what it asked for, at some time between `from` and `to` (milliseconds). */
export interface Taken {
  readonly requests: number;
  readonly tokens: number;
  readonly from: number;
  readonly to: number;
}

export type FromProcess = { readonly kind: 'ready' } | { readonly kind: 'taken'; readonly taken: Taken } | { readonly kind: 'failed' };

const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

async function takeAll({ url, quota, sizes, requests, tokens, skewMs }: ProcessStart): Promise<never> {
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + skewMs };
  const store = await openStore(url, { clock, timeoutMs: 2_000 });
  report({ kind: 'ready' });
  for (;;) {
    const from = machineMs();
    try {
      const wait = await store.take(quota, sizes, { requests, tokens });
      if (wait === 0) report({ kind: 'taken', taken: { requests, tokens, from, to: machineMs() } });
      else await clock.sleep(wait);
    } catch {
      report({ kind: 'failed' });
      await clock.sleep(20);
    }
  }
}

function report(message: FromProcess): void {
  process.send!(message);
}

// Only the process that a test forks has a parent to talk to.
if (process.argv[2] === 'take-all') process.once('message', start => void takeAll(start as ProcessStart));
