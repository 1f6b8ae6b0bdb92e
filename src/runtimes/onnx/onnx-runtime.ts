import { MillraceError } from '../../common/error.js';
import { loadOnnx } from '../../kit/onnx/load-onnx.js';
import { looksLikeOnnx, looksLikeOrt, type ModelFile } from '../../kit/onnx/model-file.js';
import { defineRuntime } from '../../spec/model-runtime.js';
import { loadFile } from './load-file.js';
import { findOnnxFile, looksLikeOnnxFolder } from './model-folder.js';
import { loadTextModel, takesTokens } from './text/load-text-model.js';
import { findTokenizer, readTextFolder, type TextFolder } from './text/text-folder.js';
import { textOptions, type TextOptions } from './text/text-options.js';

/**
 * Runs ONNX files with the optional package `onnxruntime-node`, in worker threads; those of texts with their tokenizer.
 *
 * The version is the first 12 hexadecimal digits of the SHA-256 of the file, and of the files beside it that it needs.
 */
export const onnx = defineRuntime({
  name: 'onnx',
  formats: [],
  options: textOptions,
  recognizes: ({ entries, head }) => (entries ? looksLikeOnnxFolder(entries) : looksLikeOnnx(head) || looksLikeOrt(head)),
  async open({ file: given, options, threads, device, declaredInputs }) {
    const path = await findOnnxFile(given);
    const { file, model, hash, bytes } = await loadFile(path);
    const shared = { model, memoryBytes: bytes, threads, device };
    const folder = await textFolder(path, file, options);
    for (const content of folder?.contents ?? []) hash.update(content);
    const version = hash.digest('hex').slice(0, 12);
    if (folder) return loadTextModel({ ...shared, version, inputs: file.inputs, folder, options });
    return loadOnnx({ ...shared, version, inputs: declaredInputs ?? file.inputs, labels: file, tensors: file.tensors });
  },
});

/** What makes a model one of texts; `undefined` where it is none, or columns feed the numbers of tokens. */
async function textFolder(path: string, file: ModelFile, options: TextOptions): Promise<TextFolder | undefined> {
  const asked = options['tokenizer-path'];
  const isText = takesTokens(file.inputs) && asked !== 'none';
  const tokenizer = isText ? await findTokenizer(path, asked) : undefined;
  if (tokenizer !== undefined) return readTextFolder(tokenizer);
  const [written] =
    Object.entries(options).find(([key, value]) => value !== undefined && !(key === 'tokenizer-path' && value === 'none')) ?? [];
  if (written === undefined) return undefined;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `option "${written}" is for models of texts, ${takesTokens(file.inputs) ? 'and there is no tokenizer.json beside the model' : 'which take input_ids'}`,
    notes: [
      {
        message: takesTokens(file.inputs)
          ? "set 'tokenizer-path'"
          : `the model takes ${file.inputs.map(({ name }) => `"${name}"`).join(', ')}: remove the option`,
      },
    ],
  });
}
