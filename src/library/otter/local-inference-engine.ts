import { ModelEngine } from '../../kit/inference-engine/model-engine.js';
import type { Features, InferenceEngine, InferenceResult, Score } from '../../spec/inference-engine.js';
import { wrong } from './checked-value.js';
import { createEngineHost, type EngineHost } from './engine-host.js';
import { InferenceException } from './inference-exception.js';
import type { ModelConfig } from './model-config.js';
import { ModelFormat } from './model-format.js';
import { openingOf } from './model-options.js';

/**
 * A model file as an engine: features of a row by name in, outputs by name out. Loads files of every format of `ModelFormat`, as
 * `'provider' = 'local'` does.
 *
 * Calls may run at once. Close it, or put it into a `ModelCache`, which then closes it.
 */
export class LocalInferenceEngine implements InferenceEngine<ModelConfig> {
  readonly #formats: readonly ModelFormat[];
  readonly #host: EngineHost;
  readonly #engine: ModelEngine;
  #config: ModelConfig | undefined;
  #isReady = false;
  #closing: Promise<void> | undefined;

  /** @param formats those that it takes; all when absent. */
  constructor(formats: readonly ModelFormat[] = Object.values(ModelFormat), host: EngineHost = createEngineHost()) {
    this.#formats = formats;
    this.#host = host;
    this.#engine = new ModelEngine(host.clock);
  }

  /** Finds, reads and loads the model. @throws {InferenceException} where it cannot be loaded. */
  async initialize(config: ModelConfig): Promise<void> {
    try {
      if (this.#config) throw wrong('the engine is initialised already');
      if (!this.#formats.includes(config.format)) throw wrong(`the engine takes ${this.#formats.join(' and ')}, not ${config.format}`);
      this.#config = config;
      const { request, options } = openingOf(config, await this.#host.runtimes());
      await this.#engine.initialize(await this.#host.loader.open(request, options));
      this.#isReady = true;
    } catch (thrown) {
      throw InferenceException.of(thrown);
    }
  }

  /** Whether it has a model, and was not closed. */
  isReady(): boolean {
    return this.#isReady && !this.#closing;
  }

  /** What it was initialised with; `null` before. */
  getModelConfig(): ModelConfig | null {
    return this.#config ?? null;
  }

  /** Changes whenever the content of the model does. @throws {InferenceException} before it is initialised. */
  getModelVersion(): string {
    try {
      return this.#engine.version;
    } catch (thrown) {
      throw InferenceException.of(thrown);
    }
  }

  /**
   * Runs the model over one row. A row that it cannot take, such as one without a feature, is a result without success.
   *
   * @throws {InferenceException} before it is initialised, after it was closed, and where the runtime itself fails.
   */
  async infer(inputs: Features): Promise<InferenceResult> {
    return (await this.inferBatch([inputs]))[0]!;
  }

  /** As `infer`, for rows that run together: a result for each, in order. */
  async inferBatch(inputs: readonly Features[], signal?: AbortSignal): Promise<readonly InferenceResult[]> {
    try {
      return await this.#engine.inferBatch(inputs, signal);
    } catch (thrown) {
      signal?.throwIfAborted();
      throw InferenceException.of(thrown);
    }
  }

  /** `score` and `confidence`, as SQL has them. */
  scoreOf(result: InferenceResult): Score {
    return this.#engine.scoreOf(result);
  }

  /** Releases the model, once the calls under way have ended. May be called again. */
  close(): Promise<void> {
    return (this.#closing ??= this.#engine.close().then(() => this.#host.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** ONNX models. */
export class OnnxInferenceEngine extends LocalInferenceEngine {
  constructor(host?: EngineHost) {
    super([ModelFormat.ONNX], host);
  }
}

/** SavedModels of TensorFlow. */
export class TensorFlowInferenceEngine extends LocalInferenceEngine {
  constructor(host?: EngineHost) {
    super([ModelFormat.TENSORFLOW_SAVEDMODEL], host);
  }
}

/** XGBoost models in JSON, UBJSON or the binary form of old versions. */
export class XGBoostInferenceEngine extends LocalInferenceEngine {
  constructor(host?: EngineHost) {
    super([ModelFormat.XGBOOST_JSON, ModelFormat.XGBOOST_BINARY], host);
  }
}

/** PMML documents. */
export class PmmlInferenceEngine extends LocalInferenceEngine {
  constructor(host?: EngineHost) {
    super([ModelFormat.PMML], host);
  }
}

/** TorchScript models. */
export class PyTorchInferenceEngine extends LocalInferenceEngine {
  constructor(host?: EngineHost) {
    super([ModelFormat.PYTORCH_TORCHSCRIPT], host);
  }
}

const ENGINES: { readonly [Format in ModelFormat]: new (host?: EngineHost) => LocalInferenceEngine } = {
  [ModelFormat.ONNX]: OnnxInferenceEngine,
  [ModelFormat.TENSORFLOW_SAVEDMODEL]: TensorFlowInferenceEngine,
  [ModelFormat.XGBOOST_JSON]: XGBoostInferenceEngine,
  [ModelFormat.XGBOOST_BINARY]: XGBoostInferenceEngine,
  [ModelFormat.PMML]: PmmlInferenceEngine,
  [ModelFormat.PYTORCH_TORCHSCRIPT]: PyTorchInferenceEngine,
};

/** The engine of a model's format, initialised. @throws {InferenceException} where the model cannot be loaded. */
export async function createInferenceEngine(config: ModelConfig, host?: EngineHost): Promise<LocalInferenceEngine> {
  const engine = new ENGINES[config.format](host);
  try {
    await engine.initialize(config);
    return engine;
  } catch (thrown) {
    await engine.close();
    throw thrown;
  }
}
