import type { NodeAttributes } from '../model/node-attributes.js';
import { countOf, type Tensor } from '../model/tensor.js';

/**
 * Computes one operator of TensorFlow over tensors: at load where all inputs are constant, and for each batch where the operator
 * has no twin in ONNX. Throws for inputs that TensorFlow refuses, too.
 */
export type Kernel = (inputs: readonly Tensor[], attributes: NodeAttributes) => readonly Tensor[];

/** Axis counted from the start. */
export function axisOf(axis: number, rank: number): number {
  const own = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(own) || own < 0 || own >= Math.max(rank, 1))
    throw new RangeError(`axis ${axis} of a tensor with ${rank} dimensions`);
  return own;
}

/** Steps in row-major order from one element to the next along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = Array.from({ length: shape.length }, () => 1);
  for (let i = shape.length - 2; i >= 0; i -= 1) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** The shape of two tensors broadcast against each other. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new RangeError(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not go together`);
    return left === 1 ? right : left;
  });
}

/** For each element of `shape` the element of a tensor of `from` that broadcasting puts there; undefined where it is the same one. */
export function broadcastIndex(from: readonly number[], shape: readonly number[]): Uint32Array | undefined {
  if (from.length === shape.length && from.every((size, i) => size === shape[i])) return undefined;
  const offset = shape.length - from.length;
  const own = stridesOf(from);
  const strides = shape.map((_, i) => (i < offset || from[i - offset] === 1 ? 0 : own[i - offset]!));
  return stridedIndex(shape, strides, 0);
}

/** The positions that a walk in row-major order over `shape` visits, from `start`, with these steps. */
export function stridedIndex(shape: readonly number[], strides: readonly number[], start: number): Uint32Array {
  const positions = new Uint32Array(countOf(shape));
  const counters = shape.map(() => 0);
  let at = start;
  for (let i = 0; i < positions.length; i += 1) {
    positions[i] = at;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      at += strides[axis]!;
      counters[axis]! += 1;
      if (counters[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      counters[axis] = 0;
    }
  }
  return positions;
}
