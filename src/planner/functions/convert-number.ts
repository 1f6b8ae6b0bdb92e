import { decimalToDouble, doubleToDecimal, fitsPrecision, multiplyExact, powerOfTen, rescaleDecimal } from '../../common/decimal.js';
import { MAX_LONG, MIN_LONG, toLong, wrapLong, type Long } from '../../common/long.js';
import type { DataType } from '../../spec/data-type.js';
import { givingNull, IDENTITY, inlineConversion, type Conversion } from './conversion.js';
import { asDecimal, isInteger, type DecimalType } from './type-rules.js';

/** Java's `(int) value` of a long: the lowest 32 bits. */
function longToInt(value: Long): number {
  return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
}

/** Java's `(int) value` of a double: cut off, NaN is 0, what does not fit is the nearest int. */
function doubleToInt(value: number): number {
  if (value >= 2_147_483_647) return 2_147_483_647;
  return value <= -2_147_483_648 ? -2_147_483_648 : value | 0;
}

/** Java's `(long) value` of a double, as `doubleToInt`. */
function doubleToLong(value: number): Long {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole + 0;
  if (Number.isNaN(value)) return 0;
  if (value >= 2 ** 63) return MAX_LONG;
  return value <= -(2 ** 63) ? MIN_LONG : toLong(BigInt(whole));
}

/** The whole part of a decimal, of which the lowest 64 bits count. */
function decimalToLong(unscaled: Long, scale: number): Long {
  if (typeof unscaled === 'number' && scale <= 15) return Math.trunc(unscaled / 10 ** scale) + 0;
  return wrapLong(BigInt(unscaled) / powerOfTen(scale));
}

/** The decimal with another scale, or NULL where it has more digits than the precision. */
export function fitDecimal(unscaled: Long, fromScale: number, toScale: number, precision: number): Long | null {
  const rescaled = rescaleDecimal(unscaled, fromScale, toScale);
  return fitsPrecision(rescaled, precision) ? rescaled : null;
}

/** `doubleToDecimal` with NULL where the number does not fit, as Flink casts. */
function doubleToDecimalOrNull(value: number, precision: number, scale: number): Long | null {
  return doubleToDecimal(value, precision, scale) ?? null;
}

/** JavaScript source of 10^n: a number where that is exact as a safe integer, else a bigint. */
export function powerOfTenCode(n: number): string {
  return n <= 15 ? String(10 ** n) : `${powerOfTen(n)}n`;
}

/** JavaScript source of `code * 10^n` for an unscaled value; `scaleUpHelpers` goes with it. */
export function scaleUpCode(code: string, n: number): string {
  return n === 0 ? code : `multiplyExact(${code}, ${powerOfTenCode(n)})`;
}

export const scaleUpHelpers: Readonly<Record<string, unknown>> = { multiplyExact };

/** Between number types, and from BOOLEAN: as Java's primitive casts; a DECIMAL that overflows is NULL. */
export function convertNumber(from: DataType, to: DataType): Conversion {
  if (to.kind === 'DECIMAL') return toDecimal(from, to);
  if (from.kind === 'BOOLEAN') return inlineConversion(value => `(${value} ? 1 : 0)`);
  if (from.kind === 'DECIMAL') return fromDecimal(from, to);
  if (to.kind === 'FLOAT') return from.kind === 'FLOAT' ? IDENTITY : inlineConversion(value => `Math.fround(Number(${value}))`);
  if (to.kind === 'DOUBLE') return from.kind === 'BIGINT' ? inlineConversion(value => `Number(${value})`) : IDENTITY;
  if (isInteger(from)) return integerToInteger(from, to);
  if (to.kind === 'BIGINT') return inlineConversion(value => `doubleToLong(${value})`, { doubleToLong });
  return inlineConversion(value => narrowed(`doubleToInt(${value})`, to), { doubleToInt });
}

const BITS: Readonly<Record<string, number>> = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 };

function integerToInteger(from: DataType, to: DataType): Conversion {
  if (BITS[to.kind]! >= BITS[from.kind]!) return IDENTITY;
  if (from.kind !== 'BIGINT') return inlineConversion(value => narrowed(value, to));
  return inlineConversion(value => narrowed(`longToInt(${value})`, to), { longToInt });
}

/** Source of an int's lowest bits as a TINYINT or SMALLINT; INT stays as it is. */
export function narrowed(code: string, { kind }: DataType): string {
  if (kind === 'TINYINT') return `(${code} << 24 >> 24)`;
  return kind === 'SMALLINT' ? `(${code} << 16 >> 16)` : code;
}

function fromDecimal(from: DecimalType, to: DataType): Conversion {
  const { scale } = from;
  switch (to.kind) {
    case 'DOUBLE':
      return inlineConversion(value => `decimalToDouble(${value}, ${scale})`, { decimalToDouble });
    case 'FLOAT':
      return inlineConversion(value => `Math.fround(decimalToDouble(${value}, ${scale}))`, { decimalToDouble });
    case 'BIGINT':
      return inlineConversion(value => `decimalToLong(${value}, ${scale})`, { decimalToLong });
    default:
      return inlineConversion(value => narrowed(`longToInt(decimalToLong(${value}, ${scale}))`, to), { decimalToLong, longToInt });
  }
}

function toDecimal(from: DataType, to: DecimalType): Conversion {
  const { precision, scale } = to;
  if (from.kind === 'BOOLEAN') return inlineConversion(value => `(${value} ? ${powerOfTenCode(scale)} : 0)`);
  const exact = asDecimal(from);
  if (exact === undefined) {
    return givingNull(inlineConversion(value => `doubleToDecimalOrNull(${value}, ${precision}, ${scale})`, { doubleToDecimalOrNull }));
  }
  const holdsAll = precision - scale >= exact.precision - exact.scale && scale >= exact.scale;
  if (holdsAll)
    return scale === exact.scale ? IDENTITY : inlineConversion(value => scaleUpCode(value, scale - exact.scale), scaleUpHelpers);
  return givingNull(inlineConversion(value => `fitDecimal(${value}, ${exact.scale}, ${scale}, ${precision})`, { fitDecimal }));
}
