import {
  doubleToDecimal,
  fitsPrecision,
  formatDecimal,
  MAX_DECIMAL_PRECISION,
  multiplyExact,
  parseDecimal,
  powerOfTen,
  rescaleDecimal,
  subtractExact,
} from '../../common/decimal.js';
import { negateLong, toLong, wrapLong, type Long } from '../../common/long.js';
import type { DataType } from '../../spec/data-type.js';
import { fitDecimal, narrowed, powerOfTenCode } from './convert-number.js';
import { roundType } from './decimal-types.js';
import { defineFunction, inline, pure, type Overload, type ResolvedCall } from './define-function.js';
import type { Evaluator, ScalarFunction } from './function.js';
import { integer, number } from './parameters.js';
import { ceilToOverload, floorToOverload } from './time-units.js';
import { isInteger } from './type-rules.js';

type Mode = 'round' | 'truncate';

/** The unscaled value with `digits` after the point (negative: zeros before it), still with `scale`. */
function cutDecimal(unscaled: Long, scale: number, digits: number, mode: Mode): Long {
  if (digits >= scale) return unscaled;
  const drop = Math.min(scale - digits, 2 * MAX_DECIMAL_PRECISION);
  const kept = mode === 'round' ? rescaleDecimal(unscaled, drop, 0) : toLong(BigInt(unscaled) / powerOfTen(drop));
  return multiplyExact(kept, toLong(powerOfTen(drop)));
}

/** As `BigDecimal.valueOf(value)` rounded half up, or cut off after 18 digits were kept. */
function cutDouble(value: number, digits: number, mode: Mode): number {
  if (!Number.isFinite(value) || (digits >= 0 && Number.isInteger(value))) return value;
  if (mode === 'round') {
    const unscaled = parseDecimal(String(value), MAX_DOUBLE_DIGITS, digits);
    return unscaled === undefined ? value : Number(`${unscaled}e${-digits}`);
  }
  const exact = doubleToDecimal(value, 38, 18);
  return exact === undefined ? value : Number(formatDecimal(cutDecimal(exact, 18, digits, mode), 18));
}

// No double has more digits than this, before and after its point together.
const MAX_DOUBLE_DIGITS = 1_100;

function cutEvaluator(mode: Mode): (call: ResolvedCall) => Evaluator {
  return ({ args, parameters }) => {
    const type = parameters[0]!;
    if (type.kind === 'DECIMAL') return decimalEvaluator(type, knownDigits(args), mode);
    if (isInteger(type)) return integerEvaluator(type, mode);
    const cut = type.kind === 'FLOAT' ? (value: number): number => Math.fround(value) : (value: number): number => value;
    return pure((value: number, digits: number | bigint = 0) => cut(cutDouble(value, Number(digits), mode)));
  };
}

function integerEvaluator(type: DataType, mode: Mode): Evaluator {
  const bits = { TINYINT: 8, SMALLINT: 16, INT: 32 }[type.kind as string];
  return pure((value: Long, digits: Long = 0) => {
    const cut = cutDecimal(value, 0, Number(digits), mode);
    return bits === undefined ? wrapLong(BigInt(cut)) : Number(BigInt.asIntN(bits, BigInt(cut)));
  });
}

/** The number of digits where it is a constant, which decides the type of a DECIMAL. */
function knownDigits(args: ResolvedCall['args']): number | undefined {
  const digits = args[1];
  if (digits === undefined) return 0;
  return typeof digits.literal === 'number' ? digits.literal : undefined;
}

function decimalEvaluator(type: Extract<DataType, { kind: 'DECIMAL' }>, known: number | undefined, mode: Mode): Evaluator {
  const { scale, precision } = type;
  if (known === undefined) {
    return pure((value: Long, digits: Long) => {
      const cut = cutDecimal(value, scale, Number(digits), mode);
      return fitsPrecision(cut, precision) ? cut : null;
    });
  }
  const result = roundType(type, known);
  return pure((value: Long) => fitDecimal(cutDecimal(value, scale, known, mode), scale, result.scale, result.precision));
}

/** Rounding up may add a digit, for which a DECIMAL that keeps its type or has 38 digits has no room. */
function mayOverflow({ args, parameters: [type] }: ResolvedCall): boolean {
  if (type!.kind !== 'DECIMAL') return false;
  const known = knownDigits(args);
  return known === undefined || (known < 0 && 1 + type!.precision - type!.scale > MAX_DECIMAL_PRECISION);
}

function cutOverload(mode: Mode): Overload {
  return {
    parameters: [number, integer],
    optional: 1,
    returns({ args, parameters }) {
      const type = parameters[0]!;
      const known = knownDigits(args);
      return type.kind === 'DECIMAL' && known !== undefined ? roundType(type, known) : type;
    },
    returnsNull: mayOverflow,
    evaluator: cutEvaluator(mode),
  };
}

/** FLOOR and CEIL of a number: a DECIMAL keeps its precision and loses its scale. */
function wholeOverload(direction: 'floor' | 'ceil'): Overload {
  return {
    parameters: [number],
    returns: ({ parameters: [type] }) => (type!.kind === 'DECIMAL' ? { ...type!, scale: 0 } : type!),
    evaluator({ parameters: [type] }) {
      if (type!.kind === 'DECIMAL') return decimalWhole(type!.scale, direction);
      return isInteger(type!) ? inline(value => value) : inline(value => `Math.${direction}(${value})`);
    },
  };
}

function decimalWhole(scale: number, direction: 'floor' | 'ceil'): Evaluator {
  const unit = powerOfTen(scale);
  return pure((value: Long) => {
    const whole = BigInt(value) / unit;
    const rest = BigInt(value) % unit;
    if (direction === 'floor') return toLong(rest < 0n ? whole - 1n : whole);
    return toLong(rest > 0n ? whole + 1n : whole);
  });
}

const absOverload: Overload = {
  parameters: [number],
  returns: ({ parameters }) => parameters[0]!,
  evaluator({ parameters: [type] }) {
    if (type!.kind === 'BIGINT') return inline(value => `(${value} < 0 ? negateLong(${value}) : ${value})`, { negateLong });
    if (type!.kind === 'DECIMAL') return inline(value => `(${value} < 0 ? subtractExact(0, ${value}) : ${value})`, { subtractExact });
    return isInteger(type!) ? inline(value => narrowed(`(Math.abs(${value}) | 0)`, type!)) : inline(value => `Math.abs(${value})`);
  },
};

const signOverload: Overload = {
  parameters: [number],
  returns: ({ parameters }) => parameters[0]!,
  evaluator({ parameters: [type] }) {
    if (type!.kind === 'FLOAT' || type!.kind === 'DOUBLE') return inline(value => `Math.sign(${value})`);
    const one = type!.kind === 'DECIMAL' ? powerOfTenCode(type!.scale) : '1';
    return inline(value => `(${value} > 0 ? ${one} : ${value} < 0 ? -${one} : 0)`);
  },
};

/** Functions that bring a number, or a time, to a coarser one. */
export const roundingFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'ABS',
    family: 'arithmetic',
    signature: 'ABS(number)',
    doc: 'The absolute value.',
    examples: [
      { sql: 'ABS(-42)', result: '42' },
      { sql: 'ABS(-1.5)', result: '1.5' },
    ],
    overloads: [absOverload],
  }),
  defineFunction({
    name: 'SIGN',
    family: 'arithmetic',
    signature: 'SIGN(number)',
    doc: 'One, zero or minus one in the type of the number.',
    examples: [
      { sql: 'SIGN(-42)', result: '-1' },
      { sql: 'SIGN(3.14)', result: '1.00' },
    ],
    overloads: [signOverload],
  }),
  defineFunction({
    name: 'ROUND',
    family: 'arithmetic',
    signature: 'ROUND(number [, digits])',
    doc: 'The number rounded half up, away from zero, to digits after the point; negative digits round before it.',
    examples: [
      { sql: 'ROUND(125.315, 2)', result: '125.32' },
      { sql: 'ROUND(125.315)', result: '125' },
      { sql: 'ROUND(1.2345e0, 3)', result: '1.235' },
      { sql: 'ROUND(123, -2)', result: '100' },
    ],
    overloads: [cutOverload('round')],
  }),
  defineFunction({
    name: 'TRUNCATE',
    family: 'arithmetic',
    signature: 'TRUNCATE(number [, digits])',
    doc: 'The number without what stands after so many digits behind the point; negative digits cut before it.',
    examples: [
      { sql: 'TRUNCATE(42.329, 2)', result: '42.32' },
      { sql: 'TRUNCATE(42, -1)', result: '40' },
      { sql: 'TRUNCATE(0.46e0, 1)', result: '0.4' },
    ],
    overloads: [cutOverload('truncate')],
  }),
  defineFunction({
    name: 'FLOOR',
    family: 'arithmetic',
    signature: 'FLOOR(number) or FLOOR(time TO unit)',
    doc: 'The largest whole number that is not greater; of a time, the start of its unit. Weeks start on Sunday.',
    examples: [
      { sql: 'FLOOR(-3.14)', result: '-4' },
      { sql: 'FLOOR(3.99e0)', result: '3.0' },
      { sql: "FLOOR(TIMESTAMP '1996-11-10 06:55:44' TO HOUR)", result: '1996-11-10 06:00:00' },
      { sql: "FLOOR(DATE '1996-11-10' TO MONTH)", result: '1996-11-01' },
    ],
    overloads: [wholeOverload('floor'), floorToOverload],
  }),
  defineFunction({
    name: 'CEIL',
    aliases: ['CEILING'],
    family: 'arithmetic',
    signature: 'CEIL(number) or CEIL(time TO unit)',
    doc: 'The smallest whole number that is not less; of a time, the start of the next unit unless one starts there.',
    examples: [
      { sql: 'CEIL(3.14)', result: '4' },
      { sql: "CEIL(TIME '12:44:31' TO MINUTE)", result: '12:45:00' },
      { sql: "CEIL(DATE '1996-11-10' TO YEAR)", result: '1997-01-01' },
    ],
    overloads: [wholeOverload('ceil'), ceilToOverload],
  }),
];
