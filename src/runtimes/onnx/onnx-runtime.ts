import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { describeBytes } from '../../kit/describe-bytes.js';
import { loadOnnx } from '../../kit/onnx/load-onnx.js';
import { looksLikeOnnx, readModelFile, type ModelFile } from '../../kit/onnx/model-file.js';
import { defineRuntime } from '../../spec/model-runtime.js';

const options = z.object({});

/**
 * Runs ONNX files with the optional package `onnxruntime-node`, in worker threads.
 *
 * The version is the first 12 hexadecimal digits of the SHA-256 of the file, and of the weight files that it names.
 */
export const onnx = defineRuntime({
  name: 'onnx',
  formats: [],
  options,
  recognizes: ({ entries, head }) => entries === undefined && looksLikeOnnx(head),
  async open({ file: { path, entries }, threads, device, declaredInputs }) {
    if (entries) throw new MillraceError({ code: 'MODEL_LOAD', message: `"${path}" is a folder, not an ONNX file` });
    const { file, version, bytes } = await loadFile(path);
    return loadOnnx({
      model: file.externalFiles.length > 0 ? path : file.bytes,
      version,
      memoryBytes: bytes,
      inputs: declaredInputs ?? file.inputs,
      labels: file,
      threads,
      device,
    });
  },
});

interface ReadFile {
  readonly file: ModelFile;
  readonly version: string;
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
  return { file, version: hash.digest('hex').slice(0, 12), bytes: size };
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
