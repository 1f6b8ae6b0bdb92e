import { z } from 'zod';
import { defineRuntime } from '../../spec/model-runtime.js';
import { option, text } from '../../spec/option.js';
import { isSavedModel } from './saved-model-folder.js';

const options = z.object({
  signature: option(text().default('serving_default'), {
    doc: 'Which signature of a TensorFlow SavedModel is run.',
    aliases: ['signature-name', 'signature_name'],
  }),
  tags: option(text().default('serve'), { doc: 'Tags of the graph of a TensorFlow SavedModel, parted by commas.' }),
});

/**
 * Runs TensorFlow's SavedModel folders without TensorFlow: the signature is converted into a graph of ONNX, which onnxruntime
 * runs, and steps before it for what only the columns are needed for. What cannot be converted is refused when the model is
 * loaded.
 */
export const tensorflow = defineRuntime({
  name: 'tensorflow',
  formats: ['tensorflow-savedmodel', 'tensorflow_savedmodel', 'saved-model', 'saved_model', 'savedmodel'],
  options,
  recognizes: ({ entries }) => entries !== undefined && isSavedModel(entries),
  // What reads and converts models is loaded for them only: every script with a local model loads this file.
  open: async context => (await import('./open-saved-model.js')).openSavedModel(context),
});
