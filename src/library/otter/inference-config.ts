import { required, wholeNumber, wrong } from './checked-value.js';
import { Duration, type DurationLike } from './duration.js';
import { ModelConfig } from './model-config.js';

interface InferenceConfigParts {
  readonly modelConfig: ModelConfig;
  readonly batchSize: number;
  readonly timeout: Duration;
  readonly maxRetries: number;
  readonly enableCaching: boolean;
  readonly cacheSize: number;
  readonly cacheTtl: Duration;
  readonly enableMetrics: boolean;
  readonly metricsPrefix: string;
}

/** How `AsyncInferenceFunction` calls a model. Immutable; made by `InferenceConfig.builder()`. SQL takes its options from WITH. */
export class InferenceConfig implements InferenceConfigParts {
  readonly modelConfig: ModelConfig;
  /** Most rows in one run of the model. */
  readonly batchSize: number;
  /** Longest time of a row at the model, with its retries. */
  readonly timeout: Duration;
  /** Attempts after the first one, where a failure may pass. */
  readonly maxRetries: number;
  /** Whether equal features share one result. */
  readonly enableCaching: boolean;
  /** Most results that are kept; the least recently used leave first. */
  readonly cacheSize: number;
  /** How long a result is kept. */
  readonly cacheTtl: Duration;
  /** Whether `metrics()` tells anything, and instruments are made of the meter. */
  readonly enableMetrics: boolean;
  /** What the names of metrics begin with. */
  readonly metricsPrefix: string;

  private constructor(parts: InferenceConfigParts) {
    this.modelConfig = parts.modelConfig;
    this.batchSize = parts.batchSize;
    this.timeout = parts.timeout;
    this.maxRetries = parts.maxRetries;
    this.enableCaching = parts.enableCaching;
    this.cacheSize = parts.cacheSize;
    this.cacheTtl = parts.cacheTtl;
    this.enableMetrics = parts.enableMetrics;
    this.metricsPrefix = parts.metricsPrefix;
  }

  static builder(): InferenceConfigBuilder {
    return new InferenceConfigBuilder(parts => new InferenceConfig(parts));
  }
}

export class InferenceConfigBuilder {
  readonly #make: (parts: InferenceConfigParts) => InferenceConfig;
  #modelConfig: ModelConfig | undefined;
  #batchSize = 1;
  #timeout = Duration.ofSeconds(30);
  #maxRetries = 3;
  #enableCaching = false;
  #cacheSize = 10_000;
  #cacheTtl = Duration.ofMinutes(30);
  #enableMetrics = false;
  #metricsPrefix = 'millrace.inference';

  /** @param make see `InferenceConfig.builder`, which calls this. */
  constructor(make: (parts: InferenceConfigParts) => InferenceConfig) {
    this.#make = make;
  }

  modelConfig(value: ModelConfig): this {
    if (!(value instanceof ModelConfig)) throw wrong('modelConfig is made by ModelConfig.builder()');
    this.#modelConfig = value;
    return this;
  }

  /** Default: 1. */
  batchSize(value: number): this {
    this.#batchSize = wholeNumber('batchSize', value, 1);
    return this;
  }

  /** Default: 30 seconds. */
  timeout(value: DurationLike): this {
    this.#timeout = positive('timeout', value);
    return this;
  }

  /** Default: 3. */
  maxRetries(value: number): this {
    this.#maxRetries = wholeNumber('maxRetries', value, 0);
    return this;
  }

  /** Default: false. */
  enableCaching(value: boolean): this {
    this.#enableCaching = value;
    return this;
  }

  /** Default: 10,000. */
  cacheSize(value: number): this {
    this.#cacheSize = wholeNumber('cacheSize', value, 1);
    return this;
  }

  /** Default: 30 minutes. */
  cacheTtl(value: DurationLike): this {
    this.#cacheTtl = positive('cacheTtl', value);
    return this;
  }

  /** Default: false. */
  enableMetrics(value: boolean): this {
    this.#enableMetrics = value;
    return this;
  }

  /** Words of letters, digits and `_`, separated by `.`. Default: `millrace.inference`. */
  metricsPrefix(value: string): this {
    if (!/^[A-Za-z]\w*(?:\.\w+)*$/.test(value)) throw wrong(`metricsPrefix is words separated by ".", not "${value}"`);
    this.#metricsPrefix = value;
    return this;
  }

  /** @throws {MillraceError} `INVALID_ARGUMENT` where there is no modelConfig. */
  build(): InferenceConfig {
    return this.#make({
      modelConfig: required('modelConfig', this.#modelConfig),
      batchSize: this.#batchSize,
      timeout: this.#timeout,
      maxRetries: this.#maxRetries,
      enableCaching: this.#enableCaching,
      cacheSize: this.#cacheSize,
      cacheTtl: this.#cacheTtl,
      enableMetrics: this.#enableMetrics,
      metricsPrefix: this.#metricsPrefix,
    });
  }
}

function positive(what: string, value: DurationLike): Duration {
  const duration = Duration.from(value);
  if (duration.toMillis() > 0) return duration;
  throw wrong(`${what} is longer than 0 ms`);
}
