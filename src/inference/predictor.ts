import type { Clock } from '../common/clock.js';
import { SILENT, type Logger } from '../common/logger.js';
import type { AnswerCache } from '../spec/answer-cache.js';
import type { AnswerJournal } from '../spec/answer-journal.js';
import { batchOfRows, type Batch } from '../spec/batch.js';
import { answerColumns, hasErrorColumn, type OutputColumn } from '../spec/call-metadata.js';
import type { LimitStore } from '../spec/limit-store.js';
import type { ModelPins, Prediction, Predictor, RowFailure } from '../spec/predictor.js';
import type { Model, RuntimeDefaults } from '../spec/provider.js';
import { assemblePrediction, type OutputPart } from './assemble-prediction.js';
import type { Budget } from './budget.js';
import { CacheStage, createMemoryCache } from './cache-stage.js';
import { answeredBatch, failedBatch } from './call-facts.js';
import { NO_OBSERVER, type CallObserver } from './call-observer.js';
import { Dispatcher } from './dispatcher.js';
import { FallbackStage } from './fallback-stage.js';
import { JournalStage } from './journal-stage.js';
import { LimiterPool } from './limiter-pool.js';
import type { ModelPrice } from './model-price.js';
import { resolveSettings, type OnError, type RuntimeOptions, type RuntimeSettings } from './options.js';
import type { CallStage, FailedRows, Settled } from './settled.js';
import type { UsageCounter } from './usage.js';
import { VersionedStage } from './versioned-stage.js';

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
  /**
   * Everything besides the inputs that an answer depends on: the model's name, provider, options and columns. Equal texts
   * share answers of the journal and the cache; needed for both.
   */
  readonly identity?: string | undefined;
  /** Shared by all predictors of a process; absent for limits of its own. */
  readonly limiters?: LimiterPool | undefined;
  /** Buckets that other processes take from too; absent for none. Stays the caller's. */
  readonly limitStore?: LimitStore | undefined;
  /** What the calls of this call site came to, durably; absent where nothing outlives the process. Stays the caller's. */
  readonly journal?: AnswerJournal | undefined;
  /** Answers that outlive the process; absent for none. Stays the caller's. */
  readonly cache?: AnswerCache | undefined;
  /** Asked for rows whose call failed for good. Becomes the predictor's. */
  readonly fallback?: CallStage | undefined;
  /** Absent where no price is known. */
  readonly price?: ModelPrice | undefined;
  /** Shared by all call sites of the model; absent for no bound. */
  readonly budget?: Budget | undefined;
  readonly log?: Logger | undefined;
  readonly observer?: CallObserver | undefined;
}

/**
 * A model behind the runtime: rows gather into calls, calls wait for the limiter, failed attempts are made again, and
 * what fails for good goes the way of `on-error`.
 *
 * @throws {MillraceError} `INVALID_OPTION` for options that contradict each other or the model.
 */
export function createPredictor(init: PredictorInit): Predictor {
  const settings = settingsOf(init);
  return new ModelPredictor(init, settings, createCallStage(init, settings));
}

/** As `createPredictor`, without `on-error`: a model that others fall back to. */
export function createFallback(init: PredictorInit): CallStage {
  return createCallStage(init, { ...settingsOf(init), onError: 'skip' });
}

function settingsOf({ model, name, outputs, options, defaults }: PredictorInit): RuntimeSettings {
  return resolveSettings({
    model: name,
    options,
    defaults,
    maxInputsPerCall: model.maxInputsPerCall,
    hasErrorColumn: hasErrorColumn(outputs),
    isRepeatable: model.isRepeatable ?? false,
  });
}

/** The stages between `on-error` and the model, the nearest to the rows last. */
function createCallStage(init: PredictorInit, settings: RuntimeSettings): CallStage {
  const { model, name, fallback, usage, log = SILENT } = init;
  const { versions } = model;
  const stageOf = (version: Model): CallStage => createVersionStage({ ...init, model: version }, settings);
  const first = versions === undefined ? stageOf(model) : new VersionedStage({ model, versions, stageOf, name, log });
  return fallback ? new FallbackStage({ first, second: fallback, usage }) : first;
}

/** The stages of one version of a model. */
function createVersionStage(init: PredictorInit, settings: RuntimeSettings): CallStage {
  const { model, name, outputs, clock, random, ids, usage, journal, fallback, cache: kept } = init;
  const { log = SILENT, observer = NO_OBSERVER, limiters = new LimiterPool({ clock, random, log }) } = init;
  const identity = `${init.identity ?? ''} ${model.version}`;
  const answers = answerColumns(outputs);
  let stage: CallStage = new Dispatcher({
    model,
    name,
    answers,
    settings,
    stopsJob: settings.onError === 'fail' && fallback === undefined,
    limiters,
    limitStore: init.limitStore,
    clock,
    random,
    ids,
    usage,
    log,
    observer,
    price: init.price,
    budget: init.budget,
  });
  if (journal && isPaid(init)) {
    const { recovery, maxCalls, batchSize } = settings;
    const { version } = model;
    const maxRows = maxCalls * batchSize;
    stage = new JournalStage({
      inner: stage,
      journal,
      recovery,
      maxRows,
      name,
      identity,
      version,
      answers,
      ids,
      usage,
      now: () => clock.now(),
    });
  }
  if (settings.cache) {
    const { maxRows, ttlMs, isUnusual } = settings.cache;
    if (isUnusual) log.warn('equal rows share one answer although the model gives another each time', { model: name });
    const memory = createMemoryCache({ maxRows, ttlMs, clock });
    stage = new CacheStage({ inner: stage, memory, kept, ttlMs, identity, answers, usage, log, name });
  }
  return stage;
}

/** Models whose calls cost more than remembering their answers; those that take batches by nature are cheaper to ask again. */
function isPaid({ defaults }: Pick<PredictorInit, 'defaults'>): boolean {
  return defaults.batchSize === 1;
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

class ModelPredictor implements Predictor {
  readonly name: string;
  readonly ordered: boolean;
  readonly rowsPerSubmission: number;
  readonly maxPendingRows: number;
  readonly #outputs: readonly OutputColumn[];
  readonly #onError: OnError;
  readonly #usage: UsageCounter;
  readonly #stage: CallStage;

  constructor({ name, outputs, defaults, usage }: PredictorInit, settings: RuntimeSettings, stage: CallStage) {
    this.name = name;
    this.ordered = settings.ordered;
    const isByRow = isPaid({ defaults }) || settings.cache !== undefined;
    this.rowsPerSubmission = isByRow ? 1 : settings.batchSize;
    this.maxPendingRows = pendingRows(settings, defaults);
    this.#outputs = outputs;
    this.#onError = settings.onError;
    this.#usage = usage;
    this.#stage = stage;
  }

  submit(inputs: Batch): Promise<Prediction> {
    if (inputs.rowCount === 0) return Promise.resolve({ outputs: batchOfRows(this.#outputs, []) });
    return this.#stage.submit(inputs).then(settled => this.#present(settled, inputs.rowCount));
  }

  barrier(): void {
    this.#stage.barrier();
  }

  pins(): ModelPins | undefined {
    return this.#stage.pins?.();
  }

  restore(pins: ModelPins): void {
    this.#stage.restore?.(pins);
  }

  restored(): void {
    this.#stage.restored?.();
  }

  flush(): void {
    this.#stage.flush();
  }

  pause(): Promise<void> {
    return this.#stage.pause();
  }

  close(): Promise<void> {
    return this.#stage.close();
  }

  /** The OUTPUT columns of what was answered, and what `on-error` makes of the rest. */
  #present({ answered, failed }: Settled, rowCount: number): Prediction {
    this.#count(failed, rowCount);
    const [failure] = failed;
    if (failure !== undefined && this.#onError === 'fail') throw failure.failure.within({ model: this.name });
    const parts: OutputPart[] = answered.map(({ answers, from, rows, facts }) => ({
      outputs: answeredBatch(this.#outputs, answers, facts),
      from,
      rows,
    }));
    if (this.#onError === 'null') parts.push(...failed.map(each => this.#nulls(each)));
    const prediction = assemblePrediction(parts, this.#outputs, rowCount);
    return failure !== undefined && this.#onError === 'dead_letter' ? { ...prediction, deadLetters: deadLettersOf(failed) } : prediction;
  }

  #nulls({ from, to, failure, facts }: FailedRows): OutputPart {
    return { outputs: failedBatch(this.#outputs, to - from, facts, failure), from, error: failure.message };
  }

  #count(failed: readonly FailedRows[], rowCount: number): void {
    const lost = failed.reduce((sum, { from, to }) => sum + to - from, 0);
    if (rowCount > lost) this.#usage.rows('answered', rowCount - lost);
    if (lost > 0) this.#usage.rows(FATES[this.#onError], lost);
  }
}

const FATES = { fail: 'failed', skip: 'skipped', null: 'nulled', dead_letter: 'deadLettered' } as const satisfies Record<OnError, string>;

function deadLettersOf(failed: readonly FailedRows[]): ReadonlyMap<number, RowFailure> {
  return new Map(
    failed.flatMap(({ from, to, ...how }) => Array.from({ length: to - from }, (_, i) => [from + i, rowFailure(how)] as const)),
  );
}

function rowFailure({ failure, facts }: Pick<FailedRows, 'failure' | 'facts'>): RowFailure {
  const { code, message, context } = failure;
  const { version, attempts, firstAt, lastAt } = facts;
  return { code, message, httpStatus: context.httpStatus, headers: context.headers, version, attempts, firstAt, lastAt };
}

function pendingRows({ maxCalls, batchSize }: RuntimeSettings, defaults: RuntimeDefaults): number {
  const wanted = !isPaid({ defaults })
    ? Math.max(MIN_PENDING_LOCAL_ROWS, PENDING_LOCAL_CALLS * maxCalls * batchSize)
    : PENDING_CALLS * maxCalls * batchSize;
  return Math.max(2 * batchSize, Math.min(wanted, MAX_PENDING_ROWS));
}
