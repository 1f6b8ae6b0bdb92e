import { ModelEngine } from '../../kit/inference-engine/model-engine.js';
import { defineConnector, type TableContext } from '../../spec/connector.js';
import { fileAccessOf, mlInferenceOptions, type MlInferenceOptions } from '../../kit/inference-engine/ml-inference-options.js';
import { scoreLookup } from './score-lookup.js';

/** A model as a table that is asked by key, in a lookup join or by ml_score. It is neither read nor written as a whole. */
export const mlInference = defineConnector({
  name: 'ml-inference',
  options: mlInferenceOptions,
  format: 'none',
  model: {
    nameOption: 'model.name',
    settings: options => ({
      name: options['model.name'],
      keepMs: options['cache.enabled'] ? options['cache.ttl'] : undefined,
      batchSize: options['batch.size'],
      async: options['async.enabled'],
      maxRetries: options['retry.max-attempts'],
    }),
    openEngine,
  },
  createLookup: scoreLookup,
});

async function openEngine({ options, clock, openModelFile }: TableContext<MlInferenceOptions>): Promise<ModelEngine> {
  const handle = await openModelFile({
    name: options['model.name'],
    address: options['model.path'],
    format: options['model.format'],
    mode: 'native',
    threads: 1,
    device: 'cpu',
    declaredInputs: undefined,
    access: fileAccessOf(options),
  });
  const engine = new ModelEngine(clock);
  try {
    await engine.initialize(handle);
    return engine;
  } catch (thrown) {
    await engine.close();
    throw thrown;
  }
}
