import type { Clock } from '../common/clock.js';
import { formatDuration } from '../common/duration.js';
import { MillraceError } from '../common/error.js';
import { MAX_TIMER_MS } from './timer-limit.js';

/** The attempts that are running, each with its own deadline and AbortSignal. */
export class Attempts {
  readonly #clock: Clock;
  readonly #running = new Map<AbortController, Promise<unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs `call` until it settles, `timeoutMs` have passed (`TIMEOUT`, `retry: 'backoff'`), or `abort`. Its signal is
   * aborted in the last two cases; a call that goes on regardless is no longer waited for.
   */
  run<Answer>(call: (signal: AbortSignal) => Promise<Answer>, timeoutMs: number): Promise<Answer> {
    const controller = new AbortController();
    const { signal } = controller;
    return new Promise<Answer>((resolve, reject) => {
      const cancelTimer = this.#clock.setTimer(Math.min(Math.ceil(timeoutMs), MAX_TIMER_MS), () =>
        controller.abort(timeoutError(timeoutMs)),
      );
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      const settled = (async () => call(signal))()
        .then(resolve, reject)
        .finally(() => {
          cancelTimer();
          this.#running.delete(controller);
        });
      this.#running.set(controller, settled);
    });
  }

  /** Aborts every attempt with `reason` and waits until all calls have settled. */
  async abort(reason: MillraceError): Promise<void> {
    const settled = [...this.#running.values()];
    for (const controller of this.#running.keys()) controller.abort(reason);
    await Promise.all(settled);
  }
}

function timeoutError(timeoutMs: number): MillraceError {
  return new MillraceError({ code: 'TIMEOUT', message: `no answer within ${formatDuration(timeoutMs)}`, retry: 'backoff' });
}
