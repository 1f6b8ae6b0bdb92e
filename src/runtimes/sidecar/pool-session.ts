import { RunInterrupted } from '../../kit/onnx/run-interrupted.js';
import type { OpenSession } from '../../kit/onnx/session-run.js';
import type { ProbedOutput } from '../../kit/onnx/worker-protocol.js';
import type { ElementType, TensorData } from '../../spec/element-type.js';
import { MAX_PAYLOAD_BYTES } from './frame.js';
import type { SidecarPool } from './sidecar-pool.js';
import { ModelFailure, type SidecarCall } from './sidecar-process.js';
import { encodeTensor } from './tensor-bytes.js';

/** A tensor as `kit/onnx` makes and reads it. */
class PlainTensor {
  readonly type: ElementType;
  readonly data: TensorData;
  readonly dims: readonly number[];

  constructor(type: ElementType, data: TensorData, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

/**
 * Runs of Python processes in the form of those of onnxruntime, so that rows are cut, filled up, grouped by shape and halved
 * where they fail by the same code. Only what that code uses is there.
 */
export function poolSession(pool: SidecarPool, signal: AbortSignal): OpenSession {
  const run = async (tensors: Readonly<Record<string, PlainTensor>>, outputs: readonly string[]): Promise<Record<string, PlainTensor>> => {
    const received = await interruptible(pool.call(callOf(tensors, outputs), signal));
    const results: Record<string, PlainTensor> = {};
    for (const { name, element, shape, data } of received) if (element && data) results[name] = new PlainTensor(element, data, shape);
    const missing = outputs.find(name => results[name] === undefined);
    if (missing !== undefined) throw new ModelFailure(`output "${missing}" is not there`);
    return results;
  };
  return { session: { run } as unknown as OpenSession['session'], Tensor: PlainTensor as unknown as OpenSession['Tensor'] };
}

/** All outputs of a run, whatever they are. */
export async function probePool(pool: SidecarPool, tensors: ReturnType<typeof plainTensors>, signal: AbortSignal): Promise<ProbedOutput[]> {
  const received = await interruptible(pool.call(callOf(tensors, undefined), signal));
  return received.map(({ name, element, shape }) => ({ name, element, dims: shape }));
}

/** What `tensorsOf` of `kit/onnx` made with the constructor of `poolSession`. */
export function plainTensors(tensors: object): Readonly<Record<string, PlainTensor>> {
  return tensors as Readonly<Record<string, PlainTensor>>;
}

function callOf(tensors: Readonly<Record<string, PlainTensor>>, outputs: readonly string[] | undefined): SidecarCall {
  const entries = Object.entries(tensors);
  const parts = entries.map(([, { data }]) => encodeTensor(data));
  // Fewer rows take less.
  if (parts.reduce((sum, part) => sum + part.byteLength, 0) > MAX_PAYLOAD_BYTES) throw new ModelFailure('the inputs are larger than 1 GB');
  return { tensors: entries.map(([name, { type, dims }]) => ({ name, element: type, shape: dims })), parts, outputs };
}

async function interruptible<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (thrown) {
    throw thrown instanceof ModelFailure ? thrown : new RunInterrupted(thrown);
  }
}
