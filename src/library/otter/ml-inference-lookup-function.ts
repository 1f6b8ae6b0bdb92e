import { firstNumber } from '../../kit/inference-engine/score.js';
import type { EngineLease, Score } from '../../spec/inference-engine.js';
import { InferenceException } from './inference-exception.js';
import { createInferenceEngine } from './local-inference-engine.js';
import { ModelCache } from './model-cache.js';
import type { SqlInferenceConfig } from './sql-inference-config.js';

export interface LookupFunctionOptions {
  /** Names of the features, in the order of the keys; a model that only knows places needs none. */
  readonly featureNames?: readonly string[];
  /** Default: that of the process. */
  readonly cache?: ModelCache;
}

/**
 * The table of a model in a lookup join: keys in, a row with `score` and `confidence` out. SQL runs the same by columns and in batches; this
 * is for programs.
 */
export class MLInferenceLookupFunction {
  readonly #config: SqlInferenceConfig;
  readonly #names: readonly string[] | undefined;
  readonly #cache: ModelCache;
  #opening: Promise<void> | undefined;

  constructor(config: SqlInferenceConfig, { featureNames, cache = ModelCache.getInstance() }: LookupFunctionOptions = {}) {
    this.#config = config;
    this.#names = featureNames;
    this.#cache = cache;
  }

  /** Loads the model into the cache, unless it is there. @throws {InferenceException} */
  async open(): Promise<void> {
    (await this.#lease()).release();
  }

  /**
   * The rows for keys in the order of the features: one, or none where a key is NULL.
   *
   * @throws {InferenceException} where the model cannot be loaded, or cannot compute the row.
   */
  async eval(...keys: readonly unknown[]): Promise<readonly Score[]> {
    if (keys.some(key => key === null || key === undefined)) return [];
    const lease = await this.#lease();
    try {
      const result = await lease.engine.infer(this.#features(keys));
      if (!result.isSuccess()) throw new InferenceException(result.getErrorMessage() ?? 'the model told no reason');
      return [lease.engine.scoreOf ? lease.engine.scoreOf(result) : firstNumber(result)];
    } catch (thrown) {
      throw InferenceException.of(thrown);
    } finally {
      lease.release();
    }
  }

  #features(keys: readonly unknown[]): Map<string, unknown> {
    const names = this.#names ?? keys.map((_, i) => `f${i + 1}`);
    if (names.length === keys.length) return new Map(names.map((name, i) => [name, keys[i]]));
    throw new InferenceException({
      code: 'INVALID_ARGUMENT',
      message: `eval takes ${names.length} keys, ${names.join(', ')}, and got ${keys.length}`,
    });
  }

  async #lease(): Promise<EngineLease> {
    const { modelName } = this.#config;
    for (;;) {
      const lease = this.#cache.lease(modelName);
      if (lease) return lease;
      this.#opening ??= this.#open().finally(() => {
        this.#opening = undefined;
      });
      await this.#opening;
    }
  }

  async #open(): Promise<void> {
    const { modelName, cacheEnabled, cacheTtlMinutes } = this.#config;
    const engine = await createInferenceEngine(this.#config.toModelConfig());
    // Without a cache it still has to outlive the call that loads it.
    this.#cache.put(modelName, engine, { keepMs: cacheEnabled ? cacheTtlMinutes * 60_000 : SHORTEST_MS });
  }
}

const SHORTEST_MS = 1_000;
