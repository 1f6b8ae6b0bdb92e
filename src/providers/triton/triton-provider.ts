import { defineProvider } from '../../spec/provider.js';
import { openTritonModel } from './triton-model.js';
import { tritonOptions } from './triton-options.js';

/** Models on Triton, KServe or any other server of the Open Inference Protocol v2 over HTTP. */
export const triton = defineProvider({
  name: 'triton',
  options: tritonOptions,
  // The server forms larger batches of its own out of several requests.
  defaults: { batchSize: 32, batchTimeoutMs: 5, maxConcurrentRequests: 10 },
  openModel: openTritonModel,
});
