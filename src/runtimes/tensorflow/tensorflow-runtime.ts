import { dirname } from 'node:path';
import { readdir } from 'node:fs/promises';
import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { encodeOnnxModel } from '../../kit/onnx/onnx-graph.js';
import { loadOnnx } from '../../kit/onnx/load-onnx.js';
import { defineRuntime, type ModelFileView } from '../../spec/model-runtime.js';
import { option, text } from '../../spec/option.js';
import { convertSignature } from './convert/convert-signature.js';
import { readSavedModel } from './read-saved-model.js';
import { isSavedModel, readFolder } from './saved-model-folder.js';
import { tensorflowModel } from './tensorflow-model.js';

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
  async open({ file, options: given, threads, device, declaredInputs }) {
    if (declaredInputs)
      throw new MillraceError({
        code: 'INVALID_OPTION',
        message: 'option "model.inputs" is set, but a SavedModel tells itself what it takes',
      });
    const folder = await readFolder(...(await folderOf(file)));
    const tags = given.tags
      .split(',')
      .map(tag => tag.trim())
      .filter(tag => tag !== '');
    const opened = readSavedModel(folder, { signature: given.signature, tags });
    const converted = convertSignature(opened, folder.readAsset);
    const model = encodeOnnxModel(converted.graph);
    const onnx = await loadOnnx({
      model,
      version: folder.version,
      memoryBytes: model.length,
      inputs: converted.graph.inputs.map(({ name, element, shape }) => ({
        name,
        element,
        shape: shape?.map(size => (typeof size === 'number' ? size : undefined)),
      })),
      labels: { zipMapLabels: new Map(), classLabels: undefined },
      threads,
      device,
    });
    return tensorflowModel(converted, onnx);
  },
});

/** The folder and its files; a file of it may have been named instead. */
async function folderOf({ path, entries }: ModelFileView): Promise<[path: string, entries: readonly string[]]> {
  return entries ? [path, entries] : [dirname(path), await readdir(dirname(path))];
}
