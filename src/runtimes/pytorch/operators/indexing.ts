import { axisOf, commonType, operand, operator, type Operator, type OperatorContext } from '../execute/operator.js';
import { NONE, tupleOf } from '../execute/value.js';
import { broadcastShapes } from '../graph/broadcast.js';
import { isRows, rowAxisOf, RowsMixed, sameDimension, type Dimension } from '../graph/dimension.js';
import { isInteger } from '../graph/dtype.js';
import { fixedSize, refuseShapes } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { arithmetic } from './arithmetic.js';
import { reduce } from './reduction.js';
import { store, withInPlace, type OperatorTable } from './table.js';

/** Indexes that PyTorch refuses become ones that onnxruntime refuses too: it would count negative ones from the end. */
function withoutNegatives({ emitter }: OperatorContext, indices: GraphTensor, size: number): GraphTensor {
  const isNegative = emitter.binary('Less', indices, emitter.scalar(indices.dtype, 0), 'bool');
  return emitter.where(isNegative, emitter.scalar(indices.dtype, size), indices);
}

/** Rows of a table by their numbers. */
export function lookUp(context: OperatorContext, table: GraphTensor, indices: GraphTensor): GraphTensor {
  const { emitter } = context;
  const [count, ...rest] = table.shape;
  if (!isInteger(indices.dtype)) {
    throw unsupported(`numbers of rows as ${indices.dtype}`, [
      { message: 'say in \'model.inputs\' that the input holds integers: [{"name": "ids", "type": "int64", "shape": [-1, 16]}]' },
    ]);
  }
  const size = fixedSize(count);
  const wide = indices.dtype === 'int32' || indices.dtype === 'int64' ? indices : emitter.cast(indices, 'int64');
  return emitter.op(
    'Gather',
    [table, withoutNegatives(context, wide, size)],
    { dtype: table.dtype, shape: [...indices.shape, ...rest] },
    { axis: { i: 0 } },
  );
}

const embedding = operator('weight:T indices:T padding_idx=-1 scale_grad_by_freq:bool=False sparse:bool=False', (context, given) =>
  context.tensor(lookUp(context, given.tensor('weight'), given.tensor('indices'))),
);

/** Bags of one size, a row each; or one bag of all, whose only offset is 0. Several by offsets would put rows of a batch side by side. */
const embeddingBag = operator(
  'weight:T indices:T offsets=None scale_grad_by_freq:bool=False mode:int=0 sparse:bool=False per_sample_weights=None include_last_offset:bool=False padding_idx=None',
  (context, given) => {
    const offsets = given.optionalTensor('offsets');
    const isOneBag = offsets?.shape.length === 1 && offsets.shape[0] === 1 && !given.bool('include_last_offset');
    const flat = given.tensor('indices');
    const indices = flat.shape.length === 1 && isOneBag ? context.emitter.unsqueeze(flat, 0) : flat;
    if (indices.shape.length !== 2) throw unsupported('embedding_bag with offsets');
    const mode = given.int('mode');
    const padding = given.value('padding_idx');
    if (padding.kind === 'int' && padding.value >= 0) throw unsupported('embedding_bag with a padding index');
    const looked = lookUp(context, given.tensor('weight'), indices);
    const weights = given.optionalTensor('per_sample_weights');
    const weighted = weights === undefined ? looked : arithmetic.mul(context, looked, context.emitter.unsqueeze(weights, 2));
    const opType = (['ReduceSum', 'ReduceMean', 'ReduceMax'] as const)[mode];
    if (opType === undefined) throw unsupported(`embedding_bag of mode ${mode}`);
    return tupleOf([context.tensor(reduce(context, weighted, { opType, axes: [1], keep: false })), NONE, NONE, NONE]);
  },
);

const indexSelect = operator('self:T dim:int index:T', (context, given) => {
  const [x, index] = [given.tensor('self'), given.tensor('index')];
  const axis = axisOf(given.int('dim'), x.shape.length);
  const size = fixedSize(x.shape[axis]);
  const flat = index.shape.length === 0 ? context.emitter.reshape(index, [1]) : index;
  if (rowAxisOf(flat.shape) >= 0 && rowAxisOf(x.shape) >= 0) throw new RowsMixed();
  const shape = [...x.shape.slice(0, axis), flat.shape[0]!, ...x.shape.slice(axis + 1)];
  const wide = context.emitter.cast(flat, 'int64');
  return context.tensor(
    context.emitter.op('Gather', [x, withoutNegatives(context, wide, size)], { dtype: x.dtype, shape }, { axis: { i: axis } }),
  );
});

const gather = operator('self:T dim:int index:T sparse_grad:bool=False', (context, given) => {
  const [x, index] = [given.tensor('self'), given.tensor('index')];
  const { emitter } = context;
  if (x.shape.length === 0 || index.shape.length !== x.shape.length) refuseShapes(x.shape, index.shape);
  const axis = axisOf(given.int('dim'), x.shape.length);
  const size = fixedSize(x.shape[axis]);
  // Where the index is shorter along another axis, PyTorch takes the front of the tensor there.
  let front = x;
  for (const [other, wanted] of index.shape.entries()) {
    const has = x.shape[other]!;
    if (other === axis || sameDimension(has, wanted)) continue;
    if (isRows(has) || isRows(wanted)) throw new RowsMixed();
    front = emitter.slice(front, { axis: other, start: 0, end: wanted });
  }
  const safe = withoutNegatives(context, emitter.cast(index, 'int64'), size);
  return context.tensor(emitter.op('GatherElements', [front, safe], { dtype: x.dtype, shape: index.shape }, { axis: { i: axis } }));
});

/** `x[:, index, …]`: tensors of integers in places of a list, None elsewhere. */
const index = operator('self:T indices:list', (context, given) => {
  const { emitter } = context;
  const x = given.tensor('self');
  const places = given.items('indices').map(item => (item.kind === 'tensor' ? item.get() : undefined));
  const used = places.flatMap((tensor, axis) => (tensor === undefined ? [] : [{ tensor, axis }]));
  if (used.some(({ tensor }) => tensor.dtype === 'bool'))
    throw unsupported('indexing by a mask, which gives as many values as the mask has true ones');
  const [first] = used;
  if (first === undefined) return context.tensor(x);
  if (used.length === 1) {
    const { tensor, axis } = first;
    fixedSize(x.shape[axis]);
    if (rowAxisOf(tensor.shape) >= 0 && rowAxisOf(x.shape) >= 0) throw new RowsMixed();
    const shape = [...x.shape.slice(0, axis), ...tensor.shape, ...x.shape.slice(axis + 1)];
    return context.tensor(emitter.op('Gather', [x, emitter.cast(tensor, 'int64')], { dtype: x.dtype, shape }, { axis: { i: axis } }));
  }
  if (used.some(({ axis }, i) => axis !== i)) throw unsupported('indexing by several tensors that are not the first dimensions');
  // The row axis among the indexed ones would be picked by position.
  for (const { axis } of used) fixedSize(x.shape[axis]);
  const shape = broadcastShapes(used.map(({ tensor }) => tensor.shape));
  const columns = used.map(({ tensor }) => emitter.unsqueeze(emitter.expand(emitter.cast(tensor, 'int64'), shape), shape.length));
  const tuples = emitter.concat(columns, shape.length);
  const result: Dimension[] = [...shape, ...x.shape.slice(used.length)];
  return context.tensor(emitter.op('GatherND', [x, tuples], { dtype: x.dtype, shape: result }));
});

const where = operator('condition:T self other', (context, given) => {
  const pair = [given.value('self'), given.value('other')];
  const dtype = commonType(pair);
  const [a, b] = pair.map(value => operand(context, value, dtype)) as [GraphTensor, GraphTensor];
  return context.tensor(context.emitter.where(context.emitter.cast(given.tensor('condition'), 'bool'), a, b));
});

const maskedFill = operator('self:T mask:T value', (context, given) => {
  const x = given.tensor('self');
  const mask = given.tensor('mask');
  if (mask.dtype !== 'bool') {
    throw unsupported(`a mask of ${mask.dtype}`, [{ message: 'say in \'model.inputs\' that the mask is of "type": "bool"' }]);
  }
  return context.tensor(context.emitter.where(mask, operand(context, given.value('value'), x.dtype), x));
});

const scatter = operator('self:T dim:int index:T src', (context, given) => {
  const { emitter } = context;
  const [x, places] = [given.tensor('self'), given.tensor('index')];
  const axis = axisOf(given.int('dim'), x.shape.length);
  const size = fixedSize(x.shape[axis]);
  for (const [other, length] of places.shape.entries())
    if (other !== axis && !sameDimension(length, x.shape[other]!)) refuseShapes(x.shape, places.shape);
  const source = given.value('src');
  const updates = source.kind === 'tensor' ? source.get() : emitter.expand(operand(context, source, x.dtype), places.shape);
  if (updates.dtype !== x.dtype) throw unsupported('scatter of another type');
  const safe = withoutNegatives(context, emitter.cast(places, 'int64'), size);
  return context.tensor(emitter.op('ScatterElements', [x, safe, updates], x, { axis: { i: axis } }));
});

const oneHot = operator('self:T num_classes:int=-1', (context, given) => {
  const classes = given.int('num_classes');
  if (classes < 1 || classes > 1_000_000) throw unsupported('one_hot without the number of classes, or with more than a million');
  const { emitter } = context;
  const x = emitter.cast(given.tensor('self'), 'int64');
  const numbers = emitter.vector(
    'int64',
    Array.from({ length: classes }, (_, i) => i),
  );
  // A class outside of the range is an error in PyTorch: looking it up makes one here.
  const checked = emitter.op(
    'Gather',
    [numbers, withoutNegatives(context, x, classes)],
    { dtype: 'int64', shape: x.shape },
    { axis: { i: 0 } },
  );
  return context.tensor(emitter.cast(emitter.binary('Equal', emitter.unsqueeze(checked, x.shape.length), numbers, 'bool'), 'int64'));
});

/** How many of the boundaries lie below a value, or not above it. */
const bucketize = (self: string, edges: string): Operator =>
  operator(
    self === 'self'
      ? 'self:T boundaries:T out_int32:bool=False right:bool=False'
      : 'boundaries:T self:T out_int32:bool=False right:bool=False',
    (context, given) => {
      const { emitter } = context;
      const boundaries = given.tensor(edges);
      if (boundaries.shape.length !== 1) throw unsupported('searchsorted in several rows of boundaries');
      const dtype = commonType([given.value('self'), given.value(edges)]);
      const x = emitter.unsqueeze(emitter.cast(given.tensor('self'), dtype), given.tensor('self').shape.length);
      const isBelow = emitter.binary(given.bool('right') ? 'Less' : 'LessOrEqual', x, emitter.cast(boundaries, dtype), 'bool');
      // Negated, so that NaN is above all boundaries, as PyTorch has it.
      const counted = emitter.cast(
        emitter.op('Not', [isBelow], { dtype: 'bool', shape: isBelow.shape }),
        given.bool('out_int32') ? 'int32' : 'int64',
      );
      return context.tensor(reduce(context, counted, { opType: 'ReduceSum', axes: [x.shape.length - 1], keep: false }));
    },
  );

const fill = operator('self:T value', (context, given) => {
  const x = given.tensor('self');
  return context.tensor(context.emitter.expand(operand(context, given.value('value'), x.dtype), x.shape));
});

/** Values of another tensor, spread over the shape and in the type of this one. */
const copyInPlace = operator('self:T src:T non_blocking:bool=False', (context, given) => {
  const cell = given.cell('self');
  const { dtype, shape } = cell.get();
  const { emitter } = context;
  const spread = emitter.expand(emitter.cast(given.tensor('src'), dtype), shape);
  store(context, cell, spread);
  return cell;
});

/** Elements by their places, and places of elements. */
export const INDEXING: OperatorTable = {
  'aten::embedding': embedding,
  'aten::embedding_bag': embeddingBag,
  'aten::index_select': indexSelect,
  'aten::gather': gather,
  'aten::take_along_dim': operator('self:T indices:T dim:int', (context, given) => {
    const { emitter } = context;
    const [x, places] = [given.tensor('self'), emitter.cast(given.tensor('indices'), 'int64')];
    const axis = axisOf(given.int('dim'), x.shape.length);
    fixedSize(x.shape[axis]);
    if (!x.shape.every((size, other) => other === axis || sameDimension(size, places.shape[other]!))) refuseShapes(x.shape, places.shape);
    return context.tensor(emitter.op('GatherElements', [x, places], { dtype: x.dtype, shape: places.shape }, { axis: { i: axis } }));
  }),
  'aten::index': index,
  'aten::where': where,
  'aten::one_hot': oneHot,
  'aten::bucketize': bucketize('self', 'boundaries'),
  'aten::searchsorted': bucketize('other', 'boundaries'),
  'aten::copy_': copyInPlace,
  ...withInPlace({
    'aten::masked_fill': maskedFill,
    'aten::scatter': scatter,
    'aten::fill': fill,
    'aten::zero': operator('self:T', (context, given) =>
      context.tensor(context.emitter.filled(given.tensor('self').dtype, given.tensor('self').shape, 0)),
    ),
  }),
};
