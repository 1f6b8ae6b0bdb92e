import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { flag, integer, oneOf, option, text } from '../../spec/option.js';
import { defineProvider } from '../../spec/provider.js';

const options = z.object({
  'model-path': option(text(), {
    doc: 'The model file, or the folder of a model that is one; a relative path starts at the working directory.',
    aliases: ['model_path', 'model.path'],
  }),
  runtime: option(text().optional(), {
    doc: 'What runs the file, such as `onnx`; told by the ending of the file when absent.',
    aliases: ['model.format'],
  }),
  'model-version': option(text().optional(), {
    doc: 'The version to report; made from the content of the file when absent or `latest`.',
    aliases: ['model_version', 'model.version'],
  }),
  'inference-threads': option(integer({ min: 1, max: 256 }).default(1), {
    doc: 'Threads that run the model, each with a copy of it.',
    aliases: ['inference_threads'],
  }),
  task: option(oneOf('classification', 'regression', 'clustering', 'embedding').optional(), {
    doc: 'What the model does; a note, on which nothing depends.',
  }),
  gpu: option(flag().default(false), {
    doc: 'Whether to run the model on a GPU; refused where the runtime finds none.',
  }),
});

/** Most rows of one tensor batch: bounds the memory of a call. */
const MAX_INPUTS = 65_536;

/** Models that run in this process, from a file. */
export const local = defineProvider({
  name: 'local',
  options,
  // Two calls: one is computed while the next is prepared. The runtime's threads are what bounds the work.
  defaults: { batchSize: 1_024, batchTimeoutMs: 5, maxConcurrentRequests: 2 },
  async openModel({ name, options: given, inputs, outputs, loadRuntime }) {
    try {
      const path = localPath(given['model-path']);
      const runtime = await loadRuntime(given.runtime ?? runtimeOf(path));
      await checkExists(path);
      const model = await runtime.open({
        name,
        path,
        options: runtime.options.parse({}),
        inputs,
        outputs,
        threads: given['inference-threads'],
        device: given.gpu ? 'gpu' : 'cpu',
      });
      const pinned = given['model-version'];
      return {
        maxInputsPerCall: MAX_INPUTS,
        version: pinned === undefined || pinned === 'latest' ? model.version : pinned,
        predict: (batch, { signal }) => model.predict(batch, signal),
        close: () => model.close(),
      };
    } catch (error) {
      throw MillraceError.is(error) ? error.within({ model: name, provider: 'local' }) : error;
    }
  },
});

function localPath(written: string): string {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(written)?.[1];
  if (scheme === undefined) return resolve(written);
  if (scheme.toLowerCase() !== 'file') {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `option "model-path" is "${written}", and ${scheme}:// is not read: a path is, or file://`,
      notes: [{ message: 'copy the model to this machine first, and give its path here' }],
    });
  }
  try {
    return fileURLToPath(written);
  } catch (cause) {
    throw new MillraceError({ code: 'INVALID_OPTION', message: `option "model-path" is not a URL of a local file: "${written}"`, cause });
  }
}

function runtimeOf(path: string): string {
  if (path.toLowerCase().endsWith('.onnx')) return 'onnx';
  throw new MillraceError({
    code: 'MISSING_OPTION',
    message: `option "runtime" is missing, and the ending of "${path}" does not tell it`,
    notes: [{ message: "add 'runtime' = 'onnx' for an ONNX file" }],
  });
}

/** Other problems than absence are told by the runtime, which knows whether it wants a file or a folder. */
async function checkExists(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return;
    throw new MillraceError({ code: 'FILE_NOT_FOUND', message: `model file "${path}" does not exist`, cause });
  }
}
