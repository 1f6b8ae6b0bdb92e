import type { Clock } from '../common/clock.js';

/** A clock that moves only when the test says so. */
export interface FakeClock extends Clock {
  /**
   * Moves the time on by `ms`: runs every timer and ends every sleep that falls due, in order of their times, and lets
   * what they start settle before it goes on to the next.
   */
  advance(ms: number): Promise<void>;
  /** Timers and sleeps that have not come to their end. */
  readonly pendingTimers: number;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** @param startMs the wall clock at the start; `monotonic` starts at 0. */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  // Insertion order breaks ties, as it does between real timers.
  const timers = new Set<Timer>();
  let elapsed = 0;

  function setTimer(ms: number, callback: () => void): () => void {
    const timer: Timer = { at: elapsed + Math.max(0, ms), callback };
    timers.add(timer);
    return () => void timers.delete(timer);
  }

  function nextDue(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    return next;
  }

  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    setTimer,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const onAbort = (): void => {
          cancel();
          reject(signal!.reason as Error);
        };
        const cancel = setTimer(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
        elapsed = timer.at;
        timers.delete(timer);
        timer.callback();
        await settle();
      }
      elapsed = until;
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}

/** After one turn of the event loop every promise that could settle has. */
function settle(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
