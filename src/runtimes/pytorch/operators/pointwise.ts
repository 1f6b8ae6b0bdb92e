import { operand, operator, type Operator, type OperatorContext } from '../execute/operator.js';
import { isFloat, type DType } from '../graph/dtype.js';
import type { GraphTensor } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { arithmetic, extreme, truncate } from './arithmetic.js';
import { knownOf, valueOfKnown } from '../execute/number-of.js';
import { floatFunction } from './numbers.js';
import { withInPlace, type OperatorTable } from './table.js';

type Unary = (context: OperatorContext, x: GraphTensor) => GraphTensor;

/** A function that gives floats: integers become float32 first. */
export function floatPointwise(compute: Unary): Operator {
  return operator('self:T', (context, given) => context.tensor(onFloats(context, given.tensor('self'), compute)));
}

export function onFloats(context: OperatorContext, x: GraphTensor, compute: Unary): GraphTensor {
  const { emitter } = context;
  const floats = isFloat(x.dtype) ? x : emitter.cast(x, 'float32');
  return emitter.widened(floats, wide => compute(context, wide));
}

/** One operation of ONNX. */
export const by =
  (opType: string): Unary =>
  ({ emitter }, x) =>
    emitter.same(opType, x);

/** A function with Python numbers too, as `math.sqrt`. */
const withNumbers = (compute: (value: number) => number, unary: Unary): readonly Operator[] => [
  floatFunction(compute),
  floatPointwise(unary),
];

/** Keeps integers as they are, as `floor` does. */
const floatsOnly = (compute: Unary): Operator =>
  operator('self:T', (context, given) => {
    const x = given.tensor('self');
    return context.tensor(isFloat(x.dtype) ? onFloats(context, x, compute) : x);
  });

const scalarTimes =
  (factor: number, unary: Unary): Unary =>
  (context, x) =>
    arithmetic.mul(context, unary(context, x), context.emitter.scalar(x.dtype, factor));

/** `1 / (1 + exp(-x))`, as PyTorch computes it: onnxruntime's own stops at 1e-8, where logarithms of it are still asked for. */
export const sigmoid: Unary = (context, x) => {
  const { emitter } = context;
  const exponential = emitter.same('Exp', emitter.same('Neg', x));
  return emitter.same('Reciprocal', arithmetic.add(context, exponential, emitter.scalar(x.dtype, 1)));
};

/** `log(1 + x)` without the loss of digits near 0 (W. Kahan): `x · log(u) / (u - 1)` with u = 1 + x. */
export const log1p: Unary = (context, x) => {
  const { emitter } = context;
  const one = emitter.scalar(x.dtype, 1);
  const u = arithmetic.add(context, x, one);
  const isOne = emitter.binary('Equal', u, one, 'bool');
  // Where the 1 is lost in u, the logarithm of u is as good, and the product would overflow.
  const isLarge = emitter.binary('Greater', u, emitter.scalar(x.dtype, 1e15), 'bool');
  const logarithm = emitter.same('Log', u);
  const exact = arithmetic.div(context, arithmetic.mul(context, x, logarithm), arithmetic.sub(context, u, one));
  const isMinusOne = emitter.binary('Equal', u, emitter.scalar(x.dtype, 0), 'bool');
  return emitter.where(isOne, x, emitter.where(emitter.binary('Or', isLarge, isMinusOne), logarithm, exact));
};

/** `exp(x) - 1` without the loss of digits near 0 (W. Kahan): `(u - 1) · x / log(u)` with u = exp(x). */
export const expm1: Unary = (context, x) => {
  const { emitter } = context;
  const one = emitter.scalar(x.dtype, 1);
  const u = emitter.same('Exp', x);
  const below = arithmetic.sub(context, u, one);
  const exact = arithmetic.div(context, arithmetic.mul(context, below, x), emitter.same('Log', u));
  const isOne = emitter.binary('Equal', u, one, 'bool');
  // Beyond these, exp(x) - 1 has lost nothing, and the quotient would be of infinities.
  const isFar = emitter.binary('Greater', emitter.same('Abs', x), emitter.scalar(x.dtype, 1), 'bool');
  return emitter.where(isOne, x, emitter.where(isFar, below, exact));
};

const bool = (emitterOp: string): Operator =>
  operator('self:T', ({ emitter, tensor }, given) => {
    const x = given.tensor('self');
    if (!isFloat(x.dtype)) return tensor(emitter.filled('bool', x.shape, 0));
    return tensor(emitter.op(emitterOp, [x], { dtype: 'bool', shape: x.shape }));
  });

interface Bounds {
  readonly min: GraphTensor | undefined;
  readonly max: GraphTensor | undefined;
}

/** Between two bounds; NaN stays NaN. Where the bounds cross, the upper one wins. */
export function clamp(context: OperatorContext, x: GraphTensor, { min, max }: Bounds): GraphTensor {
  const { emitter } = context;
  // onnxruntime's own operation keeps NaN, as the reference models show; with one bound it would take infinity for the largest number.
  if (isFloat(x.dtype) && min?.shape.length === 0 && max?.shape.length === 0) return emitter.op('Clip', [x, min, max], x);
  const raised =
    min === undefined
      ? x
      : isFloat(x.dtype)
        ? emitter.where(emitter.binary('Less', x, min, 'bool'), min, x)
        : extreme('Max')(context, x, min);
  if (max === undefined) return raised;
  return isFloat(x.dtype)
    ? emitter.where(emitter.binary('Greater', raised, max, 'bool'), max, raised)
    : extreme('Min')(context, raised, max);
}

const clampOperator = (signature: string): Operator =>
  operator(signature, (context, given) => {
    const bounds = ['min', 'max'].filter(name => signature.includes(name) && !given.isNone(name)).map(name => given.value(name));
    const self = given.value('self');
    const x = given.tensor('self');
    const dtype = clampType(
      x,
      bounds.some(bound => bound.kind === 'float'),
      self.kind === 'tensor' && bounds.every(bound => bound.kind !== 'tensor'),
    );
    const bound = (name: string): GraphTensor | undefined =>
      signature.includes(name) && !given.isNone(name) ? operand(context, given.value(name), dtype) : undefined;
    return context.tensor(clamp(context, context.emitter.cast(x, dtype), { min: bound('min'), max: bound('max') }));
  });

function clampType(x: GraphTensor, hasFloat: boolean, hasNumbers: boolean): DType {
  if (!hasNumbers && !isFloat(x.dtype)) throw unsupported('clamp of integers by tensors');
  return hasFloat && !isFloat(x.dtype) ? 'float32' : x.dtype;
}

const nanToNum = operator('self:T nan:float?=None posinf:float?=None neginf:float?=None', (context, given) => {
  const x = given.tensor('self');
  if (!isFloat(x.dtype)) return context.tensor(x);
  const { emitter } = context;
  const largest = x.dtype === 'float64' ? Number.MAX_VALUE : 3.4028234663852886e38;
  const number = (name: string, byDefault: number): GraphTensor => emitter.scalar(x.dtype, given.optionalNumber(name) ?? byDefault);
  const is = (opType: string, attributes = {}): GraphTensor => emitter.op(opType, [x], { dtype: 'bool', shape: x.shape }, attributes);
  const withNaN = emitter.where(is('IsNaN'), number('nan', 0), x);
  const withPositive = emitter.where(is('IsInf', { detect_negative: { i: 0 } }), number('posinf', largest), withNaN);
  return context.tensor(emitter.where(is('IsInf', { detect_positive: { i: 0 } }), number('neginf', -largest), withPositive));
});

const round = operator('self:T decimals:int=0', (context, given) => {
  const x = given.tensor('self');
  if (given.int('decimals') !== 0) throw unsupported('round to decimals');
  return context.tensor(isFloat(x.dtype) ? onFloats(context, x, by('Round')) : x);
});

const numberAbs = operator('a:num', (_, given) => {
  const known = knownOf(given.value('a'));
  if (known === undefined || known.rows < 0 || (known.rows > 0 && known.value < 0))
    throw unsupported('the absolute value of a number that depends on the data');
  return valueOfKnown({ ...known, value: Math.abs(known.value) });
});

/** Functions of one tensor, element by element. */
export const POINTWISE: OperatorTable = {
  ...withInPlace({
    'aten::abs': operator('self:T', (context, given) =>
      context.tensor(context.emitter.widened(given.tensor('self'), wide => context.emitter.same('Abs', wide))),
    ),
    'aten::exp': withNumbers(Math.exp, by('Exp')),
    'aten::exp2': floatPointwise((context, x) => context.emitter.binary('Pow', context.emitter.scalar(x.dtype, 2), x)),
    'aten::expm1': floatPointwise(expm1),
    'aten::log': withNumbers(Math.log, by('Log')),
    'aten::log2': floatPointwise(scalarTimes(Math.LOG2E, by('Log'))),
    'aten::log10': floatPointwise(scalarTimes(Math.LOG10E, by('Log'))),
    'aten::log1p': floatPointwise(log1p),
    'aten::sqrt': withNumbers(Math.sqrt, by('Sqrt')),
    'aten::rsqrt': floatPointwise((context, x) => context.emitter.same('Reciprocal', context.emitter.same('Sqrt', x))),
    'aten::square': operator('self:T', (context, given) =>
      context.tensor(arithmetic.mul(context, given.tensor('self'), given.tensor('self'))),
    ),
    'aten::reciprocal': floatPointwise(by('Reciprocal')),
    'aten::erf': floatPointwise(by('Erf')),
    'aten::sin': withNumbers(Math.sin, by('Sin')),
    'aten::cos': withNumbers(Math.cos, by('Cos')),
    'aten::tan': floatPointwise(by('Tan')),
    'aten::asin': floatPointwise(by('Asin')),
    'aten::acos': floatPointwise(by('Acos')),
    'aten::atan': floatPointwise(by('Atan')),
    'aten::sinh': floatPointwise(by('Sinh')),
    'aten::cosh': floatPointwise(by('Cosh')),
    'aten::tanh': withNumbers(Math.tanh, by('Tanh')),
    'aten::sigmoid': floatPointwise(sigmoid),
    'aten::floor': [floatFunction(Math.floor), floatsOnly(by('Floor'))],
    'aten::ceil': [floatFunction(Math.ceil), floatsOnly(by('Ceil'))],
    'aten::round': round,
    'aten::trunc': floatsOnly(truncate),
    'aten::frac': floatPointwise((context, x) => arithmetic.sub(context, x, truncate(context, x))),
    'aten::sign': operator('self:T', (context, given) =>
      context.tensor(context.emitter.widened(given.tensor('self'), wide => signOf(context, wide))),
    ),
    'aten::nan_to_num': nanToNum,
    'aten::clamp': clampOperator('self:T min=None max=None'),
    'aten::clip': clampOperator('self:T min=None max=None'),
    'aten::clamp_min': clampOperator('self:T min'),
    'aten::clamp_max': clampOperator('self:T max'),
  }),
  'aten::isnan': bool('IsNaN'),
  'aten::isinf': bool('IsInf'),
  'aten::isfinite': operator('self:T', ({ emitter, tensor }, given) => {
    const x = given.tensor('self');
    if (!isFloat(x.dtype)) return tensor(emitter.filled('bool', x.shape, 1));
    const type = { dtype: 'bool', shape: x.shape } as const;
    return tensor(emitter.op('Not', [emitter.binary('Or', emitter.op('IsNaN', [x], type), emitter.op('IsInf', [x], type))], type));
  }),
  'prim::abs': numberAbs,
};

/** PyTorch's sign of NaN is 0, ONNX's is NaN. */
function signOf({ emitter }: OperatorContext, x: GraphTensor): GraphTensor {
  if (!isFloat(x.dtype)) return emitter.same('Sign', x);
  const isNaN = emitter.op('IsNaN', [x], { dtype: 'bool', shape: x.shape });
  return emitter.where(isNaN, emitter.scalar(x.dtype, 0), emitter.same('Sign', x));
}
