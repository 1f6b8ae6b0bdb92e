import { setMaxListeners } from 'node:events';
import type { Clock } from '../common/clock.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import { batchOfRows, sliceBatch, type Batch } from '../spec/batch.js';
import { answerColumns, hasErrorColumn, type OutputColumn } from '../spec/call-metadata.js';
import type { Prediction, Predictor } from '../spec/predictor.js';
import type { Model, ModelResult, RuntimeDefaults } from '../spec/provider.js';
import { Attempts } from './attempts.js';
import { Batcher, gatherRows, type RowRange } from './batcher.js';
import { answeredBatch, failedBatch, type CallFacts } from './call-facts.js';
import { checkResult, type CheckedResult } from './check-result.js';
import { Limiter, type Admission } from './limiter.js';
import { resolveSettings, type RuntimeOptions, type RuntimeSettings } from './options.js';
import { outcomeOf } from './outcomes.js';
import { NO_PROGRESS, RetryLoop, type CallProgress } from './retry.js';
import { countRows, pickRanges, sliceRanges } from './row-ranges.js';
import { Submission } from './submission.js';
import type { UsageCounter } from './usage.js';

export interface PredictorInit {
  /** Stays the caller's: close it after the predictor. */
  readonly model: Model;
  /** The model's name. */
  readonly name: string;
  /** The OUTPUT columns, those with metadata of the call included. */
  readonly outputs: readonly OutputColumn[];
  readonly options: RuntimeOptions;
  /** The provider's. */
  readonly defaults: RuntimeDefaults;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Unique ids of calls, such as UUIDs. */
  readonly ids: () => string;
  readonly usage: UsageCounter;
}

/**
 * A model behind the runtime: rows gather into calls, calls wait for the limiter, failed attempts are made again, and
 * what fails for good goes the way of `on-error`.
 *
 * @throws {MillraceError} `INVALID_OPTION` for options that contradict each other or the model.
 */
export function createPredictor(init: PredictorInit): Predictor {
  return new Dispatcher(init);
}

/** Rows that go to the model together. */
interface Call {
  readonly ranges: readonly RowRange<Submission>[];
  readonly progress: CallProgress;
}

/** Most rows that may be in flight, whatever the settings: they are in memory and in every checkpoint. */
const MAX_PENDING_ROWS = 65_536;
const MIN_PENDING_LOCAL_ROWS = 1_024;
/**
 * Answers that wait behind a slow one, in multiples of the calls in flight: with ordered output a call that takes n times
 * as long as the others stalls them at n times the concurrency. Measured with `bench/api-model` at p99 = 5 × p50.
 */
const PENDING_CALLS = 16;
/** Local calls take equally long; a few full batches keep the threads busy. */
const PENDING_LOCAL_CALLS = 2;

class Dispatcher implements Predictor {
  readonly name: string;
  readonly ordered: boolean;
  readonly rowsPerSubmission: number;
  readonly maxPendingRows: number;
  readonly #init: PredictorInit;
  /** The OUTPUT columns that the model fills. */
  readonly #answers: readonly OutputColumn[];
  readonly #settings: RuntimeSettings;
  readonly #batcher: Batcher<Submission>;
  readonly #limiter: Limiter;
  readonly #retry: RetryLoop;
  readonly #attempts: Attempts;
  /** Aborted when no call may start any more: calls that wait for their next attempt are given up. */
  readonly #pausing = new AbortController();
  #isClosed = false;
  readonly #open = new Set<Submission>();
  readonly #running = new Set<Promise<void>>();

  constructor(init: PredictorInit) {
    const { model, name, options, defaults, clock, random, usage } = init;
    const settings = resolveSettings({
      model: name,
      options,
      defaults,
      maxInputsPerCall: model.maxInputsPerCall,
      hasErrorColumn: hasErrorColumn(init.outputs),
    });
    const { maxCalls, batchSize, batchTimeoutMs, retry } = settings;
    const pump = (): void => this.#pump();
    // Every call that waits listens to it.
    setMaxListeners(0, this.#pausing.signal);
    this.#init = init;
    this.#answers = answerColumns(init.outputs);
    this.#settings = settings;
    this.#batcher = new Batcher({ size: batchSize, timeoutMs: batchTimeoutMs, clock, onDue: pump });
    this.#limiter = new Limiter({
      maxCalls,
      clock,
      random,
      initialWaitMs: retry.initialDelayMs,
      maxWaitMs: retry.maxDelayMs,
      onRoom: pump,
    });
    this.#retry = new RetryLoop({ settings: retry, limiter: this.#limiter, clock, random, usage, signal: this.#pausing.signal });
    this.#attempts = new Attempts(clock);
    this.name = name;
    this.ordered = settings.ordered;
    this.rowsPerSubmission = defaults.batchSize === 1 ? 1 : batchSize;
    this.maxPendingRows = pendingRows(settings, defaults);
  }

  submit(inputs: Batch): Promise<Prediction> {
    const { outputs } = this.#init;
    if (this.#isClosed) return Promise.reject(interrupted(this.name));
    if (inputs.rowCount === 0) return Promise.resolve({ outputs: batchOfRows(outputs, []) });
    const settled = new Promise<Prediction>((resolve, reject) => {
      const submission = new Submission({
        inputs,
        outputs,
        resolve: prediction => {
          this.#open.delete(submission);
          resolve(prediction);
        },
        reject: error => {
          this.#open.delete(submission);
          reject(error);
        },
      });
      this.#open.add(submission);
      if (!this.#pausing.signal.aborted) this.#batcher.add(submission, inputs.rowCount);
    });
    this.#pump();
    return settled;
  }

  barrier(): void {}

  flush(): void {
    this.#batcher.flush();
    this.#pump();
  }

  async pause(): Promise<void> {
    this.#pausing.abort(interrupted(this.name));
    this.#batcher.clear();
    this.#limiter.close();
    await Promise.all(this.#running);
  }

  async close(): Promise<void> {
    const reason = interrupted(this.name);
    this.#isClosed = true;
    this.#pausing.abort(reason);
    this.#batcher.clear();
    this.#limiter.close();
    for (const submission of this.#open) submission.fail(reason);
    await this.#attempts.abort(reason);
    await Promise.all(this.#running);
  }

  /** Sends calls as long as there are rows and room. */
  #pump(): void {
    while (this.#batcher.isReady()) {
      const admission = this.#limiter.tryEnter();
      if (admission === undefined) return;
      const running = this.#run({ ranges: this.#batcher.take(), progress: NO_PROGRESS }, admission).finally(() =>
        this.#running.delete(running),
      );
      this.#running.add(running);
    }
  }

  /** Sees a call through until each of its rows has its fate. Never rejects. */
  async #run(call: Call, admission?: Admission): Promise<void> {
    const { model, ids } = this.#init;
    const inputs = gatherRows(call.ranges);
    const callId = ids();
    let { progress } = call;
    try {
      const ended = await this.#retry.run({
        attempt: timeoutMs => this.#attempts.run(signal => model.predict(inputs, { signal, callId }), timeoutMs),
        progress,
        admission,
      });
      progress = ended.progress;
      if (ended.failure) await this.#handleFailure({ ...call, progress }, ended.failure);
      else await this.#accept({ ...call, progress }, ended.answer, inputs.rowCount);
    } catch (thrown) {
      await this.#handleFailure({ ...call, progress }, toMillraceError(thrown));
    }
  }

  async #accept(call: Call, result: ModelResult, rowCount: number): Promise<void> {
    const { outputs, usage } = this.#init;
    if (result.usage) usage.charged(result.usage);
    const checked = checkResult(result, rowCount, this.#answers);
    const facts = this.#facts(call, { ...result, rowsOfCall: checked.outputs.rowCount + checked.failures.size });
    this.#deliver(call, { ...checked, outputs: answeredBatch(outputs, checked.outputs, facts) });
    if (checked.outputs.rowCount > 0) usage.answered(call.progress.spentMs);
    await this.#handleFailures(call, checked.failures, facts);
  }

  #facts({ progress }: Call, told: Pick<CallFacts, 'usage' | 'requestId' | 'rowsOfCall'>): CallFacts {
    const { usage, requestId, rowsOfCall } = told;
    const { version } = this.#init.model;
    return { version, attempts: progress.attempts, spentMs: progress.spentMs, usage, requestId, rowsOfCall };
  }

  /** Hands each submission its part of the answers. */
  #deliver({ ranges }: Call, { outputs, inputOf, failures }: CheckedResult): void {
    let start = 0;
    let outputFrom = 0;
    let answered = 0;
    for (const { submission, from, to } of ranges) {
      const end = start + to - from;
      const outputTo = inputOf === undefined ? Math.min(end, outputs.rowCount) : firstAtLeast(inputOf, end, outputFrom);
      const failed = countFailures(failures, start, end);
      if (outputTo > outputFrom) {
        const rows = inputOf?.subarray(outputFrom, outputTo).map(row => row - start + from);
        submission.add(end - start - failed, { outputs: sliceBatch(outputs, outputFrom, outputTo), from: rows?.[0] ?? from, rows });
      }
      answered += end - start - failed;
      start = end;
      outputFrom = outputTo;
    }
    this.#init.usage.rows('answered', answered);
  }

  /** Rows without an answer in a call that succeeded: those that may are called again, the others go to `on-error`. */
  async #handleFailures(call: Call, failures: CheckedResult['failures'], facts: CallFacts): Promise<void> {
    const again: number[] = [];
    let delayMs = 0;
    let progress = call.progress;
    for (const [row, failure] of [...failures].toSorted(([a], [b]) => a - b)) {
      const retry = this.#retry.next(failure, call.progress);
      if (retry === undefined) this.#settle(pickRanges(call.ranges, [row]), failure, facts);
      else {
        again.push(row);
        const askedAgain = progress.askedAgain || retry.progress.askedAgain;
        progress = { ...(retry.delayMs >= delayMs ? retry.progress : progress), askedAgain };
        delayMs = Math.max(delayMs, retry.delayMs);
      }
    }
    if (again.length === 0) return;
    this.#init.usage.retried();
    const ranges = pickRanges(call.ranges, again);
    try {
      await this.#init.clock.sleep(delayMs, this.#pausing.signal);
    } catch (thrown) {
      this.#settle(ranges, toMillraceError(thrown), facts);
      return;
    }
    await this.#run({ ranges, progress });
  }

  /** A call that failed as a whole: cut in two where that can help, else to `on-error`. */
  async #handleFailure(call: Call, failure: MillraceError): Promise<void> {
    const { ranges } = call;
    const rowCount = countRows(ranges);
    if (rowCount === 1 || outcomeOf(failure, this.#settings.retry.retryStatuses) !== 'split') {
      this.#settle(ranges, failure, this.#facts(call, { rowsOfCall: rowCount }));
      return;
    }
    this.#init.usage.split();
    const middle = Math.ceil(rowCount / 2);
    // One half after the other: where every row is refused and stops the job, few calls find it out.
    for (const half of [sliceRanges(ranges, 0, middle), sliceRanges(ranges, middle, rowCount)]) {
      const alive = half.filter(({ submission }) => !submission.settled);
      if (alive.length > 0) await this.#run({ ranges: alive, progress: NO_PROGRESS });
    }
  }

  /** The end of rows that have no answer. A defect is no matter of `on-error`; rows that were given up stay open until `close`. */
  #settle(ranges: readonly RowRange<Submission>[], failure: MillraceError, facts: CallFacts): void {
    if (failure.code === 'INTERRUPTED' && this.#pausing.signal.aborted) return;
    const { usage, outputs, name } = this.#init;
    const rowCount = countRows(ranges);
    const mode = failure.code === 'INTERNAL' || failure.code === 'INTERRUPTED' ? 'fail' : this.#settings.onError;
    usage.failed(failure);
    usage.rows(mode === 'fail' ? 'failed' : mode === 'skip' ? 'skipped' : 'nulled', rowCount);
    for (const { submission, from, to } of ranges) {
      if (mode === 'fail') submission.fail(failure.within({ model: name }));
      else if (mode === 'skip') submission.add(to - from);
      else submission.add(to - from, { outputs: failedBatch(outputs, to - from, facts, failure), from, error: failure.message });
    }
  }
}

function pendingRows({ maxCalls, batchSize }: RuntimeSettings, defaults: RuntimeDefaults): number {
  const isLocal = defaults.batchSize > 1;
  const wanted = isLocal
    ? Math.max(MIN_PENDING_LOCAL_ROWS, PENDING_LOCAL_CALLS * maxCalls * batchSize)
    : PENDING_CALLS * maxCalls * batchSize;
  return Math.max(2 * batchSize, Math.min(wanted, MAX_PENDING_ROWS));
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

function interrupted(model: string): MillraceError {
  return new MillraceError({ code: 'INTERRUPTED', message: 'the job ended before the model answered', context: { model } });
}
