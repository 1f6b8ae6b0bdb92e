import { RunInterrupted } from '../../kit/onnx/run-interrupted.js';
import { runOpenRows } from '../../kit/onnx/open-run.js';
import { outputTensors } from '../../kit/onnx/output-tensors.js';
import { runRows, tensorsOf } from '../../kit/onnx/session-run.js';
import { tryModel } from '../../kit/onnx/trial-run.js';
import type { PlannedFeed, RunPlan } from '../../kit/onnx/worker-protocol.js';
import type { LoadedModel, ModelInput, ModelRun, PreparedModel, TensorFeed } from '../../spec/model-runtime.js';
import { plainTensors, poolSession, probePool } from './pool-session.js';
import type { SidecarPool } from './sidecar-pool.js';

export interface SidecarModelInit {
  readonly pool: SidecarPool;
  readonly version: string;
  readonly inputs: readonly ModelInput[];
}

/** A model in Python processes, as all other models. */
export function sidecarModel({ pool, version, inputs }: SidecarModelInit): LoadedModel {
  return {
    version,
    memoryBytes: pool.processes.reduce((sum, process) => sum + process.loaded.peak, 0),
    inputs,
    prepare: feeds => prepare(pool, inputs, feeds),
    close: () => pool.close(),
  };
}

/** @throws {MillraceError} `MODEL_LOAD` where the model does not run over zeros. */
async function prepare(pool: SidecarPool, inputs: readonly ModelInput[], feeds: readonly TensorFeed[]): Promise<PreparedModel> {
  const prober: Parameters<typeof tryModel>[0] = {
    call: async (request, { signal }) => {
      const range = { data: request.data, from: 0, to: request.rows, size: request.rows };
      const tensors = request.kind === 'probe' ? tensorsOf(poolSession(pool, signal), request.feeds, range) : {};
      return { kind: 'probe', outputs: await probePool(pool, plainTensors(tensors), signal) };
    },
  };
  const trial = await tryModel(prober, { feeds, fixedRows: fixedRows(inputs, feeds) });
  return {
    outputs: outputTensors(trial.outputs, {
      zipMapLabels: new Map(),
      classLabels: undefined,
      rows: trial.rows,
      others: trial.otherOutputs,
    }),
    reading: reads => run(pool, { id: 0, feeds, reads, fixedRows: trial.fixedRows }),
  };
}

/** Rows that the inputs that are fed take at once; one where an input has no dimension that counts them. */
function fixedRows(inputs: readonly ModelInput[], feeds: readonly PlannedFeed[]): number | undefined {
  if (feeds.some(feed => feed.isScalar)) return 1;
  const fed = inputs.filter(input => feeds.some(feed => feed.name === input.name));
  return fed.map(input => input.shape?.[0]).find(size => size !== undefined);
}

function run(pool: SidecarPool, plan: RunPlan): ModelRun {
  const isOpen = plan.feeds.some(feed => feed.openShape);
  return async (rows, data, signal, sizes = []) => {
    const session = poolSession(pool, signal);
    try {
      return isOpen ? await runOpenRows(session, plan, { rows, data, sizes }) : await runRows(session, plan, { rows, data });
    } catch (thrown) {
      throw thrown instanceof RunInterrupted ? thrown.cause : thrown;
    }
  };
}
