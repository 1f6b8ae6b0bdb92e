import { z } from 'zod';
import { defineRuntime } from '../../spec/model-runtime.js';
import { looksLikeTorch } from './archive/looks-like-torch.js';

/**
 * Runs TorchScript archives without PyTorch: their code becomes an ONNX graph, which `onnxruntime-node` runs in worker threads.
 *
 * The version is the first 12 hexadecimal digits of the SHA-256 of the file.
 */
export const pytorch = defineRuntime({
  name: 'pytorch',
  formats: ['torchscript', 'pytorch-torchscript', 'pytorch_torchscript'],
  options: z.object({}),
  recognizes: ({ entries, head }) => entries === undefined && looksLikeTorch(head),
  // What reads archives is loaded for archives only: every script with a local model loads this file.
  open: async context => (await import('./open-torch-model.js')).openTorchModel(context),
});
