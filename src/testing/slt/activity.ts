import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';

/** Turns of the event loop without news after which nothing can come any more without the clock. */
const IDLE_TURNS = 8;
/** Real time after which something is stuck. */
const LIMIT_MS = 30_000;

/**
 * Knows what a session has under way in real time: reads and writes of files, models in other threads.
 *
 * Everything else runs in promises, which settle within one turn of the event loop, or waits for the fake clock.
 */
export class Activity {
  #underWay = 0;
  #steps = 0;

  /** Counts `action` as under way until it has settled. */
  async track<T>(action: () => Promise<T> | T): Promise<T> {
    this.#underWay++;
    try {
      return await action();
    } finally {
      this.#underWay--;
      this.#steps++;
    }
  }

  /** Resolves when nothing can go on by itself. @throws {MillraceError} `TIMEOUT` after 30 s of real time. */
  async rest(): Promise<void> {
    const deadline = systemClock.monotonic() + LIMIT_MS;
    let seen = this.#steps;
    for (let idle = 0; idle < IDLE_TURNS;) {
      await (this.#underWay > 0 ? systemClock.sleep(1) : turn());
      idle = this.#underWay === 0 && this.#steps === seen ? idle + 1 : 0;
      seen = this.#steps;
      if (systemClock.monotonic() > deadline) throw stuck('the jobs did not come to rest');
    }
  }
}

/** What `action` gives. @throws {MillraceError} `TIMEOUT` when it has not settled after 30 s of real time. */
export async function inTime<T>(what: string, action: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = systemClock.sleep(LIMIT_MS, timer.signal).then(
    () => {
      throw stuck(`${what} did not come to an end`);
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([action, late]);
  } finally {
    timer.abort();
  }
}

function stuck(message: string): MillraceError {
  return new MillraceError({ code: 'TIMEOUT', message });
}

function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
