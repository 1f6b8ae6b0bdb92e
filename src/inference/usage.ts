import type { ErrorCode } from '../common/error-codes.js';
import type { MillraceError } from '../common/error.js';
import type { Usage } from '../spec/provider.js';
import { NANOS_PER_DOLLAR } from './model-price.js';
import { LatencyHistogram, type LatencySummary } from './latency-histogram.js';

/** What became of a submitted row. */
export type RowFate = 'answered' | 'skipped' | 'nulled' | 'deadLettered' | 'failed';

/** Failures of one kind. */
export interface FailureCount {
  readonly calls: number;
  /** The message of the last one. */
  readonly lastMessage: string;
}

/** What a model has done so far. Every number only grows, except `inFlight`. */
export interface ModelUsage {
  /** Calls that ended with answers, for at least one of their rows. */
  readonly answeredCalls: number;
  /** Calls, and rows of an answered call, that were given up, by code. */
  readonly failures: Readonly<Partial<Record<ErrorCode, FailureCount>>>;
  readonly rows: Readonly<Record<RowFate, number>>;
  /** Times that the model was asked, throttled ones included. */
  readonly attempts: number;
  /** Attempts that repeated a failed one. */
  readonly retries: number;
  /** Attempts that the service put off because of its limits. */
  readonly throttles: number;
  /** Calls that were cut in two. */
  readonly splits: number;
  /** Rows answered from the cache, by an equal row in flight, and from the journal of an earlier run. */
  readonly cacheHits: number;
  readonly sharedAnswers: number;
  readonly journalHits: number;
  /** Rows for which the model of `fallback.model` was asked. */
  readonly fallbacks: number;
  readonly inFlight: number;
  readonly maxInFlight: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly reasoningTokens: number;
  /** US dollars; absent where no price of the model is known. */
  readonly cost: number | undefined;
  /** Time of answered calls from their first attempt, without the waits for rate limits. */
  readonly latency: LatencySummary;
}

const NO_SHORTCUTS = { cacheHits: 0, sharedAnswers: 0, journalHits: 0, fallbacks: 0 };

/** Counts for one model; one can serve several predictors. */
export class UsageCounter {
  readonly #latency = new LatencyHistogram();
  readonly #rows: Record<RowFate, number> = { answered: 0, skipped: 0, nulled: 0, deadLettered: 0, failed: 0 };
  readonly #failures = new Map<ErrorCode, FailureCount>();
  #nanos: number | undefined;
  readonly #tokens = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0 };
  readonly #counts = { answeredCalls: 0, attempts: 0, retries: 0, throttles: 0, splits: 0, ...NO_SHORTCUTS, inFlight: 0, maxInFlight: 0 };

  attemptStarted(): void {
    this.#counts.attempts++;
    this.#counts.inFlight++;
    this.#counts.maxInFlight = Math.max(this.#counts.maxInFlight, this.#counts.inFlight);
  }

  attemptEnded(): void {
    this.#counts.inFlight--;
  }

  retried(): void {
    this.#counts.retries++;
  }

  throttled(): void {
    this.#counts.throttles++;
  }

  split(): void {
    this.#counts.splits++;
  }

  cacheHit(): void {
    this.#counts.cacheHits++;
  }

  shared(): void {
    this.#counts.sharedAnswers++;
  }

  journalHit(): void {
    this.#counts.journalHits++;
  }

  fellBack(rowCount: number): void {
    this.#counts.fallbacks += rowCount;
  }

  answered(spentMs: number): void {
    this.#counts.answeredCalls++;
    this.#latency.record(spentMs);
  }

  /** Tokens are counted for bad answers too: they are paid for. */
  /** @param nanos what they cost, in billionths of a US dollar; absent where no price is known. */
  charged(usage: Usage, nanos?: number): void {
    if (nanos !== undefined) this.#nanos = (this.#nanos ?? 0) + nanos;
    this.#tokens.inputTokens += usage.inputTokens;
    this.#tokens.outputTokens += usage.outputTokens;
    this.#tokens.cachedInputTokens += usage.cachedInputTokens ?? 0;
    this.#tokens.reasoningTokens += usage.reasoningTokens ?? 0;
  }

  failed(error: MillraceError): void {
    const calls = (this.#failures.get(error.code)?.calls ?? 0) + 1;
    this.#failures.set(error.code, { calls, lastMessage: error.message });
  }

  rows(fate: RowFate, count: number): void {
    this.#rows[fate] += count;
  }

  snapshot(): ModelUsage {
    return {
      ...this.#counts,
      ...this.#tokens,
      cost: this.#nanos === undefined ? undefined : this.#nanos / NANOS_PER_DOLLAR,
      rows: { ...this.#rows },
      failures: Object.fromEntries(this.#failures),
      latency: this.#latency.summary(),
    };
  }
}
