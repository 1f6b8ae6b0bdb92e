import { axisOf, operator, type Arguments, type Operator, type OperatorContext } from '../execute/operator.js';
import { boolOf, tupleOf, type Value } from '../execute/value.js';
import type { Dimension, Shape } from '../graph/dimension.js';
import { isFloat, type DType } from '../graph/dtype.js';
import { fixedSize } from '../graph/emitter.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { arithmetic, extreme } from './arithmetic.js';
import { equalValues } from './equal-values.js';
import { extremeNumber, numberOperator } from './numbers.js';
import type { OperatorTable } from './table.js';

/** All axes where none are named. */
export function axesOf(dims: readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined || dims.length === 0) return Array.from({ length: rank }, (_, axis) => axis);
  return dims.map(dim => axisOf(dim, rank));
}

/** Reduces axes by one operation of ONNX. An axis of rows cannot be: its rows would depend on each other. */
export function reduce(
  { emitter }: OperatorContext,
  x: GraphTensor,
  { opType, axes, keep, dtype = x.dtype }: { opType: string; axes: readonly number[]; keep: boolean; dtype?: DType },
): GraphTensor {
  if (x.shape.length === 0) return emitter.cast(x, dtype);
  const shape = reducedShape(x.shape, axes, keep);
  const attributes = { keepdims: { i: keep ? 1 : 0 }, ...(opType.startsWith('Arg') && { axis: { i: axes[0]! } }) };
  const inputs = opType.startsWith('Arg') ? [x] : [x, emitter.longs(axes)];
  return emitter.op(opType, inputs, { dtype, shape }, attributes);
}

function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  for (const axis of axes) fixedSize(shape[axis]);
  return shape.flatMap((size, axis): Dimension[] => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
}

const DIMS = 'self:T dim:ints?=None keepdim:bool=False dtype:int?=None';

/** Sums of integers and truth values are of 64 bits. */
const sum = (opType: 'ReduceSum' | 'ReduceProd'): Operator =>
  operator(DIMS, (context, given) => {
    const x = given.tensor('self');
    const dtype = given.dtype('dtype', isFloat(x.dtype) ? x.dtype : 'int64');
    const axes = axesOf(given.optionalInts('dim'), x.shape.length);
    return context.tensor(reduce(context, context.emitter.cast(x, dtype), { opType, axes, keep: given.bool('keepdim') }));
  });

const mean = operator(DIMS, (context, given) => {
  const x = given.tensor('self');
  const dtype = given.dtype('dtype', x.dtype);
  if (!isFloat(dtype)) throw unsupported('mean of integers');
  const axes = axesOf(given.optionalInts('dim'), x.shape.length);
  return context.tensor(meanOf(context, context.emitter.cast(x, dtype), axes, given.bool('keepdim')));
});

export function meanOf(context: OperatorContext, x: GraphTensor, axes: readonly number[], keep: boolean): GraphTensor {
  return context.emitter.cast(reduce(context, x, { opType: 'ReduceMean', axes, keep }), x.dtype);
}

/** The mean of squared distances from the mean; `correction` is taken off the number of values. */
export function variance(
  context: OperatorContext,
  x: GraphTensor,
  { axes, correction, keep }: { axes: readonly number[]; correction: number; keep: boolean },
): GraphTensor {
  const distance = arithmetic.sub(context, x, meanOf(context, x, axes, true));
  const squares = reduce(context, arithmetic.mul(context, distance, distance), { opType: 'ReduceSum', axes, keep });
  const count = axes.reduce((all, axis) => all * fixedSize(x.shape[axis]), 1);
  return arithmetic.div(context, squares, context.emitter.scalar(x.dtype, Math.max(0, count - correction)));
}

function spread(isDeviation: boolean): readonly Operator[] {
  const compute = (
    context: OperatorContext,
    given: Arguments,
    dims: readonly number[] | undefined,
    correction: number,
    keep: boolean,
  ): Value => {
    const x = given.tensor('self');
    if (!isFloat(x.dtype)) throw unsupported('a variance of integers');
    const result = variance(context, x, { axes: axesOf(dims, x.shape.length), correction, keep });
    return context.tensor(isDeviation ? context.emitter.same('Sqrt', result) : result);
  };
  return [
    operator('self:T unbiased:bool=True', (context, given) => compute(context, given, undefined, Number(given.bool('unbiased')), false)),
    operator('self:T dim:ints? unbiased:bool=True keepdim:bool=False', (context, given) =>
      compute(context, given, given.optionalInts('dim'), Number(given.bool('unbiased')), given.bool('keepdim')),
    ),
    operator('self:T dim:ints?=None correction:num?=None keepdim:bool=False', (context, given) =>
      compute(context, given, given.optionalInts('dim'), given.optionalNumber('correction') ?? 1, given.bool('keepdim')),
    ),
  ];
}

/** The largest or smallest value; a NaN among them is the result, as PyTorch has it. */
export function extremum(
  context: OperatorContext,
  x: GraphTensor,
  { isMax, axes, keep }: { isMax: boolean; axes: readonly number[]; keep: boolean },
): GraphTensor {
  const { emitter } = context;
  const opType = isMax ? 'ReduceMax' : 'ReduceMin';
  if (!isFloat(x.dtype)) {
    if (x.dtype === 'bool') return emitter.cast(reduce(context, emitter.cast(x, 'int32'), { opType, axes, keep }), 'bool');
    return emitter.widened(x, wide => reduce(context, wide, { opType, axes, keep }));
  }
  const isNaN = emitter.op('IsNaN', [x], { dtype: 'bool', shape: x.shape });
  const anyNaN = reduce(context, emitter.cast(isNaN, 'float32'), { opType: 'ReduceMax', axes, keep });
  const limit = emitter.scalar(x.dtype, isMax ? -Infinity : Infinity);
  const value = reduce(context, emitter.where(isNaN, limit, x), { opType, axes, keep });
  return emitter.where(emitter.cast(anyNaN, 'bool'), emitter.scalar(x.dtype, NaN), value);
}

/** Place of the first largest or smallest value; the first NaN counts as both. */
export function placeOfExtremum(
  context: OperatorContext,
  x: GraphTensor,
  { isMax, axis, keep }: { isMax: boolean; axis: number; keep: boolean },
): GraphTensor {
  const { emitter } = context;
  const opType = isMax ? 'ArgMax' : 'ArgMin';
  const wide = isFloat(x.dtype) ? x : emitter.cast(x, x.dtype === 'int64' ? 'int64' : 'int32');
  if (x.shape.length === 0) return emitter.scalar('int64', 0);
  const plain = reduce(context, wide, { opType, axes: [axis], keep, dtype: 'int64' });
  if (!isFloat(x.dtype)) return plain;
  const isNaN = emitter.cast(emitter.op('IsNaN', [x], { dtype: 'bool', shape: x.shape }), 'int32');
  const firstNaN = reduce(context, isNaN, { opType: 'ArgMax', axes: [axis], keep, dtype: 'int64' });
  const anyNaN = emitter.cast(reduce(context, isNaN, { opType: 'ReduceMax', axes: [axis], keep }), 'bool');
  return emitter.where(anyNaN, firstNaN, plain);
}

function extremumOperator(isMax: boolean): readonly Operator[] {
  return [
    numberOperator(extremeNumber(isMax ? 1 : -1), isMax ? 'Max' : 'Min'),
    operator('self:T', (context, given) => {
      const x = given.tensor('self');
      return context.tensor(extremum(context, x, { isMax, axes: axesOf(undefined, x.shape.length), keep: false }));
    }),
    operator('self:T other:T', (context, given) => {
      const [a, b] = [given.tensor('self'), given.tensor('other')];
      if (a.dtype !== b.dtype) throw unsupported('max or min of tensors of two types');
      return context.tensor(extreme(isMax ? 'Max' : 'Min')(context, a, b));
    }),
    operator('self:T dim:int keepdim:bool=False', (context, given) => {
      const x = given.tensor('self');
      const axis = axisOf(given.int('dim'), x.shape.length);
      const keep = given.bool('keepdim');
      const values = context.tensor(extremum(context, x, { isMax, axes: x.shape.length === 0 ? [] : [axis], keep }));
      return { ...tupleOf([values, context.tensor(placeOfExtremum(context, x, { isMax, axis, keep }))]), names: ['values', 'indices'] };
    }),
  ];
}

const extremumOf = (isMax: boolean): Operator =>
  operator('self:T dim:ints=[] keepdim:bool=False', (context, given) => {
    const x = given.tensor('self');
    return context.tensor(extremum(context, x, { isMax, axes: axesOf(given.ints('dim'), x.shape.length), keep: given.bool('keepdim') }));
  });

const place = (isMax: boolean): Operator =>
  operator('self:T dim:int?=None keepdim:bool=False', (context, given) => {
    const x = given.tensor('self');
    const dim = given.optionalInt('dim');
    if (dim !== undefined)
      return context.tensor(placeOfExtremum(context, x, { isMax, axis: axisOf(dim, x.shape.length), keep: given.bool('keepdim') }));
    const flat = context.emitter.reshape(x, [x.shape.reduce<number>((all, size) => all * fixedSize(size), 1)]);
    return context.tensor(placeOfExtremum(context, flat, { isMax, axis: 0, keep: false }));
  });

/** Whether all or any are true; also of a list of Python's truth values. */
function quantifier(isAll: boolean): readonly Operator[] {
  const compute = (context: OperatorContext, x: GraphTensor, axes: readonly number[], keep: boolean): Value => {
    const flags = context.emitter.cast(context.emitter.cast(x, 'bool'), 'int32');
    return context.tensor(context.emitter.cast(reduce(context, flags, { opType: isAll ? 'ReduceMin' : 'ReduceMax', axes, keep }), 'bool'));
  };
  return [
    operator('values:list', (_, given) => {
      const truths = given.items('values').map(value => {
        if (value.kind === 'bool') return value.value;
        if (value.kind === 'int' || value.kind === 'float') return !equalValues(value, boolOf(false));
        throw unsupported('all or any of values that depend on the data');
      });
      return boolOf(isAll ? truths.every(Boolean) : truths.some(Boolean));
    }),
    operator('self:T', (context, given) => {
      const x = given.tensor('self');
      return compute(context, x, axesOf(undefined, x.shape.length), false);
    }),
    operator('self:T dim:ints? keepdim:bool=False', (context, given) => {
      const x = given.tensor('self');
      return compute(context, x, axesOf(given.optionalInts('dim'), x.shape.length), given.bool('keepdim'));
    }),
  ];
}

const cumulativeSum = operator('self:T dim:int dtype:int?=None', (context, given) => {
  const { emitter } = context;
  const original = given.tensor('self');
  const x = emitter.cast(original, given.dtype('dtype', isFloat(original.dtype) ? original.dtype : 'int64'));
  if (x.shape.length === 0) return context.tensor(x);
  const axis = axisOf(given.int('dim'), x.shape.length);
  fixedSize(x.shape[axis]);
  return context.tensor(emitter.op('CumSum', [x, emitter.scalar('int64', axis)], x));
});

/** `(Σ |x|^p)^(1/p)` */
export function normOf(
  context: OperatorContext,
  x: GraphTensor,
  { p, axes, keep }: { p: number; axes: readonly number[]; keep: boolean },
): GraphTensor {
  const { emitter } = context;
  if (!isFloat(x.dtype)) throw unsupported('a norm of integers');
  if (p === 2) {
    return emitter.same('Sqrt', reduce(context, arithmetic.mul(context, x, x), { opType: 'ReduceSum', axes, keep }));
  }
  const absolute = emitter.same('Abs', x);
  if (p === 1) return reduce(context, absolute, { opType: 'ReduceSum', axes, keep });
  if (p === Infinity || p === -Infinity) return extremum(context, absolute, { isMax: p > 0, axes, keep });
  if (p === 0) throw unsupported('a norm that counts');
  const total = reduce(context, emitter.binary('Pow', absolute, emitter.scalar(x.dtype, p)), { opType: 'ReduceSum', axes, keep });
  return emitter.binary('Pow', total, emitter.scalar(x.dtype, 1 / p));
}

const norm: readonly Operator[] = [
  operator('self:T p:num?=2', (context, given) => {
    const x = given.tensor('self');
    return context.tensor(normOf(context, x, { p: given.optionalNumber('p') ?? 2, axes: axesOf(undefined, x.shape.length), keep: false }));
  }),
  operator('self:T p:num? dim:ints? keepdim:bool=False dtype:int?=None', (context, given) => {
    const original = given.tensor('self');
    const x = context.emitter.cast(original, given.dtype('dtype', original.dtype));
    return context.tensor(
      normOf(context, x, {
        p: given.optionalNumber('p') ?? 2,
        axes: axesOf(given.optionalInts('dim'), x.shape.length),
        keep: given.bool('keepdim'),
      }),
    );
  }),
];

const vectorNorm = operator('self:T ord:num=2 dim:ints?=None keepdim:bool=False dtype:int?=None', (context, given) => {
  const original = given.tensor('self');
  const x = context.emitter.cast(original, given.dtype('dtype', original.dtype));
  return context.tensor(
    normOf(context, x, { p: given.number('ord'), axes: axesOf(given.optionalInts('dim'), x.shape.length), keep: given.bool('keepdim') }),
  );
});

const logSumExp = operator('self:T dim:ints keepdim:bool=False', (context, given) => {
  const { emitter } = context;
  const x = given.tensor('self');
  const axes = axesOf(given.ints('dim'), x.shape.length);
  const highest = extremum(context, x, { isMax: true, axes, keep: true });
  const isInfinite = emitter.op('IsInf', [highest], { dtype: 'bool', shape: highest.shape });
  const shift = emitter.where(isInfinite, emitter.scalar(x.dtype, 0), highest);
  const total = reduce(context, emitter.same('Exp', arithmetic.sub(context, x, shift)), { opType: 'ReduceSum', axes, keep: true });
  const result = arithmetic.add(context, emitter.same('Log', total), shift);
  return context.tensor(
    given.bool('keepdim')
      ? result
      : emitter.reshape(
          result,
          result.shape.filter((_, axis) => !axes.includes(axis)),
        ),
  );
});

const topk = operator('self:T k:int dim:int=-1 largest:bool=True sorted:bool=True', (context, given) => {
  const x = given.tensor('self');
  return topOf(context, x, { k: given.int('k'), axis: axisOf(given.int('dim'), x.shape.length), isLargest: given.bool('largest') });
});

const sort: readonly Operator[] = [
  operator('self:T dim:int=-1 descending:bool=False', (context, given) => sortOf(context, given)),
  operator('self:T stable:bool? dim:int=-1 descending:bool=False', (context, given) => sortOf(context, given)),
];

function sortOf(context: OperatorContext, given: Arguments): Value {
  const x = given.tensor('self');
  const axis = axisOf(given.int('dim'), x.shape.length);
  return topOf(context, x, { k: fixedSize(x.shape[axis]), axis, isLargest: given.bool('descending') });
}

/** The k largest or smallest in order, and their places. NaN is larger than any number, as PyTorch has it. */
function topOf(context: OperatorContext, x: GraphTensor, { k, axis, isLargest }: { k: number; axis: number; isLargest: boolean }): Value {
  const { emitter } = context;
  if (x.shape.length === 0) return tupleOf([context.tensor(x), context.tensor(emitter.scalar('int64', 0))]);
  if (k > fixedSize(x.shape[axis])) throw unsupported(`the ${k} largest of ${fixedSize(x.shape[axis])} values`);
  const isNaN = isFloat(x.dtype) ? emitter.op('IsNaN', [x], { dtype: 'bool', shape: x.shape }) : undefined;
  const ranked =
    isNaN === undefined ? (x.dtype === 'bool' ? emitter.cast(x, 'int32') : x) : emitter.where(isNaN, emitter.scalar(x.dtype, Infinity), x);
  const shape = x.shape.with(axis, k);
  const attributes = { axis: { i: axis }, largest: { i: isLargest ? 1 : 0 }, sorted: { i: 1 } };
  const types = [
    { dtype: ranked.dtype, shape },
    { dtype: 'int64', shape },
  ] as const;
  const [values, indices] = emitter.ops('TopK', [ranked, emitter.longs([k])], types, attributes) as [GraphTensor, GraphTensor];
  const taken =
    isNaN === undefined
      ? emitter.cast(values, x.dtype)
      : emitter.op('GatherElements', [x, indices], { dtype: x.dtype, shape }, { axis: { i: axis } });
  return { ...tupleOf([context.tensor(taken), context.tensor(indices)]), names: ['values', 'indices'] };
}

/** A variance or deviation together with the mean. */
function withMean(isDeviation: boolean): readonly Operator[] {
  return spread(isDeviation).map(({ parameters, run }) => ({
    parameters,
    run: (context, given) => {
      const x = given.tensor('self');
      const hasDims = parameters.some(({ name }) => name === 'dim');
      const axes = axesOf(hasDims ? given.optionalInts('dim') : undefined, x.shape.length);
      const center = meanOf(context, x, axes, hasDims && given.bool('keepdim'));
      return tupleOf([run(context, given), context.tensor(center)]);
    },
  }));
}

const pairwiseDistance = operator('x1:T x2:T p:num=2 eps:num=1e-6 keepdim:bool=False', (context, given) => {
  const difference = arithmetic.sub(context, given.tensor('x1'), given.tensor('x2'));
  const shifted = arithmetic.add(context, difference, context.emitter.scalar(difference.dtype, given.number('eps')));
  return context.tensor(normOf(context, shifted, { p: given.number('p'), axes: [shifted.shape.length - 1], keep: given.bool('keepdim') }));
});

/** Sums, means, extremes and orders over axes. */
export const REDUCTION: OperatorTable = {
  'aten::sum': sum('ReduceSum'),
  'aten::prod': sum('ReduceProd'),
  'aten::mean': mean,
  'aten::var': spread(false),
  'aten::std': spread(true),
  'aten::var_mean': withMean(false),
  'aten::std_mean': withMean(true),
  'aten::pairwise_distance': pairwiseDistance,
  'aten::max': extremumOperator(true),
  'aten::min': extremumOperator(false),
  'aten::amax': extremumOf(true),
  'aten::amin': extremumOf(false),
  'aten::argmax': place(true),
  'aten::argmin': place(false),
  'aten::all': quantifier(true),
  'aten::any': quantifier(false),
  'aten::cumsum': cumulativeSum,
  'aten::norm': norm,
  'aten::frobenius_norm': operator('self:T dim:ints keepdim:bool=False', (context, given) => {
    const x = given.tensor('self');
    return context.tensor(normOf(context, x, { p: 2, axes: axesOf(given.ints('dim'), x.shape.length), keep: given.bool('keepdim') }));
  }),
  'aten::linalg_vector_norm': vectorNorm,
  'aten::logsumexp': logSumExp,
  'aten::topk': topk,
  'aten::sort': sort,
  'aten::argsort': operator('self:T dim:int=-1 descending:bool=False', (context, given) => {
    const sorted = sortOf(context, given);
    return sorted.kind === 'tuple' ? sorted.items[1]! : sorted;
  }),
};
