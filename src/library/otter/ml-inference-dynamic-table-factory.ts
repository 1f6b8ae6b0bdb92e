import { mlInferenceOptions } from '../../kit/inference-engine/ml-inference-options.js';
import { MLInferenceLookupFunction, type LookupFunctionOptions } from './ml-inference-lookup-function.js';
import { SqlInferenceConfig } from './sql-inference-config.js';

/** A table that is a model, as a program gets it from the factory. */
export interface MLInferenceDynamicTableSource {
  readonly config: SqlInferenceConfig;
  /** What answers a lookup join. @param featureNames names of the key columns, in order. */
  getLookupRuntimeProvider(featureNames?: readonly string[]): MLInferenceLookupFunction;
  asSummaryString(): string;
}

/**
 * Makes tables of `'connector' = 'ml-inference'` for programs. SQL finds the connector in the registry by its name, which takes the place of
 * Java's service discovery.
 */
export class MLInferenceDynamicTableFactory {
  factoryIdentifier(): 'ml-inference' {
    return 'ml-inference';
  }

  /** `model.name` and `model.path`. */
  requiredOptions(): ReadonlySet<string> {
    return new Set(Object.keys(mlInferenceOptions.shape).filter(key => !isOptional(key)));
  }

  /** All others. */
  optionalOptions(): ReadonlySet<string> {
    return new Set(Object.keys(mlInferenceOptions.shape).filter(isOptional));
  }

  /**
   * Reads the options and loads the model into the cache.
   *
   * @param options as WITH has them.
   * @throws {MillraceErrors} for wrong options, {InferenceException} for a model that cannot be loaded.
   */
  async createDynamicTableSource(
    options: Parameters<typeof SqlInferenceConfig.fromOptions>[0],
    { cache }: Pick<LookupFunctionOptions, 'cache'> = {},
  ): Promise<MLInferenceDynamicTableSource> {
    const config = SqlInferenceConfig.fromOptions(options);
    const own = cache === undefined ? {} : { cache };
    await new MLInferenceLookupFunction(config, own).open();
    return {
      config,
      getLookupRuntimeProvider: featureNames =>
        new MLInferenceLookupFunction(config, { ...own, ...(featureNames !== undefined && { featureNames }) }),
      asSummaryString: () => `MLInference(${config.modelName})`,
    };
  }
}

function isOptional(key: string): boolean {
  return mlInferenceOptions.shape[key as keyof typeof mlInferenceOptions.shape].safeParse(undefined).success;
}
