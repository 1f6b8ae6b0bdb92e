import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import { modelFileAccess, modelFileOptions } from '../../kit/model-file/model-file-options.js';
import { OUTPUT_KINDS } from '../../spec/model-runtime.js';
import { flag, integer, oneOf, option, text } from '../../spec/option.js';
import { defineProvider } from '../../spec/provider.js';
import { declaredInputs } from './declared-inputs.js';
import { openVersion } from './open-version.js';

const options = z.object({
  'model-path': option(text(), {
    doc: 'The model file, or the folder of a model that is one: a path, where a relative one starts at the working directory, or an address that begins with `file`, `http`, `https`, `s3`, `s3a`, `hdfs`, `webhdfs` or `swebhdfs`.',
    aliases: ['model_path', 'model.path'],
  }),
  runtime: option(text().optional(), {
    doc: 'What runs the file, such as `onnx`, or the format of the file, such as `xgboost-json`; told by its bytes when absent.',
    aliases: ['model.format'],
  }),
  'runtime.mode': option(oneOf('native', 'sidecar').default('native'), {
    doc: 'Whether the model runs in this process, or by Python in a process of its own.',
    aliases: ['runtime-mode', 'runtime_mode'],
  }),
  'model-version': option(text().optional(), {
    doc: 'The version to report; made from the content of the file when absent or `latest`.',
    aliases: ['model_version', 'model.version'],
  }),
  'model.inputs': option(declaredInputs().optional(), {
    doc: 'What the model takes, for formats that do not tell: a list of names, element types and shapes in JSON.',
    aliases: ['model-inputs', 'model_inputs'],
  }),
  output: option(oneOf(...OUTPUT_KINDS).optional(), {
    doc: 'What the columns of OUTPUT read, where the model gives it; each column decides by its name and type when absent.',
  }),
  'inference-threads': option(integer({ min: 1, max: 256 }).default(1), {
    doc: 'Threads that run the model.',
    aliases: ['inference_threads'],
  }),
  ...modelFileOptions,
  task: option(oneOf('classification', 'regression', 'clustering', 'embedding').optional(), {
    doc: 'What the model does; a note, on which nothing depends.',
  }),
  gpu: option(flag().default(false), {
    doc: 'Whether to run the model on a GPU; refused where the runtime finds none.',
  }),
});

/** Most rows of one tensor batch: bounds the memory of a call. */
const MAX_INPUTS = 65_536;

/** Models that run on this machine, from a file. */
export const local = defineProvider({
  name: 'local',
  options,
  // Two calls: one is computed while the next is prepared. The runtime's threads are what bounds the work.
  defaults: { batchSize: 1_024, batchTimeoutMs: 5, maxConcurrentRequests: 2 },
  runsFiles: true,
  async openModel({ name, options: given, inputs, outputs, clock, openModelFile }) {
    try {
      const handle = await openModelFile({
        name,
        address: given['model-path'],
        format: given.runtime,
        mode: given['runtime.mode'],
        threads: given['inference-threads'],
        device: given.gpu ? 'gpu' : 'cpu',
        declaredInputs: given['model.inputs'],
        access: modelFileAccess(given),
      });
      const named = given['model-version'];
      return await openVersion(handle, {
        columns: { inputs, outputs, output: given.output },
        maxInputsPerCall: MAX_INPUTS,
        version: named === 'latest' ? undefined : named,
        monotonic: () => clock.monotonic(),
      });
    } catch (thrown) {
      throw MillraceError.is(thrown) ? thrown.within({ model: name, provider: 'local' }) : thrown;
    }
  },
});
