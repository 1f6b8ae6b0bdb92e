import { commonType, operand, operator, type Operator, type OperatorContext } from '../execute/operator.js';
import { boolOf, intOf, type Value } from '../execute/value.js';
import { isFloat, isInteger, type DType } from '../graph/dtype.js';
import type { GraphTensor, KnownNumber } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';
import { equalValues } from './equal-values.js';
import { COMPARE_NUMBERS, numberOperator } from './numbers.js';
import { withInPlace, type OperatorTable } from './table.js';

/** Elementwise, in the common type; truth values are compared as numbers. */
function compare(opType: string, isInverse = false): Operator {
  return operator('self other', (context, given) => {
    const pair = [given.value('self'), given.value('other')];
    return context.tensor(compareTensors(context, pair, { opType, isInverse }));
  });
}

function compareTensors(
  context: OperatorContext,
  pair: readonly Value[],
  { opType, isInverse }: { opType: string; isInverse: boolean },
): GraphTensor {
  const { emitter } = context;
  const common = commonType(pair);
  const dtype: DType =
    ['float32', 'float64', 'int64', 'int32'].includes(common) || (common === 'bool' && opType === 'Equal')
      ? common
      : isFloat(common)
        ? 'float32'
        : 'int32';
  const [a, b] = pair.map(value => emitter.cast(operand(context, value, common), dtype)) as [GraphTensor, GraphTensor];
  const result = emitter.binary(opType, a, b, 'bool');
  return isInverse ? not(context, result) : result;
}

export function not({ emitter }: OperatorContext, x: GraphTensor): GraphTensor {
  return emitter.op('Not', [x], { dtype: 'bool', shape: x.shape });
}

const numbers = (compute: (a: KnownNumber, b: KnownNumber) => KnownNumber, opType: string): Operator =>
  numberOperator(compute, opType, 'bool');

/** Equality of lists, texts, None and devices, as Python has it. */
const equalPython = (isInverse: boolean): readonly Operator[] =>
  ['str', 'list', 'none', 'dict'].map(type =>
    operator(`a:${type} b`, (_, given) => {
      const b = given.value('b');
      if (b.kind === 'tensor') throw unsupported('a comparison of a tensor with something else');
      return boolOf(equalValues(given.value('a'), b) !== isInverse);
    }),
  );

function logical(opType: string): Operator {
  return operator('self other', (context, given) => {
    const [a, b] = ['self', 'other'].map(name => operand(context, given.value(name), 'bool')) as [GraphTensor, GraphTensor];
    return context.tensor(context.emitter.binary(opType, a, b, 'bool'));
  });
}

/** Of truth values a logical operation; of integers one on bits. */
function bitwise(ofTruth: string, ofBits: string, ofNumbers: (a: number, b: number) => number): readonly Operator[] {
  const onBools = operator('a:bool b:bool', (_, given) => boolOf(ofNumbers(Number(given.bool('a')), Number(given.bool('b'))) === 1));
  const onInts = operator('a:int b:int', (_, given) => intOf(ofNumbers(given.int('a'), given.int('b'))));
  const onTensors = operator('self other', (context, given) => {
    const pair = [given.value('self'), given.value('other')];
    const dtype = commonType(pair);
    const [a, b] = pair.map(value => operand(context, value, dtype)) as [GraphTensor, GraphTensor];
    if (dtype !== 'bool' && !isInteger(dtype)) throw unsupported('an operation on the bits of floats');
    return context.tensor(context.emitter.binary(dtype === 'bool' ? ofTruth : ofBits, a, b));
  });
  return [onBools, onInts, onTensors];
}

const bitwiseNot: readonly Operator[] = [
  operator('self:T', (context, given) => {
    const x = given.tensor('self');
    if (x.dtype === 'bool') return context.tensor(not(context, x));
    if (!isInteger(x.dtype)) throw unsupported('an operation on the bits of floats');
    return context.tensor(context.emitter.same('BitwiseNot', x));
  }),
];

const and = bitwise('And', 'BitwiseAnd', (a, b) => a & b);
const or = bitwise('Or', 'BitwiseOr', (a, b) => a | b);
const xor = bitwise('Xor', 'BitwiseXor', (a, b) => a ^ b);

/** Comparisons and operations on truth values, elementwise, and of Python's values. */
export const COMPARISON: OperatorTable = {
  ...withInPlace({
    'aten::eq': [...equalPython(false), numbers(COMPARE_NUMBERS.eq, 'Equal'), compare('Equal')],
    'aten::ne': [...equalPython(true), numberOperator(COMPARE_NUMBERS.ne), compare('Equal', true)],
    'aten::lt': [numbers(COMPARE_NUMBERS.lt, 'Less'), compare('Less')],
    'aten::le': [numbers(COMPARE_NUMBERS.le, 'LessOrEqual'), compare('LessOrEqual')],
    'aten::gt': [numbers(COMPARE_NUMBERS.gt, 'Greater'), compare('Greater')],
    'aten::ge': [numbers(COMPARE_NUMBERS.ge, 'GreaterOrEqual'), compare('GreaterOrEqual')],
    'aten::logical_and': logical('And'),
    'aten::logical_or': logical('Or'),
    'aten::logical_xor': logical('Xor'),
    'aten::logical_not': operator('self:T', (context, given) =>
      context.tensor(not(context, context.emitter.cast(given.tensor('self'), 'bool'))),
    ),
    'aten::bitwise_and': and,
    'aten::bitwise_or': or,
    'aten::bitwise_xor': xor,
    'aten::bitwise_not': bitwiseNot,
  }),
  'aten::greater': compare('Greater'),
  'aten::less': compare('Less'),
  'aten::greater_equal': compare('GreaterOrEqual'),
  'aten::less_equal': compare('LessOrEqual'),
  'aten::not_equal': compare('Equal', true),
  'aten::__and__': and,
  'aten::__or__': or,
  'aten::__xor__': xor,
};
