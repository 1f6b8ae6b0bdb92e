import { firstNumber } from '../../kit/inference-engine/score.js';
import type { Features } from '../../spec/inference-engine.js';
import { ModelCache } from './model-cache.js';

/** Why a call gave no score. */
export type MissingScore = 'model-absent' | 'inference-failed' | 'outputs-empty' | 'not-numeric';

/**
 * What SQL calls `ml_score`: the score of features by the model of a name, as a promise. `null` where the model is absent from the cache,
 * inference fails, the outputs are empty or the value is no number; `missingScores` counts each of these.
 */
export class MLInferenceFunction {
  readonly #cache: ModelCache | undefined;
  readonly #missing: Record<MissingScore, number> = { 'model-absent': 0, 'inference-failed': 0, 'outputs-empty': 0, 'not-numeric': 0 };

  /** @param cache the process's at each call when absent. */
  constructor(cache?: ModelCache) {
    this.#cache = cache;
  }

  /** Calls without a score so far, by reason. */
  get missingScores(): Readonly<Record<MissingScore, number>> {
    return { ...this.#missing };
  }

  /** Never rejects. */
  async eval(features: Features | null, modelName: string): Promise<number | null> {
    const lease = (this.#cache ?? ModelCache.getInstance()).lease(modelName);
    if (!lease) return this.#none('model-absent');
    try {
      if (features === null) return this.#none('inference-failed');
      const result = await lease.engine.infer(features);
      if (!result.isSuccess()) return this.#none('inference-failed');
      if (result.getOutputs().size === 0) return this.#none('outputs-empty');
      const { score } = lease.engine.scoreOf ? lease.engine.scoreOf(result) : firstNumber(result);
      return score ?? this.#none('not-numeric');
    } catch {
      return this.#none('inference-failed');
    } finally {
      lease.release();
    }
  }

  #none(reason: MissingScore): null {
    this.#missing[reason]++;
    return null;
  }
}
