import type { TensorData } from '../../spec/element-type.js';
import type { WorkerPool } from '../worker-pool.js';
import type { OnnxReply, OnnxRequest, RunPlan } from './worker-protocol.js';

/** Threads with a session each, of the same model. */
export type OnnxPool = WorkerPool<OnnxRequest, RunPlan, OnnxReply>;

/** The buffers that a worker can take over. */
export function buffersOf(data: readonly TensorData[]): ArrayBuffer[] {
  return data.flatMap(values => (Array.isArray(values) ? [] : [values.buffer as ArrayBuffer]));
}
