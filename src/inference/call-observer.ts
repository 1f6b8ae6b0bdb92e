import type { MillraceError } from '../common/error.js';
import type { LimitKind, Usage } from '../spec/provider.js';

/** A call whose rows have been cut off. They are as late as can be, so that a call that waits keeps filling. */
export interface QueuedCall {
  readonly rowCount: number;
  /** How long its oldest row has waited for the others, and for the limiter to let the call start. */
  readonly waitedMs: number;
}

/** One request and what came of it. */
export interface EndedAttempt {
  readonly rowCount: number;
  /** From the request to the answer or the failure, without the wait for admission. */
  readonly durationMs: number;
  /** Tokens, where the answer told them: bad answers are paid for too. */
  readonly usage?: Usage | undefined;
  /** Absent for an answer that was taken. */
  readonly failure?: MillraceError | undefined;
}

/** A call after its last attempt. The halves of a call that was split are calls of their own. */
export interface EndedCall {
  readonly rowCount: number;
  /** From the submission of its oldest row, with all waits and retries. */
  readonly totalMs: number;
  /** Absent where at least one row was answered. */
  readonly failure?: MillraceError | undefined;
}

/** What is left of a bucket. */
export interface BucketLevel {
  readonly kind: LimitKind;
  /** Below 0 where a call used more than was foreseen. */
  readonly level: number;
  readonly perMinute: number;
}

/** What the limits of a predictor are at this moment. Read when somebody looks at the metrics, so it costs calls nothing. */
export interface LimitGauges {
  /** Calls that may be in flight now. */
  concurrencyLimit(): number;
  /** The buckets that are known, from options or from headers. */
  buckets(): readonly BucketLevel[];
}

/**
 * Watches the calls of one model. Counts stand in `UsageCounter` and are not told here: only what has a distribution is.
 *
 * Every method is called on the path of a call, so it returns at once and never throws. Durations are milliseconds of the
 * monotonic clock.
 */
export interface CallObserver {
  /** A call has been cut off from the rows that wait. Not called again for its retries. */
  queued(call: QueuedCall): void;
  /** An attempt may start. @param waitedMs how long it stood at the limiter; 0 for the first one, whose rows have waited before they were cut off. */
  admitted(waitedMs: number): void;
  /** An attempt is over, a throttled one too. */
  attemptEnded(attempt: EndedAttempt): void;
  /** A call is over. */
  callEnded(call: EndedCall): void;
  /**
   * A predictor has opened.
   *
   * @param gauges stay readable until the returned function is called; the same object for predictors that share their limits.
   * @returns to be called once, when the predictor closes.
   */
  opened(gauges: LimitGauges): () => void;
}

/** Where nobody looks. */
export const NO_OBSERVER: CallObserver = {
  queued() {},
  admitted() {},
  attemptEnded() {},
  callEnded() {},
  opened: () => () => {},
};
