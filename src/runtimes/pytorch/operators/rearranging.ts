import { axisOf, operator, promotedOf, type Operator, type OperatorContext } from '../execute/operator.js';
import { RowsMixed, isRows } from '../graph/dimension.js';
import { resultType } from '../graph/dtype.js';
import { fixedSize, refuseShapes } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import type { OperatorTable } from './table.js';

const MAX_MASK = 16_000_000;

/** Tensors in their common type, without empty vectors, which PyTorch lets stand beside any shape. */
function alike(context: OperatorContext, tensors: readonly GraphTensor[]): GraphTensor[] {
  const dtype = resultType(tensors.map(tensor => promotedOf(context.tensor(tensor))));
  const full = tensors.filter(({ shape }) => !(shape.length === 1 && shape[0] === 0));
  return (full.length > 0 ? full : tensors.slice(0, 1)).map(tensor => context.emitter.cast(tensor, dtype));
}

function concat(context: OperatorContext, tensors: readonly GraphTensor[], dim: number): GraphTensor {
  const parts = alike(context, tensors);
  if (parts.length === 0) throw unsupported('cat of no tensors');
  return context.emitter.concat(parts, axisOf(dim, parts[0]!.shape.length));
}

const cat = operator('tensors:list dim:int=0', (context, given) =>
  context.tensor(concat(context, given.tensors('tensors'), given.int('dim'))),
);

const stack = operator('tensors:list dim:int=0', (context, given) => {
  const tensors = given.tensors('tensors');
  if (tensors.length === 0) throw unsupported('stack of no tensors');
  const axis = axisOf(given.int('dim'), tensors[0]!.shape.length + 1);
  const parts = alike(context, tensors).map(tensor => context.emitter.unsqueeze(tensor, axis));
  return context.tensor(context.emitter.concat(parts, axis));
});

/** Along the last axis, or the first of vectors. */
const hstack = operator('tensors:list', (context, given) => {
  const tensors = given.tensors('tensors').map(tensor => (tensor.shape.length === 0 ? context.emitter.reshape(tensor, [1]) : tensor));
  return context.tensor(concat(context, tensors, tensors[0]?.shape.length === 1 ? 0 : 1));
});

const repeat = (parameter: string, isTile: boolean): Operator =>
  operator(`self:T ${parameter}:ints`, (context, given) => {
    const { emitter } = context;
    const x = given.tensor('self');
    const written = given.sizes(parameter);
    const missing = x.shape.length - written.length;
    if (missing > 0 && !isTile) throw unsupported('repeat with fewer numbers than dimensions');
    const repeats = [...Array.from({ length: Math.max(0, missing) }, () => 1), ...written];
    const shape = [...Array.from({ length: repeats.length - x.shape.length }, () => 1), ...x.shape];
    // Something that is there once can be there for each row; rows themselves cannot be repeated among each other.
    if (shape.some((size, axis) => (isRows(size) && repeats[axis] !== 1) || (isRows(repeats[axis]) && size !== 1))) throw new RowsMixed();
    const fixed = repeats.map(times => (isRows(times) ? 1 : times));
    const tiled = shape.map((size, axis) => (isRows(size) ? size : size * fixed[axis]!));
    const whole = emitter.reshape(x, shape);
    const copies = fixed.every(times => times === 1)
      ? whole
      : emitter.op('Tile', [whole, emitter.longs(fixed)], { dtype: x.dtype, shape: tiled });
    return context.tensor(
      emitter.expand(
        copies,
        tiled.map((size, axis) => (isRows(repeats[axis]) ? repeats[axis] : size)),
      ),
    );
  });

const flip = operator('self:T dims:ints', (context, given) => {
  const { emitter } = context;
  let x = given.tensor('self');
  for (const dim of given.ints('dims')) {
    const axis = axisOf(dim, x.shape.length);
    fixedSize(x.shape[axis]);
    const bounds = [-1, -(2 ** 63), axis, -1].map(value => emitter.longs([value]));
    x = emitter.op('Slice', [x, ...bounds], x);
  }
  return context.tensor(x);
});

const roll = operator('self:T shifts:ints dims:ints=[]', (context, given) => {
  const { emitter } = context;
  const original = given.tensor('self');
  const dims = given.ints('dims');
  const shifts = given.ints('shifts');
  let x =
    dims.length === 0 ? emitter.reshape(original, [original.shape.reduce<number>((all, size) => all * fixedSize(size), 1)]) : original;
  for (const [i, dim] of (dims.length === 0 ? [0] : dims).entries()) {
    const axis = axisOf(dim, x.shape.length);
    const size = fixedSize(x.shape[axis]);
    const shift = (((shifts[i] ?? 0) % size) + size) % size;
    if (shift === 0) continue;
    x = emitter.concat(
      [emitter.slice(x, { axis, start: size - shift, end: size }), emitter.slice(x, { axis, start: 0, end: size - shift })],
      axis,
    );
  }
  return context.tensor(emitter.reshape(x, original.shape));
});

const repeatInterleave = operator('self:T repeats:int dim:int?=None output_size=None', (context, given) => {
  const { emitter } = context;
  const x = given.tensor('self');
  const repeats = given.int('repeats');
  const dim = given.optionalInt('dim');
  const flat = dim === undefined ? emitter.reshape(x, [x.shape.reduce<number>((all, size) => all * fixedSize(size), 1)]) : x;
  const axis = axisOf(dim ?? 0, flat.shape.length);
  const size = fixedSize(flat.shape[axis]);
  const spread = emitter.unsqueeze(flat, axis + 1);
  const repeated = emitter.expand(spread, spread.shape.with(axis + 1, repeats));
  return context.tensor(emitter.reshape(repeated, flat.shape.with(axis, size * repeats)));
});

const triangle = (isUpper: boolean): Operator =>
  operator('self:T diagonal:int=0', (context, given) => {
    const x = given.tensor('self');
    if (x.shape.length < 2) refuseShapes(x.shape, []);
    const { emitter } = context;
    const [rows, columns] = x.shape.slice(-2).map(fixedSize) as [number, number];
    const k = given.int('diagonal');
    if (rows * columns > MAX_MASK) throw unsupported(`a triangle of ${rows} × ${columns}`);
    const kept = Array.from({ length: rows * columns }, (_, i) => {
      const offset = (i % columns) - Math.floor(i / columns);
      return Number(isUpper ? offset >= k : offset <= k);
    });
    const mask: GraphTensor = { name: emitter.builder.numbers('bool', [rows, columns], kept), dtype: 'bool', shape: [rows, columns] };
    return context.tensor(emitter.where(mask, x, emitter.scalar(x.dtype, 0)));
  });

/** The elements of groups of `factor²` channels as squares of a larger grid. */
const pixelShuffle = operator('self:T upscale_factor:int', (context, given) => {
  const { emitter } = context;
  const x = given.tensor('self');
  const factor = given.int('upscale_factor');
  if (x.shape.length !== 4) throw unsupported('pixel_shuffle of a row without its batch dimension');
  const [channels, height, width] = x.shape.slice(1).map(fixedSize) as [number, number, number];
  const groups = channels / factor ** 2;
  if (!Number.isInteger(groups)) throw unsupported(`pixel_shuffle of ${channels} channels by ${factor}`);
  const split = emitter.reshape(x, [x.shape[0]!, groups, factor, factor, height, width]);
  const turned = emitter.transpose(split, [0, 1, 4, 2, 5, 3]);
  return context.tensor(emitter.reshape(turned, [x.shape[0]!, groups, height * factor, width * factor]));
});

/** Each vector spread over a grid that has an axis for each of them. */
const meshgrid = operator('tensors:list indexing:str=ij', (context, given) => {
  const { emitter } = context;
  const vectors = given.tensors('tensors');
  if (given.string('indexing') !== 'ij') throw unsupported('meshgrid with the indexing "xy"');
  const shape = vectors.map(vector => fixedSize(vector.shape[0]));
  const spread = vectors.map((vector, axis) => {
    const own = emitter.reshape(
      vector,
      shape.map((size, each) => (each === axis ? size : 1)),
    );
    return context.tensor(emitter.expand(own, shape));
  });
  return context.list(spread);
});

/** Tensors put together and elements in another order. */
export const REARRANGING: OperatorTable = {
  'aten::cat': cat,
  'aten::concat': cat,
  'aten::concatenate': cat,
  'aten::stack': stack,
  'aten::hstack': hstack,
  'aten::repeat': repeat('repeats', false),
  'aten::tile': repeat('dims', true),
  'aten::repeat_interleave': repeatInterleave,
  'aten::pixel_shuffle': pixelShuffle,
  'aten::meshgrid': meshgrid,
  'aten::flip': flip,
  'aten::roll': roll,
  'aten::triu': triangle(true),
  'aten::tril': triangle(false),
};
