/** Features of one row by name. Values are numbers, texts, booleans, bigints, NULL as `null`, and lists of these. */
export type Features = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>;

/** A value that a model gives for one row: a scalar, or the values of a tensor's row in order. `null` where it has none. */
export type OutputValue = number | bigint | string | boolean | null | readonly (number | bigint | string | boolean | null)[];

/** What one row came to: the outputs of the model by name, or why there are none. Immutable. */
export class InferenceResult {
  readonly #outputs: ReadonlyMap<string, OutputValue>;
  readonly #latencyMs: number;
  readonly #errorMessage: string | null;

  private constructor(outputs: ReadonlyMap<string, OutputValue>, latencyMs: number, errorMessage: string | null) {
    this.#outputs = outputs;
    this.#latencyMs = latencyMs;
    this.#errorMessage = errorMessage;
  }

  /** @param latencyMs wall-clock milliseconds, not negative; 0 where nobody measured. */
  static success(outputs: ReadonlyMap<string, OutputValue> | Readonly<Record<string, OutputValue>>, latencyMs = 0): InferenceResult {
    return new InferenceResult(new Map(outputs instanceof Map ? outputs : Object.entries(outputs)), latencyMs, null);
  }

  /** @param errorMessage one line without secrets. */
  static failure(errorMessage: string, latencyMs = 0): InferenceResult {
    return new InferenceResult(new Map(), latencyMs, errorMessage);
  }

  /** False where the model could not compute the row; `getErrorMessage` says why. */
  isSuccess(): boolean {
    return this.#errorMessage === null;
  }

  /** By name, in the order of the model; empty after a failure. */
  getOutputs(): ReadonlyMap<string, OutputValue> {
    return this.#outputs;
  }

  /** Wall-clock milliseconds, with fractions, of the run that the row was in; 0 where nobody measured. */
  getLatencyMs(): number {
    return this.#latencyMs;
  }

  /** `null` after a success. */
  getErrorMessage(): string | null {
    return this.#errorMessage;
  }
}

/** What a scoring function makes of a result; `null` where the model says nothing of the kind. */
export interface Score {
  readonly score: number | null;
  readonly confidence: number | null;
}

/**
 * A model of one framework behind one interface: rows of features in, outputs by name out.
 *
 * Several calls may be under way at once.
 */
export interface InferenceEngine<Config = never> {
  /** Loads the model. Called once, before anything else. @throws {MillraceError} where it cannot be loaded. */
  initialize(config: Config): Promise<void>;
  /**
   * Runs the model over one row. A row that the model cannot take is a result without success.
   *
   * @throws {MillraceError} where the engine cannot run at all.
   */
  infer(inputs: Features): Promise<InferenceResult>;
  /** As `infer`, for rows that are run together; a result for each, in order. Absent where the engine takes one at a time. */
  inferBatch?(inputs: readonly Features[], signal?: AbortSignal): Promise<readonly InferenceResult[]>;
  /** What the result means as a score. Where absent, it is the first value of the first output. */
  scoreOf?(result: InferenceResult): Score;
  /** Releases the model when the calls under way have ended. May be called again. */
  close(): Promise<void>;
}

/** An engine on loan: it is not closed before `release`, which is called once. */
export interface EngineLease {
  readonly engine: InferenceEngine;
  /** As it was put; `undefined` for an engine of a program. */
  readonly origin: string | undefined;
  release(): void;
}

export interface EnginePutOptions {
  /** How long after its last use it stays, in milliseconds; the store's own time when absent. */
  readonly keepMs?: number | undefined;
  /** What it was made of, so that others who would make the same find it; absent for an engine that stands for all of its name. */
  readonly origin?: string | undefined;
}

/** Engines that are loaded, by the name of their model. */
export interface EngineStore {
  /** `undefined` where there is none. */
  lease(name: string): EngineLease | undefined;
  /**
   * Puts an engine that is initialised under a name, in place of another one, which is closed when nobody uses it.
   */
  put(name: string, engine: InferenceEngine, options?: EnginePutOptions): void;
  /** Takes an engine out, if it is still the one, and closes it when nobody uses it. */
  remove(name: string, engine: InferenceEngine): void;
}
