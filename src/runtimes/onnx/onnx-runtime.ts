import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { defineRuntime } from '../../spec/provider.js';
import { mapFeatures } from './feature-mapping.js';
import { describeBytes } from './file-kind.js';
import { readModelFile, type ModelFile } from './model-file.js';
import { createOnnxModel, type OnnxPool } from './onnx-model.js';
import { mapOutputs, outputTensors } from './output-mapping.js';
import { tryModel } from './trial-run.js';
import { WorkerPool } from './worker-pool.js';
import type { OnnxWorkerStart } from './worker-protocol.js';

const options = z.object({});

/**
 * Runs ONNX files with the optional package `onnxruntime-node`, in worker threads.
 *
 * The version is the first 12 hexadecimal digits of the SHA-256 of the file, and of the weight files that it names.
 */
export const onnx = defineRuntime({
  name: 'onnx',
  options,
  async open({ path, inputs, outputs, threads, device }) {
    const { file, version } = await loadFile(path);
    const { feeds, fixedRows } = mapFeatures(file.inputs, inputs);
    const start: OnnxWorkerStart = { packageName: 'onnxruntime-node', model: file.externalFiles.length > 0 ? path : file.bytes, device };
    const pool: OnnxPool = await WorkerPool.open({ entry: new URL('./onnx-worker.js', import.meta.url), start, threads });
    try {
      const trial = await tryModel(pool, { feeds, fixedRows });
      const reads = mapOutputs(outputTensors(trial.outputs, { ...file, rows: trial.rows }), outputs);
      pool.setup({ feeds, reads, fixedRows: trial.fixedRows });
      return createOnnxModel({ version, pool, inputs, feeds, reads });
    } catch (error) {
      await pool.close();
      throw error;
    }
  },
});

async function loadFile(path: string): Promise<{ readonly file: ModelFile; readonly version: string }> {
  const bytes = await readBytes(path);
  const file = readModelFile(bytes);
  if (file === undefined) {
    throw new MillraceError({ code: 'MODEL_LOAD', message: `file "${path}" is not an ONNX model: found ${describeBytes(bytes)}` });
  }
  const hash = createHash('sha256').update(bytes);
  for (const name of file.externalFiles) hash.update(await readBytes(resolve(dirname(path), name)));
  if (file.externalFiles.length > 0 && file.rewritten) {
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `file "${path}" ends in a ZipMap and has its weights in other files, which cannot be run together`,
      notes: [{ message: 'save the model as one file, or export it without ZipMap' }],
    });
  }
  return { file, version: hash.digest('hex').slice(0, 12) };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).isDirectory())
      throw new MillraceError({ code: 'MODEL_LOAD', message: `"${path}" is a folder, not an ONNX file` });
    return await readFile(path);
  } catch (error) {
    if (MillraceError.is(error)) throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const message = isMissing ? `file "${path}" does not exist` : `file "${path}" cannot be read: ${(error as Error).message}`;
    throw new MillraceError({ code: isMissing ? 'FILE_NOT_FOUND' : 'MODEL_LOAD', message, cause: error });
  }
}
