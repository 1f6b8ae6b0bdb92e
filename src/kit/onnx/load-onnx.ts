import { MillraceError } from '../../common/error.js';
import type { LoadedModel, ModelInput, ModelRun, OutputRead, TensorFeed } from '../../spec/model-runtime.js';
import { WorkerPool } from '../worker-pool.js';
import { buffersOf, type OnnxPool } from './onnx-pool.js';
import { outputTensors, type KnownLabels } from './output-tensors.js';
import { tryModel, type Trial } from './trial-run.js';
import type { OnnxWorkerStart } from './worker-protocol.js';

export interface OnnxInit {
  /** The model's bytes, of which each thread gets a copy; or the path of its file where weights stand in files beside it. */
  readonly model: Uint8Array | string;
  readonly version: string;
  /** A guess of what one thread keeps in memory, in bytes. */
  readonly memoryBytes: number;
  /** What the model takes, in the order of its file. */
  readonly inputs: readonly ModelInput[];
  readonly labels: KnownLabels;
  readonly threads: number;
  readonly device: 'cpu' | 'gpu';
}

/**
 * Starts onnxruntime with a model, in threads of its own. The package is loaded by the threads only.
 *
 * @throws {MillraceError} `MODEL_LOAD` where onnxruntime refuses the model, `MISSING_PACKAGE`, `INVALID_OPTION` for a GPU that is not there.
 */
export async function loadOnnx({ model, version, memoryBytes, inputs, labels, threads, device }: OnnxInit): Promise<LoadedModel> {
  const start: OnnxWorkerStart = { packageName: 'onnxruntime-node', model, device };
  const pool: OnnxPool = await WorkerPool.open({ entry: new URL('./onnx-worker.js', import.meta.url), start, threads });
  const fixedRows = inputs.map(input => input.shape?.[0]).find(size => size !== undefined);
  let plans = 0;
  return {
    version,
    memoryBytes: memoryBytes * threads,
    inputs,
    async prepare(feeds) {
      const trial = await tryModel(pool, { feeds, fixedRows });
      return {
        outputs: outputTensors(trial.outputs, { ...labels, rows: trial.rows }),
        reading: reads => plannedRun(pool, { id: plans++, feeds, reads, trial }),
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
}

function plannedRun(pool: OnnxPool, { id, feeds, reads, trial }: Plan): ModelRun {
  // Not the codes of categories, which the caller has put in, nor the types of columns.
  const sent = feeds.map(({ name, element, rowShape, width }) => ({ name, element, rowShape, width }));
  const read = reads.map(({ output, width, offset, count, form }) => ({ output, width, offset, count, form }));
  pool.setup({ id, feeds: sent, reads: read, fixedRows: trial.fixedRows });
  return async (rows, data, signal) => {
    const reply = await pool.call({ kind: 'run', plan: id, rows, data }, { transfer: buffersOf(data), signal });
    if (reply.kind === 'run') return reply;
    throw new MillraceError({ code: 'INTERNAL', message: `an ONNX worker answered a run with a ${reply.kind}` });
  };
}
