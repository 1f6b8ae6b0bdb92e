import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-node';
import type { TensorData } from '../../spec/element-type.js';
import type { OutputRead, ReadValues } from '../../spec/model-runtime.js';
import { halfToDouble } from '../float16.js';
import { RunInterrupted } from './run-interrupted.js';
import type { OnnxReply, ProbedOutput, RunPlan } from './worker-protocol.js';

/** A tensor that a session gave. */
export type SessionTensor = Tensor;

/** A session that is ready, with the constructor of its tensors. */
export interface OpenSession {
  readonly session: InferenceSession;
  readonly Tensor: TensorConstructor;
}

/** A matrix of one row is multiplied by another kernel, whose sums differ in the last bit: it would tell a lone row from one in a batch. */
export const FEWEST_ROWS = 2;

export type RunReply = OnnxReply & { readonly kind: 'run' };

/** Runs the model over `rows` rows and tells what came out of each output. */
export async function probe(
  open: OpenSession,
  request: { feeds: RunPlan['feeds']; rows: number; data: readonly TensorData[] },
): Promise<ProbedOutput[]> {
  const { session } = open;
  const tensors = session.outputMetadata.filter(output => output.isTensor).map(output => output.name);
  const results = await session.run(
    tensorsOf(open, request.feeds, { data: request.data, from: 0, to: request.rows, size: request.rows }),
    tensors,
  );
  return session.outputNames.map(name => ({ name, element: results[name]?.type, dims: results[name]?.dims ?? [] }));
}

/**
 * Runs the model over `rows` rows.
 *
 * Rows that make a run fail are found by halving, so that a row's answer never depends on its neighbours.
 */
export async function runRows(
  open: OpenSession,
  plan: RunPlan,
  { rows, data }: { rows: number; data: readonly TensorData[] },
): Promise<RunReply> {
  const columns = plan.reads.map(({ form, count }) => allocateValues(form, rows * count));
  const failures: [number, string][] = [];
  const outputs = [...new Set(plan.reads.map(read => read.output))];
  const runRange = async (from: number, to: number): Promise<void> => {
    const size = plan.fixedRows ?? Math.max(FEWEST_ROWS, to - from);
    try {
      const results = await open.session.run(tensorsOf(open, plan.feeds, { data, from, to, size }), outputs);
      for (const [i, read] of plan.reads.entries()) copyValues(columns[i]!, results[read.output]!, { read, from, to, size });
    } catch (error) {
      if (error instanceof RunInterrupted) throw error;
      if (to - from === 1) {
        failures.push([from, reasonOf(error)]);
        return;
      }
      const middle = from + Math.ceil((to - from) / 2);
      await runRange(from, middle);
      await runRange(middle, to);
    }
  };
  const step = plan.fixedRows ?? rows;
  for (let from = 0; from < rows; from += step) await runRange(from, Math.min(from + step, rows));
  return { kind: 'run', columns, failures };
}

/** The first line of what onnxruntime says, which names the node or the dimension; the others are advice. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message
    .split('\n')
    .map(line => line.trim().replace(/\.$/, ''))
    .filter(line => line !== '' && !line.startsWith('Please fix'));
  return lines.slice(0, 2).join(' ');
}

/** Rows `from` to `to` of the data. */
export interface Range {
  readonly data: readonly TensorData[];
  readonly from: number;
  readonly to: number;
  /** Rows of the tensor; where there are more than from `from` to `to`, the last row is repeated. */
  readonly size: number;
}

/** The tensors of a run over these rows. */
export function tensorsOf({ Tensor }: OpenSession, feeds: RunPlan['feeds'], { data, from, to, size }: Range): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  for (const [i, { name, element, rowShape, width, isScalar }] of feeds.entries()) {
    const values = rowsOf(data[i]!, { from: from * width, to: to * width, length: size * width, width });
    // onnxruntime has no missing texts, so no feed of it takes any.
    tensors[name] = new Tensor(element, values as Exclude<TensorData, (string | null)[]> | string[], isScalar ? [] : [size, ...rowShape]);
  }
  return tensors;
}

function rowsOf(data: TensorData, { from, to, length, width }: { from: number; to: number; length: number; width: number }): TensorData {
  if (from === 0 && to === data.length && length === to) return data;
  if (length === to - from) return Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to);
  const padded = data.slice(from, from + length) as TensorData;
  const whole = padded.length === length ? padded : grown(padded, length);
  for (let at = to - from; at < length; at++) whole[at] = data[to - width + (at % width)]!;
  return whole;
}

function grown(data: TensorData, length: number): TensorData {
  if (Array.isArray(data)) return [...data, ...Array.from({ length: length - data.length }, () => '')];
  const room = new (data.constructor as new (length: number) => Float32Array)(length);
  room.set(data as Float32Array);
  return room;
}

/** Room for `length` values. */
export function allocateValues(form: OutputRead['form'], length: number): ReadValues {
  switch (form) {
    case 'numbers':
      return new Float64Array(length);
    case 'longs':
      return new BigInt64Array(length);
    case 'unsigned':
      return new BigUint64Array(length);
    case 'flags':
      return new Uint8Array(length);
    case 'texts':
      return Array.from({ length }, () => '');
  }
}

/** Puts what a run over `size` rows gave for its first rows into the rows `from` to `to` of a column. */
export function copyValues(
  column: ReadValues,
  tensor: Tensor,
  { read, from, to, size }: { read: OutputRead; from: number; to: number; size: number },
): void {
  const { width, offset, count } = read;
  const data = elementsOf(tensor);
  if (data.length !== size * width) {
    throw new Error(`output "${read.output}" has the shape [${tensor.dims.join(', ')}], not ${size} rows of ${width} values`);
  }
  if (count === width && size === to - from && !Array.isArray(column)) {
    (column as Float64Array).set(data as Float64Array, from * count);
    return;
  }
  for (let row = from, source = offset; row < to; row++, source += width) {
    for (let j = 0; j < count; j++) column[row * count + j] = data[source + j]!;
  }
}

export type Elements = Float64Array | BigInt64Array | Uint8Array | string[];

/** The elements of a tensor as JavaScript has them: halves as doubles. */
export function elementsOf(tensor: Tensor): Elements {
  if (tensor.type !== 'float16') return tensor.data as Elements;
  // Newer releases of Node give half-precision floats of their own instead of the bits.
  const { buffer, byteOffset, length } = tensor.data as Uint16Array;
  return Float64Array.from(new Uint16Array(buffer, byteOffset, length), halfToDouble);
}
