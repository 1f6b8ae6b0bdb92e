import { axisOf, operator, type Operator, type OperatorContext } from '../execute/operator.js';
import { sizeOf, type Value } from '../execute/value.js';
import { broadcastShapes } from '../graph/broadcast.js';
import { isRows, RowsMixed, sameDimension, type Dimension } from '../graph/dimension.js';
import { fixedSize, refuseShapes } from '../graph/emitter.js';
import { inferSizes } from '../graph/reshape.js';
import type { GraphTensor, TensorCell } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import type { OperatorTable } from './table.js';

interface Directions {
  forward(base: GraphTensor): GraphTensor;
  backward(base: GraphTensor, changed: GraphTensor): GraphTensor;
}

/** A tensor that shows another one, so that a change of either is seen in both. */
function viewOf(context: OperatorContext, base: TensorCell, directions: Directions): TensorCell {
  return context.tensor(directions.forward(base.get()), { base, ...directions });
}

/** Another shape of the same elements. */
export function reshaped(context: OperatorContext, cell: TensorCell, shape: (from: GraphTensor) => readonly Dimension[]): TensorCell {
  const { emitter } = context;
  return viewOf(context, cell, {
    forward: base => emitter.reshape(base, shape(base)),
    backward: (base, changed) => emitter.reshape(changed, base.shape),
  });
}

export function permuted(context: OperatorContext, cell: TensorCell, axes: readonly number[]): TensorCell {
  const { emitter } = context;
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return viewOf(context, cell, {
    forward: base => emitter.transpose(base, axes),
    backward: (_, changed) => emitter.transpose(changed, inverse),
  });
}

interface Range {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Part of an axis. Writing into it puts what is around it back beside the new part. */
function sliced(context: OperatorContext, cell: TensorCell, range: Range): TensorCell {
  const { emitter } = context;
  const { axis, start, end, step } = range;
  return viewOf(context, cell, {
    forward: base => emitter.slice(base, range),
    backward: (base, changed) => {
      if (step !== 1) throw unsupported('a change in place through a slice with a step');
      const size = fixedSize(base.shape[axis]);
      if (start === 0 && end === size) return changed;
      const parts = [emitter.slice(base, { axis, start: 0, end: start }), changed, emitter.slice(base, { axis, start: end, end: size })];
      return emitter.concat(
        parts.filter(part => part.shape[axis] !== 0),
        axis,
      );
    },
  });
}

export function selected(context: OperatorContext, cell: TensorCell, axis: number, index: number): TensorCell {
  const size = fixedSize(cell.get().shape[axis]);
  const at = index < 0 ? index + size : index;
  if (at < 0 || at >= size) throw unsupported(`index ${index} of an axis of size ${size}`);
  return squeezed(context, sliced(context, cell, { axis, start: at, end: at + 1, step: 1 }), axis);
}

function squeezed(context: OperatorContext, cell: TensorCell, axis: number): TensorCell {
  const { emitter } = context;
  return viewOf(context, cell, {
    forward: base => emitter.squeeze(base, axis),
    backward: (_, changed) => emitter.unsqueeze(changed, axis),
  });
}

function unsqueezed(context: OperatorContext, cell: TensorCell, axis: number): TensorCell {
  const { emitter } = context;
  return viewOf(context, cell, {
    forward: base => emitter.unsqueeze(base, axis),
    backward: (_, changed) => emitter.squeeze(changed, axis),
  });
}

const swap = (rank: number, a: number, b: number): number[] => {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  [axes[a], axes[b]] = [axes[b]!, axes[a]!];
  return axes;
};

const transpose = operator('self:T dim0:int dim1:int', (context, given) => {
  const cell = given.cell('self');
  const rank = cell.get().shape.length;
  if (rank === 0) return cell;
  return permuted(context, cell, swap(rank, axisOf(given.int('dim0'), rank), axisOf(given.int('dim1'), rank)));
});

const transposed = operator('self:T', (context, given) => {
  const cell = given.cell('self');
  const rank = cell.get().shape.length;
  return rank < 2 ? cell : permuted(context, cell, swap(rank, rank - 2, rank - 1));
});

const permute = operator('self:T dims:ints', (context, given) => {
  const cell = given.cell('self');
  const rank = cell.get().shape.length;
  const axes = given.ints('dims').map(dim => axisOf(dim, rank));
  if (axes.length !== rank || new Set(axes).size !== rank) throw unsupported('permute that does not name each dimension once');
  return permuted(context, cell, axes);
});

const movedim = operator('self:T source:ints destination:ints', (context, given) => {
  const cell = given.cell('self');
  const rank = cell.get().shape.length;
  const from = given.ints('source').map(dim => axisOf(dim, rank));
  const to = given.ints('destination').map(dim => axisOf(dim, rank));
  const rest = Array.from({ length: rank }, (_, axis) => axis).filter(axis => !from.includes(axis));
  const axes = Array.from({ length: rank }, (_, axis) => (to.includes(axis) ? from[to.indexOf(axis)]! : rest.shift()!));
  return permuted(context, cell, axes);
});

const view = (parameter: string): Operator =>
  operator(`self:T ${parameter}:ints`, (context, given) => {
    const sizes = given.sizes(parameter);
    return reshaped(context, given.cell('self'), base => inferSizes(base.shape, sizes));
  });

const flatten = operator('self:T start_dim:int=0 end_dim:int=-1', (context, given) => {
  const cell = given.cell('self');
  const { shape } = cell.get();
  if (shape.length === 0) return reshaped(context, cell, () => [1]);
  const [start, end] = [axisOf(given.int('start_dim'), shape.length), axisOf(given.int('end_dim'), shape.length)];
  const merged = shape.slice(start, end + 1);
  const size = mergeSizes(merged);
  return reshaped(context, cell, () => [...shape.slice(0, start), size, ...shape.slice(end + 1)]);
});

/** The size of several axes as one. Where rows lie in it is settled by the reshape. */
function mergeSizes(sizes: readonly Dimension[]): Dimension {
  const product = sizes.reduce<number>((all, size) => all * (isRows(size) ? size.outer * size.inner : size), 1);
  return sizes.some(isRows) ? { outer: 1, inner: product } : product;
}

const unflatten = operator('self:T dim:int sizes:ints', (context, given) => {
  const cell = given.cell('self');
  const { shape } = cell.get();
  const axis = axisOf(given.int('dim'), shape.length);
  const sizes = inferSizes([shape[axis]!], given.sizes('sizes'));
  return reshaped(context, cell, () => [...shape.slice(0, axis), ...sizes, ...shape.slice(axis + 1)]);
});

const unsqueeze = operator('self:T dim:int', (context, given) => {
  const cell = given.cell('self');
  return unsqueezed(context, cell, axisOf(given.int('dim'), cell.get().shape.length + 1));
});

/** Axes of another size than 1 stay. The row axis is one of them, as in any batch of several rows: one row alone would lose its axis. */
const squeeze: readonly Operator[] = [
  operator('self:T', (context, given) => squeezeAll(context, given.cell('self'), () => true)),
  operator('self:T dim:ints', (context, given) => {
    const cell = given.cell('self');
    const axes = given.ints('dim').map(dim => axisOf(dim, cell.get().shape.length));
    return squeezeAll(context, cell, axis => axes.includes(axis));
  }),
];

function squeezeAll(context: OperatorContext, cell: TensorCell, isMeant: (axis: number) => boolean): TensorCell {
  let result = cell;
  const { shape } = cell.get();
  for (let axis = shape.length - 1; axis >= 0; axis--) if (shape[axis] === 1 && isMeant(axis)) result = squeezed(context, result, axis);
  return result;
}

const slice = operator('self:T dim:int=0 start:int?=None end:int?=None step:int=1', (context, given) => {
  const cell = given.cell('self');
  const { shape } = cell.get();
  const axis = axisOf(given.int('dim'), shape.length);
  const size = shape[axis]!;
  const step = given.int('step');
  const from = given.optionalInt('start') ?? 0;
  const isWhole = from === 0 && step === 1 && isToEnd(given.value('end'), size);
  if (isWhole) return viewOf(context, cell, { forward: base => base, backward: (_, changed) => changed });
  const length = fixedSize(size);
  const clip = (at: number): number => Math.min(length, Math.max(0, at < 0 ? at + length : at));
  const start = clip(from);
  const end = Math.max(start, clip(given.optionalInt('end') ?? length));
  return sliced(context, cell, { axis, start, end, step });
});

function isToEnd(end: Value, size: Dimension): boolean {
  if (end.kind === 'none') return true;
  if (end.kind !== 'int') return false;
  if (isRows(size))
    return (end.rows === 0 && end.value > Number.MAX_SAFE_INTEGER) || (end.value === 0 && end.rows === size.outer * size.inner);
  return end.rows === 0 && end.value >= size;
}

const select = operator('self:T dim:int index:int', (context, given) => {
  const cell = given.cell('self');
  return selected(context, cell, axisOf(given.int('dim'), cell.get().shape.length), given.int('index'));
});

const narrow = operator('self:T dim:int start:int length:int', (context, given) => {
  const cell = given.cell('self');
  const axis = axisOf(given.int('dim'), cell.get().shape.length);
  const size = fixedSize(cell.get().shape[axis]);
  const start = given.int('start') < 0 ? given.int('start') + size : given.int('start');
  if (start < 0 || start + given.int('length') > size) throw unsupported('narrow beyond the size of the axis');
  return sliced(context, cell, { axis, start, end: start + given.int('length'), step: 1 });
});

/** `-1` keeps a size, as does the size that is there. */
const expand = operator('self:T size:ints implicit:bool=False', (context, given) => {
  const cell = given.cell('self');
  const wanted = given.sizes('size');
  const { shape } = cell.get();
  const inFront = wanted.length - shape.length;
  if (inFront < 0) throw unsupported('expand to fewer dimensions');
  const target = wanted.map((size, i) => (size === -1 ? (shape[i - inFront] ?? 1) : size));
  return expanded(context, cell, target);
});

function expanded(context: OperatorContext, cell: TensorCell, target: readonly Dimension[]): TensorCell {
  const { shape } = cell.get();
  const inFront = target.length - shape.length;
  for (const [i, size] of shape.entries()) {
    const wanted = target[i + inFront]!;
    if (size === 1 || sameDimension(size, wanted)) continue;
    if (isRows(size) || isRows(wanted)) throw new RowsMixed();
    refuseShapes(shape, target, { actual: size, expected: wanted });
  }
  return viewOf(context, cell, {
    forward: base => context.emitter.expand(base, target),
    backward: () => {
      throw unsupported('a change in place through an expanded tensor');
    },
  });
}

/** Parts along an axis of these sizes. */
function splitSizes(context: OperatorContext, cell: TensorCell, dim: number, sizes: (size: number) => readonly number[]): Value {
  const axis = axisOf(dim, cell.get().shape.length);
  const size = fixedSize(cell.get().shape[axis]);
  let start = 0;
  const parts = sizes(size).map(length => {
    const part = sliced(context, cell, { axis, start, end: start + length, step: 1 });
    start += length;
    return part;
  });
  if (start !== size) throw unsupported(`a split of an axis of size ${size} into parts of ${start} together`);
  return context.list(parts);
}

const pieces = (size: number, length: number): number[] => {
  if (length < 1 || size / length > 10_000) throw unsupported(`a split of an axis of size ${size} into parts of ${length}`);
  return Array.from({ length: Math.max(1, Math.ceil(size / length)) }, (_, i) => Math.min(length, size - i * length));
};

const split: readonly Operator[] = [
  operator('self:T split_size:int dim:int=0', (context, given) =>
    splitSizes(context, given.cell('self'), given.int('dim'), size => pieces(size, given.int('split_size'))),
  ),
  operator('self:T split_size:list dim:int=0', (context, given) =>
    splitSizes(context, given.cell('self'), given.int('dim'), () => given.ints('split_size')),
  ),
];

const chunk = operator('self:T chunks:int dim:int=0', (context, given) =>
  splitSizes(context, given.cell('self'), given.int('dim'), size => pieces(size, Math.ceil(size / Math.max(1, given.int('chunks'))))),
);

const unbind = operator('self:T dim:int=0', (context, given) => {
  const cell = given.cell('self');
  const axis = axisOf(given.int('dim'), cell.get().shape.length);
  const size = fixedSize(cell.get().shape[axis]);
  if (size > 10_000) throw unsupported(`unbind of an axis of size ${size}`);
  return context.list(Array.from({ length: size }, (_, index) => selected(context, cell, axis, index)));
});

const itself = operator('self:T', (_, given) => given.cell('self'));

const alias = operator('self:T', (context, given) =>
  viewOf(context, given.cell('self'), { forward: base => base, backward: (_, changed) => changed }),
);

/** Other looks at the same elements: shapes, orders and parts. */
export const VIEWS: OperatorTable = {
  'aten::view': view('size'),
  'aten::_unsafe_view': view('size'),
  'aten::reshape': view('shape'),
  'aten::view_as': operator('self:T other:T', (context, given) => reshaped(context, given.cell('self'), () => given.tensor('other').shape)),
  'aten::reshape_as': operator('self:T other:T', (context, given) =>
    reshaped(context, given.cell('self'), () => given.tensor('other').shape),
  ),
  'aten::flatten': flatten,
  'aten::ravel': operator('self:T', (context, given) => reshaped(context, given.cell('self'), base => [mergeSizes(base.shape)])),
  'aten::unflatten': unflatten,
  'aten::transpose': transpose,
  'aten::swapaxes': transpose,
  'aten::swapdims': transpose,
  'aten::t': transposed,
  'aten::mT': transposed,
  'aten::numpy_T': operator('self:T', (context, given) => {
    const { length } = given.tensor('self').shape;
    return permuted(
      context,
      given.cell('self'),
      Array.from({ length }, (_, i) => length - 1 - i),
    );
  }),
  'aten::permute': permute,
  'aten::movedim': movedim,
  'aten::unsqueeze': unsqueeze,
  'aten::squeeze': squeeze,
  'aten::slice': slice,
  'aten::select': select,
  'aten::narrow': narrow,
  'aten::expand': expand,
  'aten::expand_as': operator('self:T other:T', (context, given) => expanded(context, given.cell('self'), given.tensor('other').shape)),
  'aten::broadcast_to': expand,
  'aten::split': split,
  'aten::split_with_sizes': operator('self:T split_sizes:list dim:int=0', (context, given) =>
    splitSizes(context, given.cell('self'), given.int('dim'), () => given.ints('split_sizes')),
  ),
  'aten::chunk': chunk,
  'aten::unbind': unbind,
  'aten::unsafe_chunk': chunk,
  'aten::unsafe_split': split,
  'aten::contiguous': operator('self:T memory_format=None', (_, given) => given.cell('self')),
  'aten::detach': alias,
  'aten::alias': alias,
  'aten::requires_grad_': operator('self:T requires_grad:bool=True', (_, given) => given.cell('self')),
  'aten::resolve_conj': itself,
  'aten::resolve_neg': itself,
  'aten::cpu': itself,
  'prim::data': alias,
  'aten::broadcast_tensors': operator('tensors:list', (context, given) => {
    const cells = given.items('tensors').filter(item => item.kind === 'tensor');
    const shape = broadcastShapes(cells.map(cell => cell.get().shape));
    return context.list(cells.map(cell => expanded(context, cell, shape)));
  }),
  'aten::size': [
    operator('self:T', (context, given) => context.list(given.tensor('self').shape.map(sizeOf))),
    operator('self:T dim:int', (_, given) => {
      const { shape } = given.tensor('self');
      return sizeOf(shape[axisOf(given.int('dim'), shape.length)]!);
    }),
  ],
};
