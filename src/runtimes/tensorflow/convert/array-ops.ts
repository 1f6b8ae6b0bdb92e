import { axisOf } from '../kernels/kernel.js';
import { readSlices } from '../kernels/strided-slice.js';
import { numbersOf } from '../model/tensor.js';
import { sizesOf, type Converter, type Op } from './op.js';
import { Unsupported } from './unsupported.js';
import { divideDims, isStatic, multiplyDims, type Dim, type TensorValue } from './value.js';

/** More than any size; ONNX cuts slices at the end of the axis. */
export const FAR = 2 ** 31 - 1;
/** Most parts of a split. */
const MAX_PARTS = 10_000;

/** The shape of a reshape to `wanted`, where -1 is what is left over. */
export function reshapedShape(op: Op, x: TensorValue, wanted: readonly Dim[]): readonly Dim[] {
  const open = wanted.indexOf(-1);
  if (open < 0) return wanted;
  const total = x.shape === undefined ? undefined : multiplyDims(x.shape);
  const others = multiplyDims(wanted.filter((_, i) => i !== open));
  const rest = total === undefined ? undefined : divideDims(total, others);
  return wanted.toSpliced(open, 1, rest ?? op.fresh());
}

const reshape: Converter = op => {
  const x = op.tensor(0);
  const target = op.tensor(1);
  const wanted = sizesOf(target);
  if (wanted === undefined) {
    const rank = target.shape?.[0];
    const shape = typeof rank === 'number' ? Array.from({ length: rank }, () => op.fresh()) : undefined;
    return op.emit('Reshape', [x, op.cast(target, 'int64')], { element: x.element, shape });
  }
  const shape = reshapedShape(op, x, wanted);
  // Where the value stays a vector of sizes, what is known decides; -1 is written once.
  const open = shape.filter(size => typeof size !== 'number').length;
  if (open <= 1 && !shape.includes(0)) return op.reshape(x, shape);
  if (open > 1 && wanted.filter(size => typeof size !== 'number' || size === -1).length > 1) {
    const kept = shape.every(
      (size, i) =>
        typeof size === 'number' ||
        x.shape?.[i] === size ||
        shape.filter(each => typeof each !== 'number' && x.shape?.[shape.indexOf(each)] !== each).length <= 1,
    );
    if (kept) return op.reshape(x, shape);
  }
  return op.emit('Reshape', [x, op.cast(target, 'int64')], { element: x.element, shape });
};

const expandDims: Converter = op => {
  const x = op.tensor(0);
  const shape = op.shape(x);
  const axis = axisOf(op.number(1, 'axis'), shape.length + 1);
  return op.emit('Unsqueeze', [x, op.ints([axis])], { element: x.element, shape: shape.toSpliced(axis, 0, 1) });
};

const squeeze: Converter = op => {
  const x = op.tensor(0);
  const shape = op.shape(x);
  const listed = op.attributes.ints('squeeze_dims').length > 0 ? op.attributes.ints('squeeze_dims') : op.attributes.ints('axis');
  if (listed.length === 0 && !isStatic(shape)) throw new Unsupported('of all axes of size 1, which are not known');
  const axes =
    listed.length > 0 ? listed.map(axis => axisOf(axis, shape.length)) : shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  return op.emit('Squeeze', [x, op.ints(axes)], { element: x.element, shape: shape.filter((_, axis) => !axes.includes(axis)) });
};

const shapeOf: Converter = op => {
  const x = op.tensor(0);
  const element = op.attributes.element('out_type', 'int32')!;
  return op.cast(op.emit('Shape', [x], { element: 'int64', shape: x.shape && [x.shape.length] }), element);
};

const sizeOf: Converter = op =>
  op.cast(op.emit('Size', [op.tensor(0)], { element: 'int64', shape: [] }), op.attributes.element('out_type', 'int32')!);

const rankOf: Converter = op => op.scalar('int32', op.rank(op.tensor(0)));

function concat(op: Op, values: readonly TensorValue[], axis: number): TensorValue {
  const own = axisOf(axis, op.rank(values[0]!));
  const parts = values.map(value => op.shape(value)[own]!);
  const sum = parts.every(size => typeof size === 'number') ? parts.reduce((total, size) => total + size, 0) : op.fresh();
  const shape = op
    .shape(values[0]!)
    .map((size, i) => (i === own ? sum : (values.map(value => op.shape(value)[i]!).find(each => typeof each === 'number') ?? size)));
  return op.emit('Concat', values, { element: values[0]!.element, shape, attributes: { axis: own } });
}

const pack: Converter = op => {
  const values = op.tensors();
  const axis = axisOf(op.attributes.int('axis', 0), op.rank(values[0]!) + 1);
  return stack(op, values, axis);
};

/** Tensors side by side along a new axis. */
export function stack(op: Op, values: readonly TensorValue[], axis: number): TensorValue {
  const wide = values.map(value =>
    op.emit('Unsqueeze', [value, op.ints([axis])], { element: value.element, shape: op.shape(value).toSpliced(axis, 0, 1) }),
  );
  return concat(op, wide, axis);
}

/** The elements along an axis, each without it. */
export function unstack(op: Op, x: TensorValue, axis: number): TensorValue[] {
  const shape = op.shape(x);
  const count = shape[axis];
  if (typeof count !== 'number') throw new Unsupported('along an axis whose size is not known');
  if (count > MAX_PARTS) throw new Unsupported(`into ${count} parts`);
  return Array.from({ length: count }, (_, i) =>
    op.emit('Gather', [x, op.constant('int64', [], [BigInt(i)])], {
      element: x.element,
      shape: shape.toSpliced(axis, 1),
      attributes: { axis },
    }),
  );
}

const split: Converter = op => {
  const x = op.tensor(1);
  const count = op.attributes.int('num_split', 1);
  if (!(count >= 1 && count <= MAX_PARTS)) throw new Unsupported(`into ${count} parts`);
  const axis = axisOf(op.number(0, 'axis'), op.rank(x));
  const size = op.shape(x)[axis]!;
  if (typeof size !== 'number' || size % count !== 0) throw new Unsupported('along an axis whose size is not known');
  return splitInto(
    op,
    x,
    axis,
    Array.from({ length: count }, () => size / count),
  );
};

const splitV: Converter = op => {
  const x = op.tensor(0);
  const axis = axisOf(op.number(2, 'axis'), op.rank(x));
  const listed = op.numbers(1, 'sizes');
  const size = op.shape(x)[axis]!;
  if (listed.includes(-1) && typeof size !== 'number') throw new Unsupported('along an axis whose size is not known');
  const rest = Number(size) - listed.filter(part => part > 0).reduce((sum, part) => sum + part, 0);
  return splitInto(
    op,
    x,
    axis,
    listed.map(part => (part < 0 ? rest : part)),
  );
};

function splitInto(op: Op, x: TensorValue, axis: number, sizes: readonly number[]): TensorValue[] {
  const outputs = sizes.map(size => ({ element: x.element, shape: op.shape(x).toSpliced(axis, 1, size) }));
  return op.emitMany('Split', [x, op.ints(sizes)], outputs, { axis });
}

/** The numbers of an input as far as a slice needs them: NaN for those that are sizes not known yet. */
function positions(op: Op, index: number, what: string): number[] {
  const sizes = sizesOf(op.tensor(index));
  if (sizes === undefined) throw new Unsupported(`whose ${what} is computed`);
  return sizes.map(size => (typeof size === 'number' ? size : NaN));
}

const stridedSlice: Converter = op => {
  const x = op.tensor(0);
  const shape = op.shape(x);
  const begin = positions(op, 1, 'begin');
  const end = positions(op, 2, 'end');
  const ends = sizesOf(op.tensor(2))!;
  // A slice to a size that is the axis' own takes all of it.
  const known = shape.map(size => (typeof size === 'number' ? size : NaN));
  if (begin.some(Number.isNaN)) throw new Unsupported('that begins at a size which is not known');
  const slices = readSlices(
    op.attributes,
    known,
    begin,
    end.map((at, i) => (Number.isNaN(at) && ends[i] === shape[i] ? FAR : at)),
    op.numbers(3, 'strides'),
  );
  const cut = slices.axes.map((axis, i) => ({ ...axis, i })).filter(axis => !axis.isWhole);
  if (cut.some(({ end: last }) => Number.isNaN(last))) throw new Unsupported('that ends at a size which is not known');
  const left = slices.axes.map(({ begin: first, end: last, stride, isWhole, shrinks }, i): Dim => {
    if (isWhole) return shape[i]!;
    if (shrinks) return 1;
    const length = Math.ceil((last - first) / stride);
    return Number.isNaN(known[i]!) ? (first === 0 && last >= FAR && stride === 1 ? shape[i]! : op.fresh()) : Math.max(0, length);
  });
  let value = x;
  if (cut.length > 0) {
    const far = (at: number): number => Math.max(-FAR, Math.min(FAR, at));
    const list = (pick: (axis: (typeof cut)[number]) => number): TensorValue => op.ints(cut.map(axis => far(pick(axis))));
    // Backwards to before the first element: ONNX would read -1 as the last.
    const endOf = ({ end: last, stride }: (typeof cut)[number]): number => (stride < 0 && last === -1 ? -FAR : last);
    value = op.emit('Slice', [x, list(axis => axis.begin), list(endOf), list(axis => axis.i), list(axis => axis.stride)], {
      element: x.element,
      shape: left,
    });
  }
  const shrunk = slices.axes.flatMap(({ shrinks }, i) => (shrinks ? [i] : []));
  if (shrunk.length > 0)
    value = op.emit('Squeeze', [value, op.ints(shrunk)], { element: x.element, shape: left.filter((_, i) => !shrunk.includes(i)) });
  const added = slices.result.flatMap((axis, i) => (axis === 'new' ? [i] : []));
  if (added.length > 0) value = op.emit('Unsqueeze', [value, op.ints(added)], { element: x.element, shape: slices.finish(left) });
  return value === x ? op.emit('Identity', [x], { element: x.element, shape }) : value;
};

const slice: Converter = op => {
  const x = op.tensor(0);
  const begin = op.numbers(1, 'begin');
  const sizes = sizesOf(op.tensor(2));
  if (sizes === undefined) throw new Unsupported('whose size is computed');
  const shape = op
    .shape(x)
    .map((size, i): Dim =>
      sizes[i] === -1 ? (begin[i] === 0 ? size : typeof size === 'number' ? size - begin[i]! : op.fresh()) : sizes[i]!,
    );
  const end = sizes.map((size, i) => (size === -1 || size === op.shape(x)[i] ? FAR : typeof size === 'number' ? begin[i]! + size : NaN));
  if (end.some(Number.isNaN)) throw new Unsupported('to a size that is not known');
  return op.emit('Slice', [x, op.ints(begin), op.ints(end)], { element: x.element, shape });
};

const gather: Converter = op => {
  const x = op.tensor(0);
  const indices = op.tensor(1);
  const shape = op.shape(x);
  const axis = op.inputs.length > 2 ? axisOf(op.number(2, 'axis'), shape.length) : 0;
  const batch = op.attributes.int('batch_dims', 0);
  if (batch !== 0) {
    if (batch !== axis || batch < 0) throw new Unsupported(`with batch_dims ${batch}`);
    const wide = op.emit('Unsqueeze', [indices, op.ints([-1])], { element: indices.element, shape: [...op.shape(indices), 1] });
    return op.emit('GatherND', [x, op.cast(wide, 'int64')], {
      element: x.element,
      shape: [...op.shape(indices), ...shape.slice(axis + 1)],
      attributes: { batch_dims: batch },
    });
  }
  const out = [...shape.slice(0, axis), ...op.shape(indices), ...shape.slice(axis + 1)];
  return op.emit('Gather', [x, whole(op, indices)], { element: x.element, shape: out, attributes: { axis } });
};

/** Indices as ONNX takes them. */
function whole(op: Op, indices: TensorValue): TensorValue {
  return indices.element === 'int32' || indices.element === 'int64' ? indices : op.cast(indices, 'int64');
}

const gatherNd: Converter = op => {
  const [x, indices] = op.tensors() as [TensorValue, TensorValue];
  const depth = op.shape(indices).at(-1);
  if (typeof depth !== 'number') throw new Unsupported('at positions whose depth is not known');
  const batch = op.attributes.int('batch_dims', 0);
  const shape = [...op.shape(indices).slice(0, -1), ...op.shape(x).slice(depth + batch)];
  return op.emit('GatherND', [x, op.cast(indices, 'int64')], { element: x.element, shape, attributes: { batch_dims: batch } });
};

const fill: Converter = op => {
  const [sizes, value] = op.tensors() as [TensorValue, TensorValue];
  const rank = sizes.shape?.[0];
  const shape = sizesOf(sizes) ?? (typeof rank === 'number' ? Array.from({ length: rank }, () => op.fresh()) : undefined);
  return op.emit('Expand', [value, op.cast(sizes, 'int64')], { element: value.element, shape });
};

const broadcastTo: Converter = op => {
  const [x, sizes] = op.tensors() as [TensorValue, TensorValue];
  return op.emit('Expand', [x, op.cast(sizes, 'int64')], { element: x.element, shape: sizesOf(sizes) });
};

const range: Converter = op => {
  const [start, limit, delta] = op.tensors() as [TensorValue, TensorValue, TensorValue];
  const end = sizesOf(limit)?.[0];
  const isCount =
    start.constant !== undefined &&
    delta.constant !== undefined &&
    numbersOf(start.constant)[0] === 0 &&
    numbersOf(delta.constant)[0] === 1;
  return op.emit('Range', [start, limit, delta], { element: start.element, shape: [isCount && end !== undefined ? end : op.fresh()] });
};

const tile: Converter = op => {
  const [x, multiples] = op.tensors() as [TensorValue, TensorValue];
  const times = sizesOf(multiples);
  const shape = op.shape(x).map((size, i) => (times === undefined ? op.fresh() : multiplyDims([size, times[i]!])));
  return op.emit('Tile', [x, op.cast(multiples, 'int64')], { element: x.element, shape });
};

const transpose: Converter = op =>
  op.transpose(
    op.tensor(0),
    op.numbers(1, 'order').map(axis => axisOf(axis, op.rank(op.tensor(0)))),
  );

const pad: Converter = op => {
  const x = op.tensor(0);
  const amounts = op.numbers(1, 'paddings');
  const before = amounts.filter((_, i) => i % 2 === 0);
  const after = amounts.filter((_, i) => i % 2 === 1);
  const mode = op.type === 'MirrorPad' ? op.attributes.text('mode', 'REFLECT') : 'CONSTANT';
  if (mode === 'SYMMETRIC') throw new Unsupported('in mode SYMMETRIC');
  const shape = op
    .shape(x)
    .map((size, i): Dim =>
      before[i] === 0 && after[i] === 0 ? size : typeof size === 'number' ? size + before[i]! + after[i]! : op.fresh(),
    );
  const value = op.type === 'PadV2' ? op.tensor(2) : undefined;
  return op.emit('Pad', [x, op.ints([...before, ...after]), value], {
    element: x.element,
    shape,
    attributes: { mode: mode === 'REFLECT' ? 'reflect' : 'constant' },
  });
};

const reverse: Converter = op => {
  const x = op.tensor(0);
  const axes = op.numbers(1, 'axes').map(axis => axisOf(axis, op.rank(x)));
  if (axes.length === 0) return x;
  const all = (value: number): TensorValue => op.ints(axes.map(() => value));
  return op.emit('Slice', [x, all(-1), all(-FAR), op.ints(axes), all(-1)], { element: x.element, shape: x.shape });
};

/** Operators that shape, join, cut and choose by place. */
export const ARRAY_OPS: Readonly<Record<string, Converter>> = {
  EnsureShape: op => {
    const x = op.tensor(0);
    return {
      ...x,
      shape: op.attributes.shape('shape')?.map((size, i): Dim => (size < 0 ? (x.shape?.[i] ?? op.fresh()) : size)) ?? x.shape,
    };
  },
  Reshape: reshape,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Shape: shapeOf,
  ShapeN: op =>
    op
      .tensors()
      .map(x => op.cast(op.emit('Shape', [x], { element: 'int64', shape: [op.rank(x)] }), op.attributes.element('out_type', 'int32')!)),
  Size: sizeOf,
  Rank: rankOf,
  ConcatV2: op => concat(op, op.tensors(0, -1), op.number(op.inputs.length - 1, 'axis')),
  Concat: op => concat(op, op.tensors(1), op.number(0, 'axis')),
  Pack: pack,
  Unpack: op => unstack(op, op.tensor(0), axisOf(op.attributes.int('axis', 0), op.rank(op.tensor(0)))),
  Split: split,
  SplitV: splitV,
  StridedSlice: stridedSlice,
  Slice: slice,
  Gather: gather,
  GatherV2: gather,
  ResourceGather: gather,
  GatherNd: gatherNd,
  ResourceGatherNd: gatherNd,
  Fill: fill,
  BroadcastTo: broadcastTo,
  Range: range,
  Tile: tile,
  Transpose: transpose,
  Pad: pad,
  PadV2: pad,
  MirrorPad: pad,
  ReverseV2: reverse,
};
