import { unsupported } from '../refusal.js';
import type { ElementType } from '../../../spec/element-type.js';
import { DTYPES, isFloat, type DType } from './dtype.js';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../../../kit/onnx/onnx-graph.js';

const MAX_NODES = 200_000;
const MAX_CONSTANT_BYTES = 1_900_000_000;

/** Collects the nodes and constants of one graph; blocks for branches are collected apart. */
export class GraphBuilder {
  readonly #constants = new Map<string, OnnxTensor>();
  readonly #byContent = new Map<string, string>();
  readonly #blocks: OnnxNode[][] = [[]];
  #names = 0;
  #nodes = 0;
  #constantBytes = 0;

  get constants(): readonly OnnxTensor[] {
    return [...this.#constants.values()];
  }

  /** How many blocks are open inside of the graph. */
  get depth(): number {
    return this.#blocks.length - 1;
  }

  /** A name that no input of a model has. */
  newName(): string {
    return `%${this.#names++}`;
  }

  /** Adds a node with new outputs to the innermost block, and gives their names. */
  add(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}, outputCount = 1): string[] {
    if (++this.#nodes > MAX_NODES) throw unsupported(`the model unrolls to more than ${MAX_NODES} operations`);
    const outputs = Array.from({ length: outputCount }, () => this.newName());
    this.#blocks.at(-1)!.push({ opType, inputs, outputs, attributes });
    return outputs;
  }

  /** Begins a block, or goes on with the nodes of one that was closed. */
  openBlock(nodes: readonly OnnxNode[] = []): void {
    this.#blocks.push([...nodes]);
  }

  /** Ends the innermost block; the last one is the graph itself. */
  closeBlock(): readonly OnnxNode[] {
    return this.#blocks.pop() ?? [];
  }

  /** Adds a constant; small ones of equal content are one. */
  constant(dtype: DType, shape: readonly number[], bytes: Uint8Array): string {
    const key = bytes.length <= 64 ? `${dtype}[${shape.join()}]${Buffer.from(bytes).toString('hex')}` : undefined;
    const known = key === undefined ? undefined : this.#byContent.get(key);
    if (known !== undefined) return known;
    this.#constantBytes += bytes.length;
    if (this.#constantBytes > MAX_CONSTANT_BYTES)
      throw unsupported('the weights of the model take more than 1.9 GB, the limit of an ONNX graph');
    const name = this.newName();
    this.#constants.set(name, { name, element: elementOf(dtype), dims: shape, data: bytes });
    if (key !== undefined) this.#byContent.set(key, name);
    return name;
  }

  /** A constant of these numbers. Integers of 64 bits are exact up to 2^53, and at both ends of their range. */
  numbers(dtype: DType, shape: readonly number[], values: readonly number[]): string {
    return this.constant(dtype, shape, encodeNumbers(dtype, values));
  }
}

/** A type as ONNX graphs and columns name it. */
export function elementOf(dtype: DType): ElementType {
  if (dtype === 'bfloat16')
    throw unsupported('the model computes with bfloat16, which the processor has no operations for', [
      { message: 'save it as model.float()' },
    ]);
  return dtype;
}

/** Numbers as little-endian elements. */
export function encodeNumbers(dtype: DType, values: readonly number[]): Uint8Array {
  const { bytes } = DTYPES[dtype];
  const encoded = new Uint8Array(values.length * bytes);
  const view = new DataView(encoded.buffer);
  const write = WRITERS[dtype];
  if (write === undefined) throw unsupported(`a constant of ${dtype}`);
  values.forEach((value, i) => write(view, i * bytes, isFloat(dtype) ? value : toInteger(value)));
  return encoded;
}

function toInteger(value: number): number {
  return Number.isNaN(value) ? 0 : Math.trunc(value);
}

const MAX_LONG = 2n ** 63n - 1n;
const MIN_LONG = -(2n ** 63n);

/** An integer of Python as one of 64 bits: what is beyond the range is at its end. */
export function toLong(value: number): bigint {
  if (value >= 2 ** 63) return MAX_LONG;
  return value <= -(2 ** 63) ? MIN_LONG : BigInt(value);
}

const WRITERS: Readonly<Partial<Record<DType, (view: DataView, at: number, value: number) => void>>> = {
  bool: (view, at, value) => view.setUint8(at, value === 0 ? 0 : 1),
  uint8: (view, at, value) => view.setUint8(at, value),
  int8: (view, at, value) => view.setInt8(at, value),
  int16: (view, at, value) => view.setInt16(at, value, true),
  int32: (view, at, value) => view.setInt32(at, value, true),
  int64: (view, at, value) => view.setBigInt64(at, toLong(value), true),
  float32: (view, at, value) => view.setFloat32(at, value, true),
  float64: (view, at, value) => view.setFloat64(at, value, true),
};
