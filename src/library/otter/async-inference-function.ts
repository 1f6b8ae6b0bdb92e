import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../../common/clock.js';
import { runtimeOptions } from '../../inference/options.js';
import { createPredictor } from '../../inference/predictor.js';
import { UsageCounter } from '../../inference/usage.js';
import { batchOfRows, valueAt } from '../../spec/batch.js';
import { STRING, type Field } from '../../spec/data-type.js';
import { InferenceResult, type EngineLease, type Features } from '../../spec/inference-engine.js';
import type { Predictor } from '../../spec/predictor.js';
import { engineModel } from './engine-model.js';
import { readMetrics, showMetrics, type MetricsMeter } from './inference-metrics.js';
import type { InferenceConfig } from './inference-config.js';
import { InferenceException } from './inference-exception.js';
import { createInferenceEngine } from './local-inference-engine.js';
import { ModelCache } from './model-cache.js';
import { featuresText, readOutputs } from './row-text.js';

export interface AsyncInferenceOptions {
  /** Where the engine of `modelId` is looked for, and put once it is loaded; default: that of the process. */
  readonly cache?: ModelCache;
  /** Of OpenTelemetry: shows the metrics, where they are enabled. */
  readonly meter?: MetricsMeter;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Uniform in [0, 1), for the jitter of retries; default: `Math.random`. */
  readonly random?: () => number;
}

const FEATURES: readonly Field[] = [{ name: 'features', type: STRING }];
const OUTPUTS: readonly Field[] = [{ name: 'outputs', type: STRING }];
/** How long a row waits for others to run with. */
const BATCH_WAIT_MS = 5;
/** Runs at once. */
const CALLS = 4;

/**
 * A model over a stream of rows, by an `InferenceConfig`: rows gather into batches, failures that may pass are tried again, and equal
 * rows share a result where caching is on. What Otter's async DataStream function does, with promises.
 */
export class AsyncInferenceFunction {
  readonly #config: InferenceConfig;
  readonly #options: AsyncInferenceOptions;
  readonly #cache: ModelCache;
  readonly #clock: Clock;
  readonly #usage = new UsageCounter();
  #opened: Promise<Opened> | undefined;
  #isClosed = false;

  constructor(config: InferenceConfig, options: AsyncInferenceOptions = {}) {
    this.#config = config;
    this.#options = options;
    this.#cache = options.cache ?? ModelCache.getInstance();
    this.#clock = options.clock ?? systemClock;
  }

  /** Loads the model, unless the cache has it. Called by the first row otherwise. @throws {InferenceException} */
  async open(): Promise<void> {
    await this.#open();
  }

  /**
   * The result of one row. A row that the model cannot compute, or that failed for good, is a result without success.
   *
   * @throws {InferenceException} where the model cannot be loaded, and after `close`.
   */
  async infer(features: Features): Promise<InferenceResult> {
    const { predictor } = await this.#open();
    const startedAt = this.#clock.monotonic();
    const { outputs, errors } = await predictor.submit(batchOfRows(FEATURES, [[featuresText(features)]])).catch((thrown: unknown) => {
      throw InferenceException.of(thrown);
    });
    const latencyMs = this.#clock.monotonic() - startedAt;
    const text = outputs.rowCount > 0 ? valueAt(outputs.columns[0]!, 0) : null;
    if (typeof text === 'string') return InferenceResult.success(readOutputs(text), latencyMs);
    return InferenceResult.failure(errors?.get(0) ?? 'the model gave nothing', latencyMs);
  }

  /** The results of all rows, in their order. No more rows are read ahead than the model has room for. */
  async *inferAll(rows: Iterable<Features> | AsyncIterable<Features>): AsyncGenerator<InferenceResult, void, undefined> {
    const { predictor } = await this.#open();
    const pending: Promise<InferenceResult>[] = [];
    try {
      for await (const features of rows) {
        const result = this.infer(features);
        // Told when its turn comes.
        result.catch(() => {});
        pending.push(result);
        if (pending.length >= predictor.maxPendingRows) yield await pending.shift()!;
      }
      predictor.flush();
      for (let next = pending.shift(); next; next = pending.shift()) yield await next;
    } finally {
      await Promise.allSettled(pending);
    }
  }

  /** The metrics as they are now, by name; empty where they are not enabled. */
  metrics(): ReadonlyMap<string, number> {
    const { enableMetrics, metricsPrefix } = this.#config;
    return enableMetrics ? readMetrics(metricsPrefix, this.#usage) : new Map();
  }

  /** What metrics are told apart by. */
  metricsTags(): Readonly<Record<string, string>> {
    const { modelId, modelVersion } = this.#config.modelConfig;
    return { model: modelId, ...(modelVersion !== null && { version: modelVersion }) };
  }

  /** Ends what is under way. The engine stays in the cache. May be called again. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const opened = await this.#opened?.catch(() => undefined);
    if (!opened) return;
    opened.hide?.();
    await opened.predictor.close();
    opened.lease.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): Promise<Opened> {
    if (this.#isClosed) {
      return Promise.reject(new InferenceException({ code: 'INVALID_ARGUMENT', message: 'the function is closed' }));
    }
    if (this.#opened) return this.#opened;
    const opened = this.#start();
    this.#opened = opened;
    // A model that could not be loaded is tried again by the next row.
    opened.catch(() => {
      this.#opened = undefined;
    });
    return opened;
  }

  async #start(): Promise<Opened> {
    const lease = await this.#leased();
    const { modelConfig, enableMetrics, metricsPrefix } = this.#config;
    const predictor = createPredictor({
      model: engineModel(async () => lease.engine, modelConfig.modelVersion ?? ''),
      name: modelConfig.modelId,
      outputs: OUTPUTS,
      options: this.#runtimeOptions(),
      defaults: { batchSize: this.#config.batchSize, batchTimeoutMs: BATCH_WAIT_MS, maxConcurrentRequests: CALLS },
      clock: this.#clock,
      random: this.#options.random ?? Math.random,
      ids: randomUUID,
      usage: this.#usage,
      identity: modelConfig.modelId,
    });
    const { meter } = this.#options;
    const shown = { prefix: metricsPrefix, usage: this.#usage, tags: this.metricsTags() };
    return { lease, predictor, ...(meter && enableMetrics && { hide: showMetrics(meter, shown) }) };
  }

  /** Several functions of one model may load it at once; the last one stays in the cache. */
  async #leased(): Promise<EngineLease> {
    const { modelConfig } = this.#config;
    const known = this.#cache.lease(modelConfig.modelId);
    if (known) return known;
    const engine = await createInferenceEngine(modelConfig);
    this.#cache.putEngine(modelConfig.modelId, engine);
    const lease = this.#cache.lease(modelConfig.modelId);
    if (lease) return lease;
    throw new InferenceException({ code: 'INTERNAL', message: `the cache keeps no engine of model "${modelConfig.modelId}"` });
  }

  #runtimeOptions(): ReturnType<typeof runtimeOptions.parse> {
    const { timeout, maxRetries, enableCaching, cacheSize, cacheTtl } = this.#config;
    const ms = `${Math.max(1, Math.round(timeout.toMillis()))} ms`;
    return runtimeOptions.parse({
      'on-error': 'null',
      timeout: ms,
      'request-timeout': ms,
      'max-retries': String(maxRetries),
      'batch.fallback': 'error',
      'cache.enabled': String(enableCaching),
      'cache.ttl': `${Math.max(1, Math.round(cacheTtl.toMillis()))} ms`,
      'cache.max-rows': String(cacheSize),
    });
  }
}

interface Opened {
  readonly lease: EngineLease;
  readonly predictor: Predictor;
  readonly hide?: () => void;
}
