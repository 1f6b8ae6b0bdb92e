import { createHash, type Hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { MillraceError } from '../../common/error.js';
import { describeBytes } from '../../kit/describe-bytes.js';
import { loadOnnx } from '../../kit/onnx/load-onnx.js';
import { looksLikeOnnx, readModelFile, type ModelFile } from '../../kit/onnx/model-file.js';
import { defineRuntime } from '../../spec/model-runtime.js';
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
  recognizes: ({ entries, head }) => entries === undefined && looksLikeOnnx(head),
  async open({ file: { path, entries }, options, threads, device, declaredInputs }) {
    if (entries) throw new MillraceError({ code: 'MODEL_LOAD', message: `"${path}" is a folder, not an ONNX file` });
    const { file, hash, bytes } = await loadFile(path);
    const shared = { model: file.externalFiles.length > 0 ? path : file.bytes, memoryBytes: bytes, threads, device };
    const folder = await textFolder(path, file, options);
    for (const content of folder?.contents ?? []) hash.update(content);
    const version = hash.digest('hex').slice(0, 12);
    if (folder) return loadTextModel({ ...shared, version, inputs: file.inputs, folder, options });
    return loadOnnx({ ...shared, version, inputs: declaredInputs ?? file.inputs, labels: file });
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

interface ReadFile {
  readonly file: ModelFile;
  /** Over what was read. */
  readonly hash: Hash;
  /** With the weights beside it. */
  readonly bytes: number;
}

async function loadFile(path: string): Promise<ReadFile> {
  const bytes = await readBytes(path);
  const file = readModelFile(bytes);
  if (file === undefined) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `file "${path}" is not an ONNX model: found ${describeBytes(bytes, `${bytes.length} bytes that are no complete protobuf message`)}`,
    });
  }
  if (file.externalFiles.length > 0 && file.rewritten) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `file "${path}" ends in a ZipMap and has its weights in other files, which cannot be run together`,
      notes: [{ message: 'save the model as one file, or export it without ZipMap' }],
    });
  }
  const hash = createHash('sha256').update(bytes);
  let size = bytes.length;
  for (const name of file.externalFiles) {
    const weights = await readBytes(resolve(dirname(path), name));
    hash.update(weights);
    size += weights.length;
  }
  return { file, hash, bytes: size };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const message = isMissing ? `file "${path}" does not exist` : `file "${path}" cannot be read: ${(cause as Error).message}`;
    throw new MillraceError({ code: isMissing ? 'FILE_NOT_FOUND' : 'MODEL_LOAD', message, cause });
  }
}
