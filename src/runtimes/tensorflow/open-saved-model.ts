import { dirname } from 'node:path';
import { readdir } from 'node:fs/promises';
import { MillraceError } from '../../common/error.js';
import { encodeOnnxModel } from '../../kit/onnx/onnx-graph.js';
import { loadOnnx } from '../../kit/onnx/load-onnx.js';
import type { LoadedModel, ModelFileView, RuntimeContext } from '../../spec/model-runtime.js';
import { convertSignature } from './convert/convert-signature.js';
import { readSavedModel } from './read-saved-model.js';
import { readFolder } from './saved-model-folder.js';
import { tensorflowModel } from './tensorflow-model.js';

export interface SignatureChoice {
  readonly signature: string;
  /** Parted by commas. */
  readonly tags: string;
}

/**
 * Reads a SavedModel and converts one of its signatures.
 *
 * @throws {MillraceError} `MODEL_LOAD`, `INVALID_OPTION`, and as `loadOnnx`.
 */
export async function openSavedModel({
  file,
  options: given,
  threads,
  device,
  declaredInputs,
}: RuntimeContext<SignatureChoice>): Promise<LoadedModel> {
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
}

/** The folder and its files; a file of it may have been named instead. */
async function folderOf({ path, entries }: ModelFileView): Promise<[path: string, entries: readonly string[]]> {
  return entries ? [path, entries] : [dirname(path), await readdir(dirname(path))];
}
