import { MillraceError } from '../../common/error.js';
import type { LoadedModel, ModelInput, ModelRun, OutputRead, TensorFeed } from '../../spec/model-runtime.js';
import { WorkerPool } from '../worker-pool.js';
import { buffersOf, type OnnxPool } from './onnx-pool.js';
import { outputTensors, type KnownLabels } from './output-tensors.js';
import { tryModel, type Trial } from './trial-run.js';
import type { OnnxWorkerStart, PlannedFeed, ProbedOutput } from './worker-protocol.js';

export interface OnnxInit {
  /** The model's bytes, of which each thread gets a copy; or the path of its file where weights stand in files beside it. */
  readonly model: Uint8Array | string;
  readonly version: string;
  /** A guess of what one thread keeps in memory, in bytes. */
  readonly memoryBytes: number;
  /** What the model takes, in the order of its file. */
  readonly inputs: readonly ModelInput[];
  readonly labels: KnownLabels;
  /** By the name of an input or output, the tensor of the model that is fed or read in its place; its own when absent. */
  readonly tensors?: ReadonlyMap<string, string> | undefined;
  readonly threads: number;
  readonly device: 'cpu' | 'gpu';
}

/**
 * Starts onnxruntime with a model, in threads of its own. The package is loaded by the threads only.
 *
 * @throws {MillraceError} `MODEL_LOAD` where onnxruntime refuses the model, `MISSING_PACKAGE`, `INVALID_OPTION` for a GPU that is not there.
 */
export async function loadOnnx({
  model,
  version,
  memoryBytes,
  inputs,
  labels,
  tensors = new Map(),
  threads,
  device,
}: OnnxInit): Promise<LoadedModel> {
  const start: OnnxWorkerStart = { packageName: 'onnxruntime-node', model, device };
  const pool: OnnxPool = await WorkerPool.open({ entry: new URL('./onnx-worker.js', import.meta.url), start, threads });
  const names = new Map([...tensors].map(([name, tensor]) => [tensor, name]));
  const namedOutput = (output: ProbedOutput): ProbedOutput => ({ ...output, name: names.get(output.name) ?? output.name });
  let plans = 0;
  return {
    version,
    memoryBytes: memoryBytes * threads,
    inputs,
    async prepare(feeds) {
      const trial = await tryModel(pool, { feeds: feeds.map(feed => plannedFeed(feed, tensors)), fixedRows: fixedRows(inputs, feeds) });
      return {
        outputs: outputTensors(trial.outputs.map(namedOutput), { ...labels, rows: trial.rows, others: trial.otherOutputs }),
        reading: reads => plannedRun(pool, { id: plans++, feeds, reads, trial, tensors }),
      };
    },
    close: () => pool.close(),
  };
}

interface Plan {
  readonly id: number;
  readonly feeds: readonly TensorFeed[];
  readonly reads: readonly OutputRead[];
  readonly trial: Trial;
  readonly tensors: ReadonlyMap<string, string>;
}

/** Rows that the inputs that are fed take at once; one where an input has no dimension that counts them. */
function fixedRows(inputs: readonly ModelInput[], feeds: readonly TensorFeed[]): number | undefined {
  if (feeds.some(feed => feed.isScalar)) return 1;
  const fed = inputs.filter(input => feeds.some(feed => feed.name === input.name));
  return fed.map(input => input.shape?.[0]).find(size => size !== undefined);
}

/** Without the codes of categories, which the caller has put in, and the columns. */
function plannedFeed(
  { name, element, rowShape, width, openShape, isScalar }: TensorFeed,
  tensors: ReadonlyMap<string, string>,
): PlannedFeed {
  return { name: tensors.get(name) ?? name, element, rowShape, width, openShape, isScalar };
}

function plannedRun(pool: OnnxPool, { id, feeds, reads, trial, tensors }: Plan): ModelRun {
  const read = reads.map(({ output, width, offset, count, form, openDimensions }) => ({
    output: tensors.get(output) ?? output,
    width,
    offset,
    count,
    form,
    openDimensions,
  }));
  pool.setup({ id, feeds: feeds.map(feed => plannedFeed(feed, tensors)), reads: read, fixedRows: trial.fixedRows });
  return async (rows, data, signal, sizes = []) => {
    const reply = await pool.call({ kind: 'run', plan: id, rows, data, sizes }, { transfer: buffersOf(data), signal });
    if (reply.kind === 'run') return reply;
    throw new MillraceError({ code: 'INTERNAL', message: `an ONNX worker answered a run with a ${reply.kind}` });
  };
}
