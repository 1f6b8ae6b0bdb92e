import { setMaxListeners } from 'node:events';
import type { Clock } from '../common/clock.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import type { Logger } from '../common/logger.js';
import { sliceBatch, type Batch } from '../spec/batch.js';
import type { OutputColumn } from '../spec/call-metadata.js';
import type { LimitStore } from '../spec/limit-store.js';
import type { Model, ModelResult, Usage } from '../spec/provider.js';
import { Attempts } from './attempts.js';
import { BatchLanes } from './batch-lanes.js';
import { gatherRows, type RowRange } from './batcher.js';
import type { Budget, Reservation } from './budget.js';
import type { CallFacts } from './call-facts.js';
import type { CallObserver } from './call-observer.js';
import { joinProgress, NO_PROGRESS, type CallProgress } from './call-progress.js';
import { checkResult, type CheckedResult } from './check-result.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { interrupted } from './interrupted.js';
import type { LimiterPool } from './limiter-pool.js';
import type { Admission, LimiterUser } from './limiter.js';
import type { RuntimeSettings } from './options.js';
import { costNanos, type ModelPrice } from './model-price.js';
import { concernsEveryRow, outcomeOf } from './outcomes.js';
import { RetryLoop } from './retry.js';
import { countRows, pickRanges, sliceRanges } from './row-ranges.js';
import type { CallStage, OnSend, Settled } from './settled.js';
import { Submission } from './submission.js';
import { TokenMeter } from './token-meter.js';
import type { UsageCounter } from './usage.js';

export interface DispatcherInit {
  /** Stays the caller's: close it after the dispatcher. */
  readonly model: Model;
  /** The model's name. */
  readonly name: string;
  /** The OUTPUT columns that the model fills. */
  readonly answers: readonly OutputColumn[];
  readonly settings: RuntimeSettings;
  /** Whether a row without an answer is the end of the job, so that nothing need be done for the others. */
  readonly stopsJob: boolean;
  readonly limiters: LimiterPool;
  /** Buckets that other processes take from too; absent for none. */
  readonly limitStore: LimitStore | undefined;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Unique ids of calls, such as UUIDs. */
  readonly ids: () => string;
  readonly usage: UsageCounter;
  readonly log: Logger;
  readonly observer: CallObserver;
  /** Absent where no price is known. */
  readonly price: ModelPrice | undefined;
  /** Shared by all call sites of the model; absent for no bound. */
  readonly budget: Budget | undefined;
}

/** Rows that go to the model together. */
interface Call {
  readonly ranges: readonly RowRange<Submission>[];
  readonly progress: CallProgress;
  /** Where rows without a readable answer come from, for the lanes behind it. */
  readonly lane: number;
}

/** The stage at the model: rows gather into calls, calls wait for the limiter, and failed attempts are made again. */
export class Dispatcher implements CallStage {
  readonly #init: DispatcherInit;
  readonly #lanes: BatchLanes<Submission>;
  readonly #breaker: CircuitBreaker;
  readonly #limiter: LimiterUser;
  readonly #meter: TokenMeter;
  readonly #retry: RetryLoop;
  readonly #attempts: Attempts;
  /** Aborted when no call may start any more: calls that wait for their next attempt are given up. */
  readonly #pausing = new AbortController();
  #isClosed = false;
  #hasComplained = false;
  #endBudgetWait: (() => void) | undefined;
  readonly #open = new Set<Submission>();
  readonly #running = new Set<Promise<void>>();
  readonly #unwatch: () => void;

  constructor(init: DispatcherInit) {
    const { model, name, settings, limiters, clock, random, usage, log } = init;
    const { maxCalls, batchSize, batchTimeoutMs, retry } = settings;
    // Every call that waits listens to it.
    setMaxListeners(0, this.#pausing.signal);
    this.#init = init;
    this.#meter = new TokenMeter(model.tokens);
    this.#lanes = new BatchLanes({
      size: batchSize,
      fallback: settings.batchFallback,
      weight: this.#weight(),
      timeoutMs: batchTimeoutMs,
      clock,
      onDue: () => this.#pump(),
    });
    this.#breaker = new CircuitBreaker({
      clock,
      onChange: state => log.warn(`the circuit breaker of batches is ${state}`, { model: name, rows: batchSize }),
    });
    this.#limiter = limiters.join({
      quota: model.quota,
      model: name,
      maxCalls,
      limits: settings.limits,
      initialWaitMs: retry.initialDelayMs,
      maxWaitMs: retry.maxDelayMs,
      store: init.limitStore,
      onRoom: () => this.#pump(),
    });
    this.#retry = new RetryLoop({
      settings: retry,
      limiter: this.#limiter,
      meter: this.#meter,
      clock,
      random,
      usage,
      observer: init.observer,
      signal: this.#pausing.signal,
    });
    this.#attempts = new Attempts(clock);
    const { state } = this.#limiter;
    this.#unwatch = init.observer.opened({ concurrencyLimit: () => state.concurrency, buckets: () => state.levels() });
  }

  submit(inputs: Batch, onSend?: OnSend): Promise<Settled> {
    if (this.#isClosed) return Promise.reject(interrupted(this.#init.name));
    const settled = new Promise<Settled>((resolve, reject) => {
      const submission = new Submission({
        inputs,
        submittedAt: this.#init.clock.monotonic(),
        onSend,
        resolve: all => {
          this.#open.delete(submission);
          resolve(all);
        },
        reject: error => {
          this.#open.delete(submission);
          reject(error);
        },
      });
      this.#open.add(submission);
      if (!this.#pausing.signal.aborted) this.#lanes.add({ submission, from: 0, to: inputs.rowCount });
    });
    this.#pump();
    return settled;
  }

  barrier(): void {}

  flush(): void {
    this.#lanes.flush();
    this.#pump();
  }

  async pause(): Promise<void> {
    this.#pausing.abort(interrupted(this.#init.name));
    this.#lanes.clear();
    this.#limiter.close();
    this.#endBudgetWait?.();
    await Promise.all(this.#running);
  }

  async close(): Promise<void> {
    const reason = interrupted(this.#init.name);
    this.#isClosed = true;
    this.#pausing.abort(reason);
    this.#lanes.clear();
    this.#limiter.close();
    this.#endBudgetWait?.();
    for (const submission of this.#open) submission.fail(reason);
    await this.#attempts.abort(reason);
    await Promise.all(this.#running);
    this.#unwatch();
  }

  #weight() {
    const { tokens } = this.#init.model;
    if (tokens?.maxOfCall === undefined || this.#init.settings.batchSize === 1) return undefined;
    const most = tokens.maxOfCall - tokens.ofCall;
    return { most, of: ({ inputs }: Submission, row: number) => tokens.ofRow(inputs, row) + tokens.outputOfRow };
  }

  /** Sends calls as long as there are rows and room. */
  #pump(): void {
    const { settings, budget } = this.#init;
    if (this.#pausing.signal.aborted) return;
    this.#endBudgetWait?.();
    this.#endBudgetWait = undefined;
    if (settings.batchSize > 1) this.#lanes.resize(this.#breaker.isOpen ? 1 : settings.batchSize);
    for (let next = this.#lanes.peek(); next !== undefined; next = this.#lanes.peek()) {
      const need = this.#meter.needOf(next.ranges);
      const reservation = budget?.reserve(need);
      if (budget && !reservation) {
        if (!this.#giveUpSpent(budget, next)) return;
        continue;
      }
      const admission = this.#limiter.tryEnter(need);
      if (admission === undefined) {
        if (reservation) budget?.release(reservation);
        return;
      }
      const ranges = this.#lanes.take(next.lane);
      this.#start({ ranges, progress: joinProgress(ranges.map(({ progress }) => progress)), lane: next.lane }, { admission, reservation });
    }
  }

  /** Whether the rows of a call that the budget does not allow have been given up; otherwise they wait for room. */
  #giveUpSpent(budget: Budget, { lane }: { readonly lane: number }): boolean {
    if (budget.action === 'pause' || !budget.isSpent) {
      this.#endBudgetWait ??= budget.onRoom(() => this.#pump());
      return false;
    }
    const ranges = this.#lanes.take(lane);
    const call: Call = { ranges, progress: NO_PROGRESS, lane };
    this.#settle(ranges, budget.failure(), this.#facts(call, { rowsOfCall: countRows(ranges) }));
    return true;
  }

  #start(call: Call, { admission, reservation }: { readonly admission: Admission; readonly reservation: Reservation | undefined }): void {
    const running = this.#run(call, admission).finally(() => {
      this.#running.delete(running);
      if (reservation) this.#init.budget?.release(reservation);
    });
    this.#running.add(running);
  }

  /** Sees a call through until each of its rows has its fate or waits in another lane. Never rejects. */
  async #run(call: Call, admission?: Admission): Promise<void> {
    const { model, ids, clock, observer } = this.#init;
    const rowCount = countRows(call.ranges);
    const submittedAt = Math.min(...call.ranges.map(({ submission }) => submission.submittedAt));
    observer.queued({ rowCount, waitedMs: clock.monotonic() - submittedAt });
    const inputs = gatherRows(call.ranges);
    const callId = ids();
    let { progress } = call;
    try {
      const sending = call.ranges.map(({ submission }) => submission.send()).filter(each => each !== undefined);
      if (sending.length > 0) await Promise.all(sending);
      const ended = await this.#retry.run({
        attempt: async (timeoutMs, rejection) => {
          const result = await this.#attempts.run(signal => model.predict(inputs, { signal, callId, rejection }), timeoutMs);
          // Before the next call is admitted, which the budget may not allow any more.
          if (result.usage) this.#charge(result.usage);
          return result;
        },
        need: this.#meter.needOf(call.ranges),
        rowCount,
        progress,
        admission,
      });
      progress = ended.progress;
      observer.callEnded({ rowCount, totalMs: clock.monotonic() - submittedAt, failure: ended.failure });
      if (ended.failure) await this.#handleFailure({ ...call, progress }, ended.failure);
      else await this.#accept({ ...call, progress }, ended.answer, rowCount);
    } catch (thrown) {
      await this.#handleFailure({ ...call, progress }, toMillraceError(thrown));
    }
  }

  async #accept(call: Call, result: ModelResult, rowCount: number): Promise<void> {
    const { answers, usage, price } = this.#init;
    const nanos = price && result.usage && costNanos(result.usage, price);
    const checked = checkResult(result, rowCount, answers);
    const { failures } = checked;
    const facts = this.#facts(call, { ...result, costNanos: nanos, rowsOfCall: checked.outputs.rowCount + failures.size });
    if (rowCount > 1 && call.lane === 0) this.#breaker.record(countBad(failures) * 2 <= rowCount);
    this.#deliver(call, checked, facts);
    if (checked.outputs.rowCount > 0) usage.answered(call.progress.spentMs);
    if (failures.size > 0) await this.#handleFailures(call, failures, facts);
  }

  /** Counts tokens and money; bad answers are paid for too. */
  #charge(used: Usage): void {
    const { price, budget, usage } = this.#init;
    const nanos = price && costNanos(used, price);
    usage.charged(used, nanos);
    budget?.charge(used, nanos ?? 0);
  }

  #facts({ progress }: Call, told: Pick<CallFacts, 'usage' | 'costNanos' | 'requestId' | 'rowsOfCall'>): CallFacts {
    const { model, clock } = this.#init;
    const lastAt = clock.now();
    return {
      version: model.version,
      attempts: progress.attempts,
      spentMs: progress.spentMs,
      firstAt: progress.firstAt ?? lastAt,
      lastAt,
      usage: told.usage,
      costNanos: told.costNanos,
      requestId: told.requestId,
      rowsOfCall: told.rowsOfCall,
      firstRow: 0,
      isCached: false,
    };
  }

  /** Hands each submission its part of the answers. */
  #deliver({ ranges }: Call, { outputs, inputOf, failures }: CheckedResult, facts: CallFacts): void {
    let start = 0;
    let outputFrom = 0;
    for (const { submission, from, to } of ranges) {
      const end = start + to - from;
      const outputTo = inputOf === undefined ? Math.min(end, outputs.rowCount) : firstAtLeast(inputOf, end, outputFrom);
      const failed = countFailures(failures, start, end);
      if (outputTo > outputFrom) {
        const rows = inputOf?.subarray(outputFrom, outputTo).map(row => row - start + from);
        const answers = sliceBatch(outputs, outputFrom, outputTo);
        submission.answer(end - start - failed, {
          answers,
          from: rows?.[0] ?? from,
          rows,
          facts: outputFrom === 0 ? facts : { ...facts, firstRow: outputFrom },
        });
      }
      start = end;
      outputFrom = outputTo;
    }
  }

  /** Rows without an answer in a call that succeeded: those that may are called again, the others have failed. */
  async #handleFailures(call: Call, failures: CheckedResult['failures'], facts: CallFacts): Promise<void> {
    const again: number[] = [];
    let delayMs = 0;
    let progress = call.progress;
    for (const [row, failure] of [...failures].toSorted(([a], [b]) => a - b)) {
      if (this.#askInLane(call, row, failure)) continue;
      const retry = this.#retry.next(failure, call.progress);
      if (retry === undefined) this.#settle(pickRanges(call.ranges, [row]), failure, facts);
      else {
        again.push(row);
        progress = joinProgress([retry.delayMs >= delayMs ? { ...progress, ...retry.progress } : progress, retry.progress]);
        delayMs = Math.max(delayMs, retry.delayMs);
      }
    }
    this.#pump();
    if (again.length === 0) return;
    this.#init.usage.retried();
    const ranges = pickRanges(call.ranges, again);
    try {
      await this.#init.clock.sleep(delayMs, this.#pausing.signal);
    } catch (thrown) {
      this.#settle(ranges, toMillraceError(thrown), facts);
      return;
    }
    await this.#run({ ...call, ranges, progress });
  }

  /** Whether a row that a call of several rows left without a readable answer waits in the next lane now. */
  #askInLane(call: Call, row: number, failure: MillraceError): boolean {
    const { settings, usage } = this.#init;
    if (settings.batchSize === 1 || failure.code !== 'BAD_ANSWER' || failure.retry === 'never') return false;
    const isAfterBatch = call.lane > 0 || countRows(call.ranges) > 1;
    if (!isAfterBatch || !this.#lanes.hasLaneAfter(call.lane) || this.#pausing.signal.aborted) return false;
    usage.retried();
    // A row alone is the last thing to try: it is not asked for once more.
    const progress: CallProgress = { ...call.progress, askedAgain: true, rejection: failure.message };
    for (const range of pickRanges(call.ranges, [row])) this.#lanes.addAfter(call.lane, { ...range, progress });
    return true;
  }

  /** A call that failed as a whole: cut in two where that can help, else all its rows have failed. */
  async #handleFailure(call: Call, failure: MillraceError): Promise<void> {
    const { ranges } = call;
    const rowCount = countRows(ranges);
    if (rowCount === 1 || outcomeOf(failure, this.#init.settings.retry.retryStatuses) !== 'split') {
      this.#settle(ranges, failure, this.#facts(call, { rowsOfCall: rowCount }));
      return;
    }
    this.#init.usage.split();
    const middle = Math.ceil(rowCount / 2);
    // One half after the other: where every row is refused and stops the job, few calls find it out.
    for (const half of [sliceRanges(ranges, 0, middle), sliceRanges(ranges, middle, rowCount)]) {
      const alive = half.filter(({ submission }) => !submission.settled);
      if (alive.length > 0) await this.#run({ ...call, ranges: alive, progress: NO_PROGRESS });
    }
  }

  /** The end of rows that have no answer. A defect is no matter of `on-error`; rows that were given up stay open until `close`. */
  #settle(ranges: readonly RowRange<Submission>[], failure: MillraceError, facts: CallFacts): void {
    if (failure.code === 'INTERRUPTED' && this.#pausing.signal.aborted) return;
    const { usage, name, stopsJob } = this.#init;
    usage.failed(failure);
    this.#complain(failure);
    const isEnd = stopsJob || failure.code === 'INTERNAL' || failure.code === 'INTERRUPTED' || this.#endsJob(failure);
    if (isEnd) usage.rows('failed', countRows(ranges));
    let row = 0;
    for (const { submission, from, to } of ranges) {
      if (isEnd) submission.fail(failure.within({ model: name }));
      else submission.give({ from, to, failure, facts: { ...facts, firstRow: row } });
      row += to - from;
    }
  }

  /** A budget that shall stop the job does so whatever `on-error` says. */
  #endsJob({ code }: MillraceError): boolean {
    return code === 'BUDGET_SPENT' && this.#init.budget?.action === 'fail';
  }

  /** What is wrong with every row is said once, and clearly. */
  #complain(failure: MillraceError): void {
    const { log, name, stopsJob } = this.#init;
    if (this.#hasComplained || stopsJob || !concernsEveryRow(failure)) return;
    this.#hasComplained = true;
    log.error(`the service refuses every call: ${failure.message}`, { model: name, status: failure.context.httpStatus });
  }
}

function countBad(failures: CheckedResult['failures']): number {
  let count = 0;
  for (const { code } of failures.values()) if (code === 'BAD_ANSWER') count++;
  return count;
}

/** Index of the first value of at least `bound` in ascending `values`, from `start`. */
function firstAtLeast(values: Uint32Array, bound: number, start: number): number {
  let at = start;
  while (at < values.length && values[at]! < bound) at++;
  return at;
}

function countFailures(failures: ReadonlyMap<number, MillraceError>, from: number, to: number): number {
  let count = 0;
  for (const row of failures.keys()) if (row >= from && row < to) count++;
  return count;
}
