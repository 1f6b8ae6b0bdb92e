import { allocate, countOf, isBig, numbersOf, tensorOf, type Element, type Tensor } from '../model/tensor.js';
import type { NodeAttributes } from '../model/node-attributes.js';
import { axisOf, broadcastIndex, stridedIndex, stridesOf, type Kernel } from './kernel.js';
import { readSlices } from './strided-slice.js';

/** The values at these positions. */
function takeAt(a: Tensor, shape: readonly number[], positions: ArrayLike<number>): Tensor {
  const result = allocate(a.element, shape);
  const data = result.data as { [index: number]: unknown };
  for (let i = 0; i < positions.length; i += 1) data[i] = a.data[positions[i]!];
  return result;
}

/** Integers of the type that a node asks for by `name`. */
function integers(
  attributes: NodeAttributes,
  name: string,
  shape: readonly number[],
  values: readonly number[],
  otherwise: Element = 'int32',
): Tensor {
  return tensorOf(attributes.element(name, otherwise) ?? otherwise, shape, values);
}

export function reshape(a: Tensor, wanted: readonly number[]): Tensor {
  const known = wanted.filter(size => size >= 0);
  const shape = wanted.map(size => (size >= 0 ? size : countOf(a.shape) / countOf(known)));
  if (known.length < wanted.length - 1 || countOf(shape) !== countOf(a.shape) || shape.some(size => !Number.isInteger(size)))
    throw new RangeError(`[${a.shape.join(', ')}] cannot become [${wanted.join(', ')}]`);
  return { ...a, shape };
}

const squeeze: Kernel = ([a], attributes) => {
  const listed = attributes.ints('squeeze_dims').length > 0 ? attributes.ints('squeeze_dims') : attributes.ints('axis');
  const axes = new Set(listed.map(axis => axisOf(axis, a!.shape.length)));
  const shape = a!.shape.filter((size, axis) => (axes.size > 0 ? !axes.has(axis) : size !== 1));
  return [reshape(a!, shape)];
};

export function transpose(a: Tensor, order: readonly number[]): Tensor {
  const strides = stridesOf(a.shape);
  const shape = order.map(axis => a.shape[axis]!);
  return takeAt(
    a,
    shape,
    stridedIndex(
      shape,
      order.map(axis => strides[axis]!),
      0,
    ),
  );
}

function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const own = axisOf(axis, tensors[0]!.shape.length);
  const shape = tensors[0]!.shape.map((size, i) => (i === own ? tensors.reduce((sum, tensor) => sum + tensor.shape[own]!, 0) : size));
  const result = allocate(tensors[0]!.element, shape);
  const data = result.data as { [index: number]: unknown };
  const outer = countOf(shape.slice(0, own));
  let at = 0;
  for (let i = 0; i < outer; i += 1)
    for (const tensor of tensors) {
      const block = countOf(tensor.shape.slice(own));
      for (let j = 0; j < block; j += 1) data[at++] = tensor.data[i * block + j];
    }
  return result;
}

const pack: Kernel = (inputs, attributes) => {
  const rank = inputs[0]!.shape.length + 1;
  const axis = axisOf(attributes.int('axis', 0), rank);
  return [
    concat(
      inputs.map(input => reshape(input, [...input.shape.slice(0, axis), 1, ...input.shape.slice(axis)])),
      axis,
    ),
  ];
};

const stridedSlice: Kernel = ([a, begin, end, strides], attributes) => {
  const slices = readSlices(attributes, a!.shape, numbersOf(begin!), numbersOf(end!), numbersOf(strides!));
  const own = stridesOf(a!.shape);
  const start = slices.axes.reduce((sum, { begin: first }, axis) => sum + first * own[axis]!, 0);
  const shape = slices.axes.map(({ begin: first, end: last, stride }) => Math.max(0, Math.ceil((last - first) / stride)));
  const steps = slices.axes.map(({ stride }, axis) => stride * own[axis]!);
  return [{ ...takeAt(a!, shape, countOf(shape) === 0 ? [] : stridedIndex(shape, steps, start)), shape: slices.finish(shape) }];
};

const slice: Kernel = ([a, begin, size]) => {
  const first = numbersOf(begin!);
  const shape = numbersOf(size!).map((count, axis) => (count < 0 ? a!.shape[axis]! - first[axis]! : count));
  if (shape.some((count, axis) => first[axis]! < 0 || count < 0 || first[axis]! + count > a!.shape[axis]!))
    throw new RangeError('a slice beyond its tensor');
  const own = stridesOf(a!.shape);
  const start = first.reduce((sum, at, axis) => sum + at * own[axis]!, 0);
  return [takeAt(a!, shape, stridedIndex(shape, own, start))];
};

function gather(a: Tensor, indices: Tensor, axis: number): Tensor {
  const own = axisOf(axis, a.shape.length);
  const [outer, size, inner] = [countOf(a.shape.slice(0, own)), a.shape[own]!, countOf(a.shape.slice(own + 1))];
  const at = numbersOf(indices);
  if (at.some(index => index < 0 || index >= size)) throw new RangeError(`an index beyond ${size}`);
  const result = allocate(a.element, [...a.shape.slice(0, own), ...indices.shape, ...a.shape.slice(own + 1)]);
  const data = result.data as { [index: number]: unknown };
  let next = 0;
  for (let i = 0; i < outer; i += 1)
    for (const index of at) for (let j = 0; j < inner; j += 1) data[next++] = a.data[(i * size + index) * inner + j];
  return result;
}

const gatherNd: Kernel = ([a, indices]) => {
  const depth = indices!.shape.at(-1) ?? 0;
  const strides = stridesOf(a!.shape);
  const inner = countOf(a!.shape.slice(depth));
  const at = numbersOf(indices!);
  const positions: number[] = [];
  const rows = countOf(indices!.shape.slice(0, -1));
  for (let i = 0; i < rows; i += 1) {
    let start = 0;
    for (let j = 0; j < depth; j += 1) {
      const index = at[i * depth + j]!;
      if (index < 0 || index >= a!.shape[j]!) throw new RangeError(`an index beyond ${a!.shape[j]}`);
      start += index * strides[j]!;
    }
    for (let j = 0; j < inner; j += 1) positions.push(start + j);
  }
  return [takeAt(a!, [...indices!.shape.slice(0, -1), ...a!.shape.slice(depth)], positions)];
};

const fill: Kernel = ([sizes, value]) => {
  const result = allocate(value!.element, numbersOf(sizes!));
  (result.data as Float32Array).fill(value!.data[0] as never);
  return [result];
};

const range: Kernel = ([start, limit, delta]) => {
  const [from, to, step] = [numbersOf(start!)[0]!, numbersOf(limit!)[0]!, numbersOf(delta!)[0]!];
  const count = step === 0 ? NaN : Math.max(0, Math.ceil((to - from) / step));
  const result = allocate(start!.element, [count]);
  const data = result.data as { [index: number]: unknown };
  for (let i = 0; i < count; i += 1) data[i] = isBig(start!.element) ? BigInt(from + i * step) : from + i * step;
  return [result];
};

const tile: Kernel = ([a, multiples]) => {
  const times = numbersOf(multiples!);
  const shape = a!.shape.map((size, axis) => size * times[axis]!);
  allocate('bool', shape);
  const spread = a!.shape.flatMap((size, axis) => [times[axis]!, size]);
  const strides = stridesOf(a!.shape).flatMap(stride => [0, stride]);
  return [takeAt(a!, shape, stridedIndex(spread, strides, 0))];
};

const broadcastTo: Kernel = ([a, sizes]) => {
  const shape = numbersOf(sizes!);
  allocate('bool', shape);
  const index = broadcastIndex(a!.shape, shape);
  return [index === undefined ? a! : takeAt(a!, shape, index)];
};

/** Positions of what is not zero, a row each. */
const where: Kernel = ([a]) => {
  const strides = stridesOf(a!.shape);
  const rows: number[] = [];
  numbersOf(a!).forEach((value, i) => {
    if (value !== 0) a!.shape.forEach((size, axis) => rows.push(Math.floor(i / strides[axis]!) % size));
  });
  const rank = a!.shape.length;
  return [tensorOf('int64', [rank === 0 ? 0 : rows.length / rank, rank], rows)];
};

const split = (a: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] => {
  const own = axisOf(axis, a.shape.length);
  const strides = stridesOf(a.shape);
  let start = 0;
  return sizes.map(size => {
    const shape = a.shape.map((whole, i) => (i === own ? size : whole));
    const part = takeAt(a, shape, countOf(shape) === 0 ? [] : stridedIndex(shape, strides, start * strides[own]!));
    start += size;
    return part;
  });
};

/** Sums over axes and the like, in doubles. */
function reduce(
  start: number,
  step: (sum: number, value: number) => number,
  finish = (sum: number, _count: number): number => sum,
): Kernel {
  return ([a, axes], attributes) => {
    const rank = a!.shape.length;
    const over = new Set(numbersOf(axes!).map(axis => axisOf(axis, rank)));
    const kept = a!.shape.map((size, axis) => (over.has(axis) ? 1 : size));
    const strides = stridesOf(kept).map((stride, axis) => (over.has(axis) ? 0 : stride));
    const sums = Array.from({ length: countOf(kept) }, () => start);
    const values = numbersOf(a!);
    stridedIndex(a!.shape, strides, 0).forEach((at, i) => (sums[at] = step(sums[at]!, values[i]!)));
    const count = countOf(a!.shape) / Math.max(1, countOf(kept));
    const shape = attributes.bool('keep_dims', false) ? kept : a!.shape.filter((_, axis) => !over.has(axis));
    return [
      tensorOf(
        a!.element,
        shape,
        sums.map(sum => finish(sum, count)),
      ),
    ];
  };
}

const oneHot: Kernel = ([indices, depth, on, off], attributes) => {
  const size = numbersOf(depth!)[0]!;
  const axis = attributes.int('axis', -1);
  if (axis !== -1 && axis !== indices!.shape.length) throw new Error('one_hot along another axis');
  const result = allocate(on!.element, [...indices!.shape, size]);
  (result.data as Float32Array).fill(off!.data[0] as never);
  const data = result.data as { [index: number]: unknown };
  numbersOf(indices!).forEach((index, i) => {
    if (index >= 0 && index < size) data[i * size + index] = on!.data[0];
  });
  return [result];
};

const same: Kernel = inputs => inputs;

export const ARRAY_KERNELS: Readonly<Record<string, Kernel>> = {
  Identity: same,
  IdentityN: same,
  StopGradient: same,
  PreventGradient: same,
  Snapshot: same,
  EnsureShape: ([a]) => [a!],
  CheckNumerics: ([a]) => [a!],
  Reshape: ([a, sizes]) => [reshape(a!, numbersOf(sizes!))],
  ExpandDims: ([a, dim]) => {
    const axis = axisOf(numbersOf(dim!)[0]!, a!.shape.length + 1);
    return [{ ...a!, shape: [...a!.shape.slice(0, axis), 1, ...a!.shape.slice(axis)] }];
  },
  Squeeze: squeeze,
  Shape: ([a], attributes) => [integers(attributes, 'out_type', [a!.shape.length], a!.shape)],
  Size: ([a], attributes) => [integers(attributes, 'out_type', [], [countOf(a!.shape)])],
  Rank: ([a], attributes) => [integers(attributes, '', [], [a!.shape.length])],
  Pack: pack,
  Unpack: ([a], attributes) => {
    const axis = axisOf(attributes.int('axis', 0), a!.shape.length);
    return split(
      a!,
      axis,
      Array.from({ length: a!.shape[axis]! }, () => 1),
    ).map(part => reshape(part, a!.shape.toSpliced(axis, 1)));
  },
  ConcatV2: inputs => [concat(inputs.slice(0, -1), numbersOf(inputs.at(-1)!)[0]!)],
  Concat: inputs => [concat(inputs.slice(1), numbersOf(inputs[0]!)[0]!)],
  StridedSlice: stridedSlice,
  Slice: slice,
  Split: ([axis, a], attributes) => {
    const count = attributes.int('num_split', 1);
    const own = axisOf(numbersOf(axis!)[0]!, a!.shape.length);
    return split(
      a!,
      own,
      Array.from({ length: count }, () => a!.shape[own]! / count),
    );
  },
  SplitV: ([a, sizes, axis]) => {
    const own = axisOf(numbersOf(axis!)[0]!, a!.shape.length);
    const listed = numbersOf(sizes!);
    const rest = a!.shape[own]! - listed.filter(size => size > 0).reduce((sum, size) => sum + size, 0);
    return split(
      a!,
      own,
      listed.map(size => (size < 0 ? rest : size)),
    );
  },
  GatherV2: ([a, indices, axis], attributes) => {
    if (attributes.int('batch_dims', 0) !== 0) throw new Error('batch_dims');
    return [gather(a!, indices!, numbersOf(axis!)[0]!)];
  },
  Gather: ([a, indices]) => [gather(a!, indices!, 0)],
  ResourceGather: ([a, indices], attributes) => {
    if (attributes.int('batch_dims', 0) !== 0) throw new Error('batch_dims');
    return [gather(a!, indices!, 0)];
  },
  ResourceGatherNd: gatherNd,
  GatherNd: gatherNd,
  Fill: fill,
  Range: range,
  Tile: tile,
  BroadcastTo: broadcastTo,
  Transpose: ([a, order]) => [transpose(a!, numbersOf(order!))],
  Where: where,
  OneHot: oneHot,
  Sum: reduce(0, (sum, value) => sum + value),
  Prod: reduce(1, (sum, value) => sum * value),
  Max: reduce(-Infinity, Math.max),
  Min: reduce(Infinity, Math.min),
  Mean: reduce(
    0,
    (sum, value) => sum + value,
    (sum, count) => sum / count,
  ),
  All: reduce(1, Math.min),
  Any: reduce(0, Math.max),
  InvertPermutation: ([a]) => {
    const order = numbersOf(a!);
    return [
      tensorOf(
        a!.element,
        a!.shape,
        order.map((_, i) => order.indexOf(i)),
      ),
    ];
  },
};
