import { filledText, required, wrong } from './checked-value.js';
import { isModelFormat, ModelFormat } from './model-format.js';

/** Which model, where it is and what it is. Immutable; made by `ModelConfig.builder()`. */
export class ModelConfig {
  /** Logical name; the key in the `ModelCache`. */
  readonly modelId: string;
  /** A path, or an address that begins with `file:`, `http:`, `https:`, `s3:`, `s3a:` or `hdfs:`. */
  readonly modelPath: string;
  readonly format: ModelFormat;
  /** A note for metrics; `null` where nobody gave one. */
  readonly modelVersion: string | null;
  /** Overrides for the format and the way to the file, by the keys of `CREATE MODEL`, such as `gpu`. */
  readonly modelOptions: ReadonlyMap<string, unknown>;

  private constructor(parts: Required<ModelConfigParts>) {
    this.modelId = parts.modelId;
    this.modelPath = parts.modelPath;
    this.format = parts.format;
    this.modelVersion = parts.modelVersion;
    this.modelOptions = parts.modelOptions;
  }

  static builder(): ModelConfigBuilder {
    return new ModelConfigBuilder(parts => new ModelConfig(parts));
  }
}

interface ModelConfigParts {
  readonly modelId: string;
  readonly modelPath: string;
  readonly format: ModelFormat;
  readonly modelVersion: string | null;
  readonly modelOptions: ReadonlyMap<string, unknown>;
}

export class ModelConfigBuilder {
  readonly #make: (parts: ModelConfigParts) => ModelConfig;
  #modelId: string | undefined;
  #modelPath: string | undefined;
  #format: ModelFormat | undefined;
  #modelVersion: string | null = null;
  #modelOptions: ReadonlyMap<string, unknown> = new Map();

  /** @param make see `ModelConfig.builder`, which calls this. */
  constructor(make: (parts: ModelConfigParts) => ModelConfig) {
    this.#make = make;
  }

  modelId(value: string): this {
    this.#modelId = filledText('modelId', value);
    return this;
  }

  modelPath(value: string): this {
    this.#modelPath = filledText('modelPath', value);
    return this;
  }

  format(value: ModelFormat): this {
    if (!isModelFormat(value)) throw wrong(`format is one of ${Object.keys(ModelFormat).join(', ')}, not ${String(value)}`);
    this.#format = value;
    return this;
  }

  modelVersion(value: string): this {
    this.#modelVersion = filledText('modelVersion', value);
    return this;
  }

  modelOptions(value: ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>): this {
    this.#modelOptions = new Map(value instanceof Map ? value : Object.entries(value));
    return this;
  }

  /** @throws {MillraceError} `INVALID_ARGUMENT` where modelId, modelPath or format is missing. */
  build(): ModelConfig {
    return this.#make({
      modelId: required('modelId', this.#modelId),
      modelPath: required('modelPath', this.#modelPath),
      format: required('format', this.#format),
      modelVersion: this.#modelVersion,
      modelOptions: new Map(this.#modelOptions),
    });
  }
}
