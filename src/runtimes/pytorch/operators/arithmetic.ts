import { commonFloatType, commonType, operand, operator, type Operator, type OperatorContext } from '../execute/operator.js';
import { stringOf, type Value } from '../execute/value.js';
import { broadcastShapes } from '../graph/broadcast.js';
import { isFloat, isInteger, type DType } from '../graph/dtype.js';
import type { GraphTensor, KnownNumber } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import {
  addNumbers,
  divideNumbers,
  divideWhole,
  extremeNumber,
  floatFunction,
  multiplyNumbers,
  negateNumber,
  numberOperator,
  powerNumbers,
  remainderNumbers,
  subtractNumbers,
} from './numbers.js';
import { valueOfKnown } from '../execute/number-of.js';
import { withInPlace, type OperatorTable } from './table.js';

type Binary = (context: OperatorContext, a: GraphTensor, b: GraphTensor) => GraphTensor;

/** An elementwise operation of two tensors, or a tensor and a number, in their common type. */
function elementwise(compute: Binary, known?: (a: KnownNumber, b: KnownNumber) => KnownNumber): Operator {
  return operator('self other', (context, given) => {
    const [a, b] = [given.value('self'), given.value('other')];
    return combine(context, [a, b], { dtype: commonType([a, b]), compute, known });
  });
}

interface Combination {
  readonly dtype: DType;
  readonly compute: Binary;
  /** The same on sizes that go through tensors. */
  readonly known: ((a: KnownNumber, b: KnownNumber) => KnownNumber) | undefined;
}

function combine(context: OperatorContext, [a, b]: readonly [Value, Value], { dtype, compute, known }: Combination): Value {
  const size = known && sizeOf(a, b, dtype, known);
  if (size !== undefined) {
    const name = size.rows === 0 ? context.emitter.scalar(dtype, size.value).name : '';
    return context.tensor({ name, dtype, shape: [], known: size });
  }
  return context.tensor(compute(context, operand(context, a, dtype), operand(context, b, dtype)));
}

/** Traced code computes sizes as integer tensors without dimensions. */
function sizeOf(a: Value, b: Value, dtype: DType, compute: Combination['known'] & {}): KnownNumber | undefined {
  if (!isInteger(dtype)) return undefined;
  const numbers = [a, b].map(value => {
    if (value.kind === 'tensor') return value.get().known;
    return value.kind === 'int' ? ({ type: 'int', value: value.value, rows: value.rows } as const) : undefined;
  });
  return numbers[0] && numbers[1] && compute(numbers[0], numbers[1]);
}

/** `opType` in the common type; narrow integers are computed in 32 bits. */
const by =
  (opType: string): Binary =>
  ({ emitter }, a, b) => {
    if (['float32', 'float64', 'int32', 'int64'].includes(a.dtype)) return emitter.binary(opType, a, b);
    const wide: DType = isFloat(a.dtype) ? 'float32' : 'int32';
    return emitter.cast(emitter.binary(opType, emitter.cast(a, wide), emitter.cast(b, wide)), a.dtype);
  };

/** `self + alpha * other`; of booleans an "or". */
function scaled(opType: 'Add' | 'Sub', known: (a: KnownNumber, b: KnownNumber) => KnownNumber): Operator {
  return operator('self other alpha:num=1', (context, given) => {
    const [a, b] = [given.value('self'), given.value('other')];
    const dtype = commonType([a, b]);
    const alpha = given.number('alpha');
    const isPlain = alpha === 1;
    if (dtype === 'bool') {
      if (opType === 'Sub' || !isPlain) throw unsupported('a subtraction of truth values');
      return combine(context, [a, b], { dtype, compute: ({ emitter }, x, y) => emitter.binary('Or', x, y), known: undefined });
    }
    const compute: Binary = (each, x, y) => by(opType)(each, x, isPlain ? y : by('Mul')(each, y, each.emitter.scalar(dtype, alpha)));
    return combine(context, [a, b], { dtype, compute, known: isPlain ? known : undefined });
  });
}

const multiply: Binary = (context, a, b) => (a.dtype === 'bool' ? context.emitter.binary('And', a, b) : by('Mul')(context, a, b));

/** True division gives floats; with a rounding mode integers stay integers. */
const divide = operator('self other rounding_mode:str?=None', (context, given) => {
  const pair = [given.value('self'), given.value('other')] as const;
  const mode = given.isNone('rounding_mode') ? undefined : given.string('rounding_mode');
  const common = commonType(pair);
  const dtype = mode === undefined ? commonFloatType(pair) : common;
  const round = mode === 'floor' ? Math.floor : Math.trunc;
  return combine(context, pair, {
    dtype,
    compute: (each, a, b) => divideTensors(each, a, b, mode),
    known: mode === undefined ? undefined : (a, b) => divideWhole(a, b, round),
  });
});

function divideTensors(context: OperatorContext, a: GraphTensor, b: GraphTensor, mode: string | undefined): GraphTensor {
  const { emitter } = context;
  if (a.dtype === 'bool') throw unsupported('a rounded division of truth values');
  if (mode === undefined) return by('Div')(context, a, b);
  if (mode !== 'floor' && mode !== 'trunc') throw unsupported(`a division with the rounding mode "${mode}"`);
  if (isFloat(a.dtype)) return mode === 'floor' ? floorDivideFloats(context, a, b) : truncate(context, by('Div')(context, a, b));
  const divisor = nonZero(context, b);
  const quotient = by('Div')(context, a, divisor);
  if (mode === 'trunc') return quotient;
  // Integers divide towards zero: one less where there is a remainder of the other sign.
  const remainder = by('Sub')(context, a, by('Mul')(context, quotient, b));
  const zero = emitter.scalar(a.dtype, 0);
  const opposite = emitter.binary('Xor', emitter.binary('Less', a, zero, 'bool'), emitter.binary('Less', b, zero, 'bool'));
  const inexact = emitter.op('Not', [emitter.binary('Equal', remainder, zero, 'bool')], { dtype: 'bool', shape: remainder.shape });
  return by('Sub')(context, quotient, emitter.cast(emitter.binary('And', opposite, inexact), a.dtype));
}

/** Integers, of which a zero fails the row: the processor would stop at a division by it. */
function nonZero({ emitter }: OperatorContext, b: GraphTensor): GraphTensor {
  if (b.known !== undefined && b.known.value !== 0) return b;
  const isZero = emitter.cast(emitter.binary('Equal', b, emitter.scalar(b.dtype, 0), 'bool'), 'int32');
  const only = emitter.vector(b.dtype, [0]);
  const checked = emitter.op('Gather', [only, isZero], { dtype: b.dtype, shape: b.shape }, { axis: { i: 0 } });
  return emitter.binary('Add', b, checked);
}

/** As PyTorch does it: through the remainder, so that the quotient never rounds up to the next whole number. */
function floorDivideFloats(context: OperatorContext, a: GraphTensor, b: GraphTensor): GraphTensor {
  const { emitter } = context;
  const zero = emitter.scalar(a.dtype, 0);
  const quotient = by('Div')(context, a, b);
  const modulus = emitter.op('Mod', [a, b], quotient, { fmod: { i: 1 } });
  const exact = by('Div')(context, by('Sub')(context, a, modulus), b);
  const isNonZero = emitter.op('Not', [emitter.binary('Equal', modulus, zero, 'bool')], { dtype: 'bool', shape: modulus.shape });
  const opposite = emitter.binary('Xor', emitter.binary('Less', b, zero, 'bool'), emitter.binary('Less', modulus, zero, 'bool'));
  const one = emitter.scalar(a.dtype, 1);
  const corrected = emitter.where(emitter.binary('And', isNonZero, opposite), by('Sub')(context, exact, one), exact);
  const floor = emitter.same('Floor', corrected);
  const isHalfUp = emitter.binary('Greater', by('Sub')(context, corrected, floor), emitter.scalar(a.dtype, 0.5), 'bool');
  const rounded = emitter.where(isHalfUp, by('Add')(context, floor, one), floor);
  return emitter.where(emitter.binary('Equal', b, zero, 'bool'), quotient, rounded);
}

export function truncate({ emitter }: OperatorContext, a: GraphTensor): GraphTensor {
  if (!isFloat(a.dtype)) return a;
  const isNegative = emitter.binary('Less', a, emitter.scalar(a.dtype, 0), 'bool');
  return emitter.where(isNegative, emitter.same('Ceil', a), emitter.same('Floor', a));
}

/** `remainder` has the sign of the divisor, `fmod` that of the dividend. */
function modulo(isFmod: boolean): Binary {
  return (context, a, b) => {
    const { emitter } = context;
    const pair = emitter.binary.bind(emitter);
    if (isInteger(a.dtype)) {
      if (!isFmod) return emitter.op('Mod', [a, b], { dtype: a.dtype, shape: shapeOf(a, b) });
      const divisor = nonZero(context, b);
      return by('Sub')(context, a, by('Mul')(context, by('Div')(context, a, divisor), divisor));
    }
    const modulus = emitter.op('Mod', [a, b], { dtype: a.dtype, shape: shapeOf(a, b) }, { fmod: { i: 1 } });
    if (isFmod) return modulus;
    const zero = emitter.scalar(a.dtype, 0);
    const isNonZero = emitter.op('Not', [pair('Equal', modulus, zero, 'bool')], { dtype: 'bool', shape: modulus.shape });
    const opposite = pair('Xor', pair('Less', b, zero, 'bool'), pair('Less', modulus, zero, 'bool'));
    return emitter.where(pair('And', isNonZero, opposite), by('Add')(context, modulus, b), modulus);
  };
}

const shapeOf = (a: GraphTensor, b: GraphTensor): GraphTensor['shape'] => broadcastShapes([a.shape, b.shape]);

/** NaN of either operand is the result, as PyTorch has it and onnxruntime only for some element types and places. */
export function extreme(opType: 'Max' | 'Min'): Binary {
  return (context, a, b) => {
    const { emitter } = context;
    if (a.dtype === 'bool') return emitter.binary(opType === 'Max' ? 'Or' : 'And', a, b);
    if (!isFloat(a.dtype)) return by(opType)(context, a, b);
    const isFirst = emitter.binary(opType === 'Max' ? 'GreaterOrEqual' : 'LessOrEqual', a, b, 'bool');
    const isNaN = emitter.op('IsNaN', [a], { dtype: 'bool', shape: a.shape });
    return emitter.where(emitter.binary('Or', isFirst, isNaN), a, b);
  };
}

const power = operator('self exponent', (context, given) => {
  const [a, b] = [given.value('self'), given.value('exponent')];
  const { emitter } = context;
  const dtype = commonType([a, b]);
  if (b.kind === 'int' && b.rows === 0 && b.value >= 0 && b.value <= 3 && a.kind === 'tensor') {
    const base = operand(context, a, dtype);
    if (b.value === 0) return context.tensor(emitter.filled(dtype, base.shape, 1));
    const square = b.value > 1 ? by('Mul')(context, base, base) : base;
    return context.tensor(b.value === 3 ? by('Mul')(context, square, base) : square);
  }
  if (b.kind === 'float' && a.kind === 'tensor' && isFloat(dtype)) {
    const base = operand(context, a, dtype);
    if (b.value === 2) return context.tensor(by('Mul')(context, base, base));
    if (b.value === 0.5) return context.tensor(emitter.widened(base, wide => emitter.same('Sqrt', wide)));
    if (b.value === -1) return context.tensor(emitter.widened(base, wide => emitter.same('Reciprocal', wide)));
  }
  return combine(context, [a, b], { dtype, compute: by('Pow'), known: undefined });
});

/** `rsub` and the like: the other operand first. */
const reversed =
  (compute: Binary): Binary =>
  (context, a, b) =>
    compute(context, b, a);

const MAX_TEXT_LENGTH = 100_000;

const concatTexts = operator('a:str b:str', (_, given) => {
  const text = given.string('a') + given.string('b');
  if (text.length > MAX_TEXT_LENGTH) throw unsupported('a text that is too long');
  return stringOf(text);
});
const concatLists = operator('a:list b:list', (context, given) => context.list([...given.items('a'), ...given.items('b')]));
const repeatList = operator('a:list n:int', (context, given) => {
  const items = given.items('a');
  const times = Math.max(0, given.int('n'));
  if (items.length * times > 100_000) throw unsupported('a list that is too long');
  return context.list(Array.from({ length: times }, () => items).flat());
});

const elementwiseTable: OperatorTable = {
  'aten::add': [concatTexts, concatLists, numberOperator(addNumbers, 'Add'), scaled('Add', addNumbers)],
  'aten::sub': [numberOperator(subtractNumbers, 'Sub'), scaled('Sub', subtractNumbers)],
  'aten::subtract': scaled('Sub', subtractNumbers),
  'aten::mul': [numberOperator(multiplyNumbers, 'Mul'), repeatList, elementwise(multiply, multiplyNumbers)],
  'aten::multiply': elementwise(multiply, multiplyNumbers),
  'aten::div': [numberOperator(divideNumbers, 'Div'), divide],
  'aten::divide': divide,
  'aten::true_divide': divide,
  'aten::floor_divide': elementwise(
    (context, a, b) => divideTensors(context, a, b, 'floor'),
    (a, b) => divideWhole(a, b, Math.floor),
  ),
  'aten::floordiv': numberOperator((a, b) => divideWhole(a, b, Math.floor)),
  'aten::remainder': [numberOperator(remainderNumbers), elementwise(modulo(false), remainderNumbers)],
  'aten::fmod': elementwise(modulo(true)),
  'aten::pow': [numberOperator(powerNumbers, 'Pow'), power],
  'aten::maximum': elementwise(extreme('Max'), extremeNumber(1)),
  'aten::minimum': elementwise(extreme('Min'), extremeNumber(-1)),
  'aten::rsub': operator('self other alpha:num=1', (context, given) => {
    const [a, b] = [given.value('self'), given.value('other')];
    if (given.number('alpha') !== 1) throw unsupported('rsub with alpha');
    return combine(context, [a, b], { dtype: commonType([a, b]), compute: reversed(by('Sub')), known: (x, y) => subtractNumbers(y, x) });
  }),
};

/** What `add`, `addcmul` and the like need of other families. */
export const arithmetic = { add: by('Add'), sub: by('Sub'), mul: by('Mul'), div: by('Div') } as const;

/** Sums, products, quotients and powers, elementwise, and of Python's numbers. */
export const ARITHMETIC: OperatorTable = {
  ...withInPlace(elementwiseTable),
  'aten::neg': [
    operator('a:num', (_, given) =>
      valueOfKnown(negateNumber({ type: given.value('a').kind === 'float' ? 'float' : 'int', ...sizeParts(given.value('a')) })),
    ),
    operator('self:T', (context, given) =>
      context.tensor(context.emitter.widened(given.tensor('self'), wide => context.emitter.same('Neg', wide))),
    ),
  ],
  'math::sqrt': floatFunction(Math.sqrt),
  ...withInPlace({
    'aten::addcmul': operator('self:T tensor1:T tensor2:T value:num=1', (context, given) => {
      const dtype = commonType(['self', 'tensor1', 'tensor2'].map(name => given.value(name)));
      const [self, a, b] = ['self', 'tensor1', 'tensor2'].map(name => context.emitter.cast(given.tensor(name), dtype)) as [
        GraphTensor,
        GraphTensor,
        GraphTensor,
      ];
      const product = by('Mul')(context, a, b);
      const value = given.number('value');
      return context.tensor(
        by('Add')(context, self, value === 1 ? product : by('Mul')(context, product, context.emitter.scalar(dtype, value))),
      );
    }),
    'aten::addcdiv': operator('self:T tensor1:T tensor2:T value:num=1', (context, given) => {
      const dtype = commonFloatType(['self', 'tensor1', 'tensor2'].map(name => given.value(name)));
      const [self, a, b] = ['self', 'tensor1', 'tensor2'].map(name => context.emitter.cast(given.tensor(name), dtype)) as [
        GraphTensor,
        GraphTensor,
        GraphTensor,
      ];
      const value = given.number('value');
      const scaledA = value === 1 ? a : by('Mul')(context, a, context.emitter.scalar(dtype, value));
      return context.tensor(by('Add')(context, self, by('Div')(context, scaledA, b)));
    }),
    'aten::lerp': operator('self:T end:T weight', (context, given) => {
      const dtype = given.tensor('self').dtype;
      const [start, end] = [given.tensor('self'), given.tensor('end')];
      const weight = operand(context, given.value('weight'), dtype);
      const { emitter } = context;
      const difference = by('Sub')(context, end, start);
      const low = by('Add')(context, start, by('Mul')(context, weight, difference));
      const rest = by('Sub')(context, emitter.scalar(dtype, 1), weight);
      const high = by('Sub')(context, end, by('Mul')(context, difference, rest));
      const isLow = emitter.binary('Less', emitter.same('Abs', weight), emitter.scalar(dtype, 0.5), 'bool');
      return context.tensor(emitter.where(isLow, low, high));
    }),
  }),
};

function sizeParts(value: Value): { value: number; rows: number } {
  if (value.kind === 'int') return { value: value.value, rows: value.rows };
  if (value.kind === 'float') return { value: value.value, rows: 0 };
  if (value.kind === 'bool') return { value: value.value ? 1 : 0, rows: 0 };
  throw unsupported('the negative of a number that depends on the data');
}
