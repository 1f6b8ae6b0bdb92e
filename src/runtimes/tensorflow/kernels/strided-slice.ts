import type { NodeAttributes } from '../model/node-attributes.js';

/** One axis of the tensor: from `begin` on, before (or behind) `end`, in steps of `stride`. */
export interface AxisSlice {
  readonly begin: number;
  readonly end: number;
  readonly stride: number;
  /** Whether the axis goes, and `begin` is its only element. */
  readonly shrinks: boolean;
  /** Whether all of the axis is taken, in order. */
  readonly isWhole: boolean;
}

export interface Slices {
  /** One for each axis of the tensor. */
  readonly axes: readonly AxisSlice[];
  /** The shape that comes out, of the sizes left on each axis of the tensor: without shrunk axes, with new ones of size 1. */
  finish<Size>(sizes: readonly Size[]): (Size | 1)[];
  /** Of a rank: which of its axes stay, and where new ones are, by the axes of the result. */
  readonly result: readonly ('new' | number)[];
}

/**
 * What a StridedSlice takes (`ValidateStridedSliceOp` of tensorflow/core/util/strided_slice_op.cc): the five masks, the ellipsis,
 * negative positions and steps. `sizes` may have NaN where a size is not known, if that axis is taken as a whole or by a
 * position from the start.
 *
 * @throws {RangeError} where positions are beyond the tensor, or depend on a size that is not known.
 */
export function readSlices(
  attributes: NodeAttributes,
  sizes: readonly number[],
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
): Slices {
  const mask = (name: string): ((i: number) => boolean) => {
    const bits = attributes.int(name, 0);
    return i => Math.floor(bits / 2 ** i) % 2 === 1;
  };
  const [isBegin, isEnd, isEllipsis, isNew, isShrink] = [
    'begin_mask',
    'end_mask',
    'ellipsis_mask',
    'new_axis_mask',
    'shrink_axis_mask',
  ].map(mask);
  const entries = begin.length;
  const taken = Array.from({ length: entries }, (_, i) => i).filter(i => !isNew!(i) && !isEllipsis!(i)).length;
  if (taken > sizes.length) throw new RangeError(`${taken} slices of a tensor with ${sizes.length} dimensions`);
  const axes: AxisSlice[] = [];
  const result: ('new' | number)[] = [];
  const whole = (): void => {
    result.push(axes.length);
    axes.push({ begin: 0, end: sizes[axes.length]!, stride: 1, shrinks: false, isWhole: true });
  };
  for (let i = 0; i < entries; i += 1) {
    if (isEllipsis!(i)) {
      const rest = taken - Array.from({ length: i }, (_, j) => j).filter(j => !isNew!(j) && !isEllipsis!(j)).length;
      while (axes.length < sizes.length - rest) whole();
      // What follows the ellipsis takes the last axes.
      continue;
    }
    if (isNew!(i)) {
      result.push('new');
      continue;
    }
    const size = sizes[axes.length]!;
    if (isShrink!(i)) axes.push(single(begin[i]!, size));
    else {
      result.push(axes.length);
      axes.push(part(begin[i]!, end[i]!, strides[i]!, isBegin!(i), isEnd!(i), size));
    }
  }
  while (axes.length < sizes.length) whole();
  return { axes, result, finish: left => result.map(axis => (axis === 'new' ? 1 : left[axis]!)) };
}

function single(at: number, size: number): AxisSlice {
  const begin = at < 0 ? at + size : at;
  if (Number.isNaN(size) && at < 0) return { begin: at, end: at === -1 ? Infinity : at + 1, stride: 1, shrinks: true, isWhole: false };
  if (!(begin >= 0) || begin >= size) throw new RangeError(`position ${at} of ${size}`);
  return { begin, end: begin + 1, stride: 1, shrinks: true, isWhole: false };
}

function part(from: number, to: number, stride: number, isOpen: boolean, isEndless: boolean, size: number): AxisSlice {
  if (stride === 0 || !Number.isFinite(stride)) throw new RangeError('a step of 0');
  const isWhole = stride === 1 && (isOpen || from === 0) && (isEndless || to === size);
  if (Number.isNaN(size)) {
    // Left to ONNX, which counts from the end in the same way.
    const [first, last] = stride > 0 ? [0, Infinity] : [Infinity, -Infinity];
    return { begin: isOpen ? first : from, end: isEndless ? last : to, stride, shrinks: false, isWhole };
  }
  const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number): number => Math.min(high, Math.max(low, at < 0 ? at + size : at));
  const begin = isOpen ? (stride > 0 ? low : high) : clamp(from);
  const end = isEndless ? (stride > 0 ? high : low) : clamp(to);
  return { begin, end, stride, shrinks: false, isWhole };
}
