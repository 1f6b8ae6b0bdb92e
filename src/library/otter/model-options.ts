import { z } from 'zod';
import { MillraceError, MillraceErrors } from '../../common/error.js';
import { processEnvironment } from '../../config/environment.js';
import { readOptions } from '../../config/read-options.js';
import { secretSource } from '../../config/secret-source.js';
import { modelFileAccess, modelFileOptions } from '../../kit/model-file/model-file-options.js';
import { sharedOptions, type GivenRuntimeOptions } from '../../loader/runtime-options.js';
import type { ModelFileRequest, ModelRuntime } from '../../spec/model-runtime.js';
import { flag, integer, oneOf, option, Secret } from '../../spec/option.js';
import type { ModelConfig } from './model-config.js';

/** Those of `CREATE MODEL` that say how a file is run, whatever its format. */
const engineOptions = z.object({
  'runtime.mode': option(oneOf('native', 'sidecar').default('native'), { doc: 'Whether the model runs in this process.' }),
  'inference-threads': option(integer({ min: 1, max: 256 }).default(1), {
    doc: 'Threads that run the model.',
    aliases: ['inference_threads', 'inferenceThreads'],
  }),
  gpu: option(flag().default(false), { doc: 'Whether to run the model on a GPU.' }),
});

/** How the file is reached and checked. An engine does not look for new versions of its model. */
const fileOptions = z.object(modelFileOptions).omit({ 'model.refresh-interval': true });

/** By which option a list of ONNX execution providers is known. */
const EXECUTION_PROVIDERS = new Set(['executionProviders', 'execution-providers', 'execution_providers']);

/** What a model's configuration asks of the loader. */
export interface OpeningOfModel {
  readonly request: ModelFileRequest;
  readonly options: GivenRuntimeOptions;
}

/** @throws {MillraceError} for options that are unknown or have a wrong value. */
export function openingOf(config: ModelConfig, runtimes: readonly ModelRuntime[]): OpeningOfModel {
  const values = optionTexts(config.modelOptions);
  const groups = [{ schema: engineOptions }, { schema: fileOptions }, { schema: sharedOptions(runtimes) }] as const;
  const given = { owner: `model "${config.modelId}"`, values };
  const [own, ofFile, ofRuntimes] = first(() => readOptions(given, groups, secretSource(processEnvironment(), undefined)));
  return {
    request: {
      name: config.modelId,
      address: config.modelPath,
      format: config.format,
      mode: own['runtime.mode'],
      threads: own['inference-threads'],
      device: own.gpu ? 'gpu' : 'cpu',
      declaredInputs: undefined,
      access: modelFileAccess({ ...ofFile, 'model.refresh-interval': undefined }),
    },
    options: { values: ofRuntimes, written: new Set(values.keys()) },
  };
}

/** The options as WITH would have them. */
function optionTexts(options: ReadonlyMap<string, unknown>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of options) {
    if (EXECUTION_PROVIDERS.has(key)) texts.set('gpu', String(isOnGpu(value)));
    else if (value instanceof Secret) texts.set(key, value.reveal());
    else texts.set(key, typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));
  }
  return texts;
}

/** @throws {MillraceError} `INVALID_OPTION` for a provider that is neither the CPU nor CUDA. */
function isOnGpu(providers: unknown): boolean {
  const names = (Array.isArray(providers) ? providers : String(providers).split(',')).map(name =>
    String(name).trim().toLowerCase().replace('executionprovider', ''),
  );
  const foreign = names.find(name => name !== 'cpu' && name !== 'cuda');
  if (foreign === undefined) return names.includes('cuda');
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `there is no execution provider "${foreign}" here`,
    notes: [{ message: 'there are cpu and cuda' }],
  });
}

/** Of several problems the first. */
function first<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw thrown instanceof MillraceErrors ? thrown.errors[0] : thrown;
  }
}
