import { operand, operator, type Operator, type OperatorContext } from '../execute/operator.js';
import { fixed, isZero, knownOf, signOf, valueOfKnown } from '../execute/number-of.js';
import type { DynamicNumber, Value } from '../execute/value.js';
import { RowsMixed } from '../graph/dimension.js';
import type { DType } from '../graph/dtype.js';
import type { GraphTensor, KnownNumber } from '../graph/tensor-cell.js';
import { unsupported } from '../refusal.js';

type NumberType = KnownNumber['type'];

const DTYPE_OF: Readonly<Record<NumberType, DType>> = { int: 'int64', float: 'float64', bool: 'bool' };

/** An operation of two Python numbers: on what is known as Python has it, on numbers from the data as operations of the graph. */
export function numberOperator(compute: (a: KnownNumber, b: KnownNumber) => KnownNumber, opType?: string, result?: NumberType): Operator {
  return operator('a:num b:num', (context, given) => {
    const [a, b] = [given.value('a'), given.value('b')];
    const [x, y] = [knownOf(a), knownOf(b)];
    if (x !== undefined && y !== undefined) return valueOfKnown(compute(x, y));
    const type = typeOf(a) === 'float' || typeOf(b) === 'float' || opType === 'Div' ? 'float' : 'int';
    if (opType === undefined) throw unsupported('this operation on numbers that depend on the data');
    const tensor = context.emitter.binary(
      opType,
      operand(context, a, DTYPE_OF[type]),
      operand(context, b, DTYPE_OF[type]),
      DTYPE_OF[result ?? type],
    );
    return dynamic(context, result ?? type, tensor);
  });
}

export function dynamic(context: OperatorContext, type: NumberType, tensor: GraphTensor): DynamicNumber {
  return { kind: 'dynamic', type, tensor: context.tensor(tensor) };
}

function typeOf(value: Value): NumberType {
  if (value.kind === 'dynamic') return value.type;
  return value.kind === 'float' ? 'float' : 'int';
}

/** An operation of one Python number that gives a float. */
export function floatFunction(compute: (a: number) => number): Operator {
  return operator('a:num', (_, given) => valueOfKnown({ type: 'float', value: compute(given.number('a')), rows: 0 }));
}

const isFloat = (a: KnownNumber, b: KnownNumber): boolean => a.type === 'float' || b.type === 'float';

function number(type: NumberType, value: number, rows = 0): KnownNumber {
  if (type === 'int' && Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) !== 2 ** 63) throw unsupported(`the integer ${value}`);
  return { type, value, rows };
}

const resultType = (a: KnownNumber, b: KnownNumber): NumberType => (isFloat(a, b) ? 'float' : 'int');

export const addNumbers = (a: KnownNumber, b: KnownNumber): KnownNumber =>
  isFloat(a, b) ? number('float', fixed(a) + fixed(b)) : number('int', a.value + b.value, a.rows + b.rows);

export const negateNumber = (a: KnownNumber): KnownNumber =>
  number(a.type === 'bool' ? 'int' : a.type, -a.value, a.rows === 0 ? 0 : -a.rows);

export const subtractNumbers = (a: KnownNumber, b: KnownNumber): KnownNumber => addNumbers(a, negateNumber(b));

export function multiplyNumbers(a: KnownNumber, b: KnownNumber): KnownNumber {
  if (isFloat(a, b)) return number('float', fixed(a) * fixed(b));
  if (a.rows !== 0 && b.rows !== 0) throw new RowsMixed();
  return number('int', a.value * b.value, a.rows * b.value + b.rows * a.value);
}

export function divideNumbers(a: KnownNumber, b: KnownNumber): KnownNumber {
  if (isZero(b)) throw unsupported('a division by zero');
  return number('float', quotientOfRows(a, b) ?? fixed(a) / fixed(b));
}

/** Both may be the same multiple of the row count. */
function quotientOfRows(a: KnownNumber, b: KnownNumber): number | undefined {
  return b.rows !== 0 && a.value * b.rows === a.rows * b.value ? a.rows / b.rows : undefined;
}

/** Division to an integer, rounded as `round` does. */
export function divideWhole(a: KnownNumber, b: KnownNumber, round: (quotient: number) => number): KnownNumber {
  if (isZero(b)) throw unsupported('a division by zero');
  if (isFloat(a, b)) return number('float', round(fixed(a) / fixed(b)));
  const ofRows = quotientOfRows(a, b);
  if (ofRows !== undefined) return number('int', round(ofRows));
  if (a.rows % fixed(b) === 0 && a.value % b.value === 0) return number('int', a.value / b.value, a.rows / b.value);
  return number('int', round(fixed(a) / b.value));
}

export function remainderNumbers(a: KnownNumber, b: KnownNumber): KnownNumber {
  if (isZero(b)) throw unsupported('a division by zero');
  if (a.rows !== 0 && b.rows === 0 && a.rows % b.value === 0) return remainderNumbers({ ...a, rows: 0 }, b);
  const [x, y] = [fixed(a), fixed(b)];
  return number(resultType(a, b), x - y * Math.floor(x / y));
}

export function powerNumbers(a: KnownNumber, b: KnownNumber): KnownNumber {
  const type = isFloat(a, b) || b.value < 0 ? 'float' : 'int';
  return number(type, fixed(a) ** fixed(b));
}

export const extremeNumber =
  (sign: 1 | -1) =>
  (a: KnownNumber, b: KnownNumber): KnownNumber => {
    const chosen = signOf(subtractNumbers(a, b)) * sign >= 0 ? a : b;
    return isFloat(a, b) ? number('float', fixed(chosen)) : chosen;
  };

const truth = (value: boolean): KnownNumber => ({ type: 'bool', value: value ? 1 : 0, rows: 0 });

/** Comparisons of numbers, by the sign of their difference. */
export const COMPARE_NUMBERS = {
  eq: (a, b) => truth(isFixedPair(a, b) ? a.value === b.value : isZero(subtractNumbers(a, b))),
  ne: (a, b) => truth(isFixedPair(a, b) ? a.value !== b.value : !isZero(subtractNumbers(a, b))),
  lt: (a, b) => truth(isFixedPair(a, b) ? a.value < b.value : signOf(subtractNumbers(a, b)) < 0),
  le: (a, b) => truth(isFixedPair(a, b) ? a.value <= b.value : signOf(subtractNumbers(a, b)) <= 0),
  gt: (a, b) => truth(isFixedPair(a, b) ? a.value > b.value : signOf(subtractNumbers(a, b)) > 0),
  ge: (a, b) => truth(isFixedPair(a, b) ? a.value >= b.value : signOf(subtractNumbers(a, b)) >= 0),
} satisfies Record<string, (a: KnownNumber, b: KnownNumber) => KnownNumber>;

/** Whether neither depends on the row count, so that they compare as they are. */
function isFixedPair(a: KnownNumber, b: KnownNumber): boolean {
  return a.rows === 0 && b.rows === 0;
}
