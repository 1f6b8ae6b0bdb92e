import type { Clock } from '../common/clock.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import { formatDuration } from '../common/duration.js';
import type { Admission, Limiter } from './limiter.js';
import type { RetrySettings } from './options.js';
import { outcomeOf } from './outcomes.js';
import { MAX_TIMER_MS } from './timer-limit.js';
import type { UsageCounter } from './usage.js';

/** What a call has used up of its retries. Goes along when a part of its rows is called again. */
export interface CallProgress {
  /** Attempts that count: throttled ones do not. */
  readonly attempts: number;
  /** Time of those attempts and of the waits between them. */
  readonly spentMs: number;
  /** Whether a bad answer has been asked for again. */
  readonly askedAgain: boolean;
}

export const NO_PROGRESS: CallProgress = { attempts: 0, spentMs: 0, askedAgain: false };

export interface RetryInit {
  readonly settings: RetrySettings;
  readonly limiter: Limiter;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly usage: UsageCounter;
  /** Aborted when no attempt may start any more. */
  readonly signal: AbortSignal;
}

export interface RetriedCall<Answer> {
  /** One attempt, to be given up after `timeoutMs`. */
  readonly attempt: (timeoutMs: number) => Promise<Answer>;
  readonly progress: CallProgress;
  /** For the first attempt; without it the call waits its turn. */
  readonly admission?: Admission | undefined;
}

/** How a call ended: with an answer, or with the failure after which it was given up. */
export type RetriedResult<Answer> = (
  | { readonly answer: Answer; readonly failure?: undefined }
  | { readonly answer?: undefined; readonly failure: MillraceError }
) & {
  readonly progress: CallProgress;
};

/** The next attempt of a call, if it gets one. */
export interface Retry {
  readonly delayMs: number;
  readonly progress: CallProgress;
}

/** The one retry loop: every attempt of every call goes through `run`. */
export class RetryLoop {
  readonly #init: RetryInit;

  constructor(init: RetryInit) {
    this.#init = init;
  }

  /**
   * Attempts until there is an answer. Throttled attempts wait at the limiter and do not count; failed ones wait with
   * exponential backoff and full jitter, at least as long as the service asks.
   *
   * @returns the answer, or the last failure, with a note where there were several attempts.
   * @throws the reason of `signal` once that is aborted.
   */
  async run<Answer>({ attempt, progress: before, admission: first }: RetriedCall<Answer>): Promise<RetriedResult<Answer>> {
    const { limiter, clock, usage, settings, signal } = this.#init;
    let progress = before;
    for (let admission = first; ; admission = undefined) {
      admission ??= await limiter.enter(signal);
      const startedAt = clock.monotonic();
      usage.attemptStarted();
      let failure: MillraceError;
      try {
        const answer = await attempt(Math.min(settings.attemptMs, settings.totalMs - progress.spentMs));
        limiter.succeeded();
        return { answer, progress: counted(progress, clock.monotonic() - startedAt) };
      } catch (thrown) {
        failure = toMillraceError(thrown);
        if (this.#isThrottle(failure)) limiter.throttled(admission, toldWait(failure));
        else progress = counted(progress, clock.monotonic() - startedAt);
      } finally {
        usage.attemptEnded();
        limiter.leave();
      }
      if (signal.aborted) throw signal.reason;
      if (this.#isThrottle(failure)) {
        usage.throttled();
        continue;
      }
      const retry = this.next(failure, progress);
      if (retry === undefined) return { failure: progress.attempts > 1 ? withNote(failure, progress) : failure, progress };
      usage.retried();
      await clock.sleep(retry.delayMs, signal);
      progress = retry.progress;
    }
  }

  /** When the call may be attempted again after `failure`; `undefined` when it may not. */
  next(failure: MillraceError, progress: CallProgress): Retry | undefined {
    const { settings, random } = this.#init;
    const outcome = outcomeOf(failure, settings.retryStatuses);
    const again = outcome === 'retry' || outcome === 'wait' || (outcome === 'ask-again' && !progress.askedAgain);
    if (!again || progress.attempts > settings.maxRetries) return undefined;
    const bound = Math.min(settings.maxDelayMs, settings.initialDelayMs * settings.multiplier ** (progress.attempts - 1));
    const delayMs = Math.min(Math.max(random() * bound, toldWait(failure) ?? 0), MAX_TIMER_MS);
    const spentMs = progress.spentMs + delayMs;
    if (spentMs >= settings.totalMs) return undefined;
    return { delayMs, progress: { ...progress, spentMs, askedAgain: progress.askedAgain || outcome === 'ask-again' } };
  }

  #isThrottle(failure: MillraceError): boolean {
    return outcomeOf(failure, this.#init.settings.retryStatuses) === 'wait';
  }
}

function counted(progress: CallProgress, elapsedMs: number): CallProgress {
  return { ...progress, attempts: progress.attempts + 1, spentMs: progress.spentMs + elapsedMs };
}

function toldWait({ retry }: MillraceError): number | undefined {
  return typeof retry === 'object' ? retry.afterMs : undefined;
}

function withNote(failure: MillraceError, { attempts, spentMs }: CallProgress): MillraceError {
  const { code, message, retry, notes, context, cause } = failure;
  const note = { message: `gave up after ${attempts} attempts in ${formatDuration(spentMs)}` };
  return new MillraceError({ code, message, retry, context, cause, notes: [...notes, note] });
}
