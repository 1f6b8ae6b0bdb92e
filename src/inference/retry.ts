import type { Clock } from '../common/clock.js';
import { formatDuration } from '../common/duration.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import type { ModelResult } from '../spec/provider.js';
import type { CallObserver } from './call-observer.js';
import type { CallProgress } from './call-progress.js';
import type { Admission, CallEnd, LimiterUser } from './limiter.js';
import type { RetrySettings } from './options.js';
import { outcomeOf } from './outcomes.js';
import { MAX_TIMER_MS } from './timer-limit.js';
import type { Need, TokenMeter } from './token-meter.js';
import type { UsageCounter } from './usage.js';

export interface RetryInit {
  readonly settings: RetrySettings;
  readonly limiter: LimiterUser;
  readonly meter: TokenMeter;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly usage: UsageCounter;
  readonly observer: CallObserver;
  /** Aborted when no attempt may start any more. */
  readonly signal: AbortSignal;
}

export interface RetriedCall {
  /** One attempt, to be given up after `timeoutMs`; the model is told of `rejection`. */
  readonly attempt: (timeoutMs: number, rejection: string | undefined) => Promise<ModelResult>;
  readonly need: Need;
  readonly rowCount: number;
  readonly progress: CallProgress;
  /** For the first attempt; without it the call waits its turn. */
  readonly admission?: Admission | undefined;
}

/** How a call ended: with an answer, or with the failure after which it was given up. */
export type RetriedResult = (
  | { readonly answer: ModelResult; readonly failure?: undefined }
  | { readonly answer?: undefined; readonly failure: MillraceError }
) & {
  readonly progress: CallProgress;
};

/** The next attempt of a call, if it gets one. */
export interface Retry {
  readonly delayMs: number;
  readonly progress: CallProgress;
}

/** What one attempt came to. */
type Attempted =
  | { readonly answer: ModelResult; readonly failure?: undefined }
  | { readonly answer?: undefined; readonly failure: MillraceError };

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
  async run(call: RetriedCall): Promise<RetriedResult> {
    const { limiter, clock, usage, settings, signal } = this.#init;
    let progress: CallProgress = { ...call.progress, firstAt: call.progress.firstAt ?? clock.now() };
    let admission = this.#atOnce(call.admission) ?? (await this.#ready(call.admission ?? limiter.enter(call.need, signal)));
    let heldSince: number | undefined;
    for (;;) {
      const startedAt = clock.monotonic();
      const { answer, failure } = await this.#attempt(call, progress, admission);
      const elapsedMs = clock.monotonic() - startedAt;
      if (answer !== undefined) return { answer, progress: counted(progress, elapsedMs) };
      if (signal.aborted) throw signal.reason;
      const outcome = outcomeOf(failure, settings.retryStatuses);
      if (outcome === 'wait' || outcome === 'pause') {
        usage.throttled();
        heldSince ??= startedAt;
        const boundMs = outcome === 'wait' ? settings.throttleMs : settings.totalMs - progress.spentMs;
        const next = await this.#enterWithin(boundMs - (clock.monotonic() - heldSince), call.need);
        if (next === undefined) return { failure: heldTooLong(failure, boundMs), progress };
        admission = await this.#ready(next);
        continue;
      }
      heldSince = undefined;
      progress = counted(progress, elapsedMs);
      const retry = this.next(failure, progress, call.rowCount);
      if (retry === undefined) return { failure: progress.attempts > 1 ? withNote(failure, progress) : failure, progress };
      usage.retried();
      await clock.sleep(retry.delayMs, signal);
      progress = retry.progress;
      admission = await this.#ready(limiter.enter(call.need, signal));
    }
  }

  /**
   * When a call of `rowCount` rows may be attempted again after `failure`; `undefined` when it may not. A model that was lost
   * in a call of several rows may have been lost by one of them, so such a call is cut in two and only a row alone is tried again.
   */
  next(failure: MillraceError, progress: CallProgress, rowCount = 1): Retry | undefined {
    const { settings, random } = this.#init;
    const outcome = outcomeOf(failure, settings.retryStatuses);
    const isLost = outcome === 'split' && rowCount === 1 && failure.code === 'PREDICTION_FAILED' && failure.retry !== 'never';
    const again = outcome === 'retry' || outcome === 'wait' || (outcome === 'ask-again' && !progress.askedAgain) || isLost;
    if (!again || progress.attempts > settings.maxRetries) return undefined;
    const bound = Math.min(settings.maxDelayMs, settings.initialDelayMs * settings.multiplier ** (progress.attempts - 1));
    const delayMs = Math.min(Math.max(random() * bound, toldWait(failure) ?? 0), MAX_TIMER_MS);
    const spentMs = progress.spentMs + delayMs;
    if (spentMs >= settings.totalMs) return undefined;
    const asked = outcome === 'ask-again' ? { askedAgain: true, rejection: failure.message } : {};
    return { delayMs, progress: { ...progress, spentMs, ...asked } };
  }

  /** An admission that need not wait, so that its call leaves in the same turn. */
  #atOnce(admission: Admission | undefined): Admission | undefined {
    if (admission === undefined || admission.ready) return undefined;
    this.#init.observer.admitted(0);
    return admission;
  }

  /** Waits for an admission, and for what it takes out of buckets that other processes use too. */
  async #ready(admitted: Admission | Promise<Admission>): Promise<Admission> {
    const { limiter, clock, observer } = this.#init;
    const startedAt = clock.monotonic();
    const admission = await admitted;
    try {
      await admission.ready;
    } catch (thrown) {
      limiter.leave(admission, { kind: 'failed' });
      throw thrown;
    }
    observer.admitted(clock.monotonic() - startedAt);
    return admission;
  }

  /** One attempt under an admission, which it gives back. */
  async #attempt({ attempt, need, rowCount }: RetriedCall, progress: CallProgress, admission: Admission): Promise<Attempted> {
    const { limiter, meter, usage, settings, observer, clock } = this.#init;
    let end: CallEnd = { kind: 'failed' };
    const startedAt = clock.monotonic();
    usage.attemptStarted();
    try {
      const answer = await attempt(Math.min(settings.attemptMs, settings.totalMs - progress.spentMs), progress.rejection);
      const { rateLimit, usage: used } = answer;
      end = { kind: 'answered', rateLimit, excess: used && meter.correct(need, rowCount, used) };
      observer.attemptEnded({ rowCount, durationMs: clock.monotonic() - startedAt, usage: used });
      return { answer };
    } catch (thrown) {
      const failure = toMillraceError(thrown);
      end = this.#endOf(failure);
      observer.attemptEnded({ rowCount, durationMs: clock.monotonic() - startedAt, failure });
      return { failure };
    } finally {
      usage.attemptEnded();
      limiter.leave(admission, end);
    }
  }

  #endOf(failure: MillraceError): CallEnd {
    const { settings } = this.#init;
    const outcome = outcomeOf(failure, settings.retryStatuses);
    if (outcome === 'wait') return { kind: 'throttled', afterMs: toldWait(failure) };
    return outcome === 'pause' ? { kind: 'paused', forMs: settings.maxDelayMs } : { kind: 'failed' };
  }

  /** The next admission; `undefined` when there is none within `boundMs`. @throws the reason of the signal. */
  async #enterWithin(boundMs: number, need: Need): Promise<Admission | undefined> {
    const { limiter, clock, signal } = this.#init;
    if (boundMs === Infinity) return limiter.enter(need, signal);
    if (boundMs <= 0) return undefined;
    const waiting = new AbortController();
    const onAbort = (): void => waiting.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const cancelTimer = clock.setTimer(Math.min(Math.ceil(boundMs), MAX_TIMER_MS), () => waiting.abort(TOO_LONG));
    try {
      return await limiter.enter(need, waiting.signal);
    } catch (thrown) {
      if (thrown === TOO_LONG) return undefined;
      throw thrown;
    } finally {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
    }
  }
}

const TOO_LONG = Symbol('too long');

function counted(progress: CallProgress, elapsedMs: number): CallProgress {
  return { ...progress, attempts: progress.attempts + 1, spentMs: progress.spentMs + elapsedMs };
}

function toldWait({ retry }: MillraceError): number | undefined {
  return typeof retry === 'object' ? retry.afterMs : undefined;
}

function withNote(failure: MillraceError, { attempts, spentMs }: CallProgress): MillraceError {
  return noted(failure, `gave up after ${attempts} attempts in ${formatDuration(spentMs)}`);
}

function heldTooLong(failure: MillraceError, boundMs: number): MillraceError {
  return noted(failure, `gave up after the service had put the call off for ${formatDuration(Math.max(0, boundMs))}`);
}

function noted(failure: MillraceError, message: string): MillraceError {
  const { code, message: reason, retry, notes, context, cause } = failure;
  return new MillraceError({ code, message: reason, retry, context, cause, notes: [...notes, { message }] });
}
