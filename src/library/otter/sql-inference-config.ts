import { z } from 'zod';
import { processEnvironment } from '../../config/environment.js';
import { readOptions } from '../../config/read-options.js';
import { secretSource, type Environment } from '../../config/secret-source.js';
import { mlInferenceOptions } from '../../kit/inference-engine/ml-inference-options.js';
import { option, text, type Secret } from '../../spec/option.js';
import { ModelConfig } from './model-config.js';
import type { ModelFormat } from './model-format.js';

const connectorOption = z.object({ connector: option(text().optional(), { doc: 'As the table has it; nothing depends on it.' }) });

/** The options of a table with `'connector' = 'ml-inference'`, typed. Immutable. */
export class SqlInferenceConfig {
  readonly modelName: string;
  readonly modelPath: string;
  readonly modelFormat: ModelFormat;
  readonly modelVersion: string;
  readonly s3Endpoint: string | null;
  readonly s3AccessKey: Secret | null;
  readonly s3SecretKey: Secret | null;
  readonly s3PathStyle: boolean;
  readonly cacheEnabled: boolean;
  readonly cacheTtlMinutes: number;
  readonly batchSize: number;
  readonly asyncEnabled: boolean;
  readonly maxRetries: number;

  private constructor(options: z.output<typeof mlInferenceOptions>) {
    this.modelName = options['model.name'];
    this.modelPath = options['model.path'];
    this.modelFormat = options['model.format'];
    this.modelVersion = options['model.version'];
    this.s3Endpoint = options['model.s3.endpoint'] ?? null;
    this.s3AccessKey = options['model.s3.access-key'] ?? null;
    this.s3SecretKey = options['model.s3.secret-key'] ?? null;
    this.s3PathStyle = options['model.s3.path-style'];
    this.cacheEnabled = options['cache.enabled'];
    this.cacheTtlMinutes = options['cache.ttl'] / 60_000;
    this.batchSize = options['batch.size'];
    this.asyncEnabled = options['async.enabled'];
    this.maxRetries = options['retry.max-attempts'];
  }

  /**
   * Reads options as WITH has them. Secrets and variables in their values are filled in.
   *
   * @param environment where variables and secrets come from; default: that of the process.
   * @throws {MillraceErrors} with every unknown key, bad value and missing option.
   */
  static fromOptions(
    options: ReadonlyMap<string, string> | Readonly<Record<string, string>>,
    environment: Environment = processEnvironment(),
  ): SqlInferenceConfig {
    const values = options instanceof Map ? (options as ReadonlyMap<string, string>) : new Map(Object.entries(options));
    const given = { owner: 'SqlInferenceConfig', values };
    const groups = [{ schema: connectorOption }, { schema: mlInferenceOptions }] as const;
    return new SqlInferenceConfig(readOptions(given, groups, secretSource(environment, undefined))[1]);
  }

  /** The model as an engine is initialised with it. */
  toModelConfig(): ModelConfig {
    const modelOptions = new Map<string, unknown>([['model.s3.path-style', this.s3PathStyle]]);
    if (this.s3Endpoint !== null) modelOptions.set('model.s3.endpoint', this.s3Endpoint);
    if (this.s3AccessKey !== null) modelOptions.set('model.s3.access-key', this.s3AccessKey);
    if (this.s3SecretKey !== null) modelOptions.set('model.s3.secret-key', this.s3SecretKey);
    return ModelConfig.builder()
      .modelId(this.modelName)
      .modelPath(this.modelPath)
      .format(this.modelFormat)
      .modelVersion(this.modelVersion)
      .modelOptions(modelOptions)
      .build();
  }
}
