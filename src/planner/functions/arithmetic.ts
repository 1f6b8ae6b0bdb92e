import { addExact, divideDecimal, multiplyExact, subtractExact } from '../../common/decimal.js';
import { addLong, divideLong, divisionByZero, multiplyLong, negateLong, remainderLong, subtractLong } from '../../common/long.js';
import { INT, type DataType, isNumber } from '../../spec/data-type.js';
import { fitDecimal, narrowed, scaleUpCode, scaleUpHelpers } from './convert-number.js';
import { productType, quotientType, remainderType, sumType, type DecimalResult } from './decimal-types.js';
import { countDoesNotFit, inline, resolutionOf, typesDoNotFit } from './define-function.js';
import type { BoundArgument, InlineEvaluator, Resolution, ScalarFunction } from './function.js';
import { resolveTemporal } from './temporal-arithmetic.js';
import { asDecimal, isInteger, isInterval, leastRestrictive, type DecimalType } from './type-rules.js';

type Operator = '+' | '-' | '*' | '/' | '%';

function divideInt(a: number, b: number): number {
  if (b === 0) throw divisionByZero();
  return (a / b) | 0;
}

function remainderInt(a: number, b: number): number {
  if (b === 0) throw divisionByZero();
  return (a % b) | 0;
}

type Code = (a: string, b: string) => string;

interface OperatorRules {
  /** Over INT and narrower; wraps as Java. */
  readonly int: Code;
  readonly long: Code;
  readonly double: Code;
  /** Over unscaled values; both have the larger scale, except for `*` and `/`. */
  readonly decimal: Code;
  readonly decimalType: (a: DecimalType, b: DecimalType) => DecimalResult;
  readonly helpers: Readonly<Record<string, unknown>>;
}

const RULES: Readonly<Record<Operator, OperatorRules>> = {
  '+': {
    int: (a, b) => `(${a} + ${b} | 0)`,
    long: (a, b) => `addLong(${a}, ${b})`,
    double: (a, b) => `(${a} + ${b})`,
    decimal: (a, b) => `addExact(${a}, ${b})`,
    decimalType: sumType,
    helpers: { addLong, addExact },
  },
  '-': {
    int: (a, b) => `(${a} - ${b} | 0)`,
    long: (a, b) => `subtractLong(${a}, ${b})`,
    double: (a, b) => `(${a} - ${b})`,
    decimal: (a, b) => `subtractExact(${a}, ${b})`,
    decimalType: sumType,
    helpers: { subtractLong, subtractExact },
  },
  '*': {
    int: (a, b) => `Math.imul(${a}, ${b})`,
    long: (a, b) => `multiplyLong(${a}, ${b})`,
    double: (a, b) => `(${a} * ${b})`,
    decimal: (a, b) => `multiplyExact(${a}, ${b})`,
    decimalType: productType,
    helpers: { multiplyLong, multiplyExact },
  },
  '/': {
    int: (a, b) => `divideInt(${a}, ${b})`,
    long: (a, b) => `divideLong(${a}, ${b})`,
    double: (a, b) => `(${a} / ${b})`,
    decimal: (a, b) => `divideDecimal(${a}, ${b})`,
    decimalType: quotientType,
    helpers: { divideInt, divideLong, divideDecimal },
  },
  '%': {
    int: (a, b) => `remainderInt(${a}, ${b})`,
    long: (a, b) => `remainderLong(${a}, ${b})`,
    double: (a, b) => `(${a} % ${b})`,
    decimal: (a, b) => `remainderLong(${a}, ${b})`,
    decimalType: remainderType,
    helpers: { remainderInt, remainderLong },
  },
};

function resolveNumbers(operator: Operator, args: readonly BoundArgument[]): Resolution | undefined {
  const [a, b] = operandTypes(args);
  if (!isNumber(a) || !isNumber(b)) return undefined;
  const common = leastRestrictive([a, b])!;
  const rules = RULES[operator];
  if (common.kind === 'FLOAT' || common.kind === 'DOUBLE') {
    const code: Code = common.kind === 'FLOAT' ? (x, y) => `Math.fround(${rules.double(x, y)})` : rules.double;
    return resolutionOf({
      call: { args, parameters: [common, common] },
      type: common,
      evaluator: inline(code),
    });
  }
  if (common.kind === 'DECIMAL') return resolveDecimals(operator, args, [asDecimal(a)!, asDecimal(b)!]);
  return resolveIntegers({ operator, args, common, type: operator === '%' ? b : common });
}

/** An untyped NULL takes the type of the other operand. */
function operandTypes(args: readonly BoundArgument[]): [DataType, DataType] {
  const [a, b] = [args[0]!.type, args[1]!.type];
  if (a.kind === 'NULL' && b.kind === 'NULL') return [INT, INT];
  return [a.kind === 'NULL' ? b : a, b.kind === 'NULL' ? a : b];
}

function resolveIntegers(init: { operator: Operator; args: readonly BoundArgument[]; common: DataType; type: DataType }): Resolution {
  const { operator, args, common, type } = init;
  const rules = RULES[operator];
  let code: Code = rules.long;
  if (common.kind !== 'BIGINT') {
    const divisor = args[1]!.literal;
    // A divisor that is known not to be 0 needs no test.
    const plain = (operator === '/' || operator === '%') && typeof divisor === 'number' && divisor !== 0;
    code = (x, y) => narrowed(plain ? `(${x} ${operator} ${y} | 0)` : rules.int(x, y), type);
  }
  return resolutionOf({
    call: { args, parameters: [common, common] },
    type,
    evaluator: inline(code, rules.helpers),
  });
}

function resolveDecimals(operator: Operator, args: readonly BoundArgument[], parameters: [DecimalType, DecimalType]): Resolution {
  const [a, b] = parameters;
  const { type, exact } = RULES[operator].decimalType(a, b);
  return resolutionOf({
    call: { args, parameters },
    type,
    returnsNull: !exact,
    evaluator: decimalEvaluator({ operator, a, b, result: { type, exact } }),
  });
}

function decimalEvaluator(init: { operator: Operator; a: DecimalType; b: DecimalType; result: DecimalResult }): InlineEvaluator {
  const {
    operator,
    a,
    b,
    result: { type, exact },
  } = init;
  const rules = RULES[operator];
  const helpers = { ...rules.helpers, ...scaleUpHelpers, fitDecimal };
  const common = Math.max(a.scale, b.scale);
  const fit = (code: string, scale: number): string => (exact ? code : `fitDecimal(${code}, ${scale}, ${type.scale}, ${type.precision})`);
  if (operator === '/')
    return inline((x, y) => fit(`divideDecimal(${x}, ${a.scale}, ${y}, ${b.scale}, ${type.scale})`, type.scale), helpers);
  if (operator === '*') return inline((x, y) => fit(rules.decimal(x, y), a.scale + b.scale), helpers);
  return inline((x, y) => fit(rules.decimal(scaleUpCode(x, common - a.scale), scaleUpCode(y, common - b.scale)), common), helpers);
}

function negate(args: readonly BoundArgument[]): Resolution | undefined {
  const type = args[0]!.type.kind === 'NULL' ? INT : args[0]!.type;
  const evaluator = negation(type);
  return evaluator && resolutionOf({ call: { args, parameters: [type] }, type, evaluator });
}

function negation(type: DataType): InlineEvaluator | undefined {
  if (type.kind === 'BIGINT') return inline(a => `negateLong(${a})`, { negateLong });
  if (isInteger(type)) return inline(a => narrowed(`(- ${a} | 0)`, type));
  if (type.kind === 'DECIMAL') return inline(a => `subtractExact(0, ${a})`, { subtractExact });
  if (isInterval(type)) return inline(a => `(0 - ${a})`);
  return isNumber(type) ? inline(a => `(- ${a})`) : undefined;
}

type Head = Omit<ScalarFunction, 'resolve' | 'family'>;

function operator(symbol: Operator, head: Omit<Head, 'name'>): ScalarFunction {
  const named = { name: symbol, family: 'arithmetic' as const, ...head };
  return {
    ...named,
    resolve(args) {
      const unary = symbol === '-' && args.length === 1;
      if (args.length !== 2 && !unary) throw countDoesNotFit(named, args.length);
      const resolution = unary ? negate(args) : (resolveNumbers(symbol, args) ?? resolveTemporal(symbol, args));
      if (resolution === undefined) throw typesDoNotFit(named, args);
      return resolution;
    },
  };
}

/** The operators of arithmetic, also over times and intervals. */
export const arithmeticFunctions: readonly ScalarFunction[] = [
  operator('+', {
    signature: 'a + b',
    doc: 'The sum of two numbers; a time, or an interval, moved by an interval.',
    examples: [
      { sql: '1 + 2', result: '3' },
      { sql: '2147483647 + 1', result: '-2147483648' },
      { sql: '1.5 + 2', result: '3.5' },
      { sql: '1e0 + 2', result: '3.0' },
      { sql: "TIMESTAMP '2026-01-01 10:00:00' + INTERVAL '90' MINUTE", result: '2026-01-01 11:30:00' },
      { sql: "DATE '2026-01-31' + INTERVAL '1' MONTH", result: '2026-02-28' },
    ],
  }),
  operator('-', {
    signature: 'a - b',
    doc: 'The difference of two numbers or intervals, a time moved back by an interval, the interval between two times; with one operand its negative.',
    examples: [
      { sql: '1 - 2', result: '-1' },
      { sql: '-(1.5)', result: '-1.5' },
      { sql: "TIMESTAMP '2026-01-01 10:00:00.500' - INTERVAL '1' SECOND", result: '2026-01-01 09:59:59.500' },
      { sql: "DATE '2026-03-01' - DATE '2026-02-01'", result: '+28 00:00:00.000' },
    ],
  }),
  operator('*', {
    signature: 'a * b',
    doc: 'The product of two numbers, or of an interval and a number.',
    examples: [
      { sql: '6 * 7', result: '42' },
      { sql: '1.5 * 1.5', result: '2.25' },
      { sql: "INTERVAL '1' HOUR * 3", result: '+0 03:00:00.000' },
    ],
  }),
  operator('/', {
    signature: 'a / b',
    doc: 'The quotient of two numbers: whole for integers, exact for DECIMAL; division by zero fails, but gives Infinity for DOUBLE.',
    examples: [
      { sql: '5 / 2', result: '2' },
      { sql: '1.0 / 8.0', result: '0.125000' },
      { sql: '5e0 / 2', result: '2.5' },
      { sql: '1e0 / 0', result: 'Infinity' },
    ],
  }),
  operator('%', {
    aliases: ['MOD'],
    signature: 'a % b',
    doc: 'What a division leaves over; it has the sign of the dividend.',
    examples: [
      { sql: '7 % 3', result: '1' },
      { sql: 'MOD(-7, 3)', result: '-1' },
      { sql: '5.5 % 2.0', result: '1.5' },
    ],
  }),
];
