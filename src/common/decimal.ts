import { divisionByZero, toLong, type Long } from './long.js';

/** Most digits of a DECIMAL. */
export const MAX_DECIMAL_PRECISION = 38;

const BIG_POWERS: readonly bigint[] = Array.from({ length: 2 * MAX_DECIMAL_PRECISION + 1 }, (_, n) => 10n ** BigInt(n));
const SMALL_POWERS: readonly number[] = Array.from({ length: 23 }, (_, n) => Number(10n ** BigInt(n)));

/** 10^n as a double is exact up to here. */
const EXACT_POWER = 22;

/** 10^n as bigint, for n from 0. */
export function powerOfTen(n: number): bigint {
  return BIG_POWERS[n] ?? 10n ** BigInt(n);
}

const NUMBER_TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * The unscaled value of a decimal number in a text, rounded half up (away from zero) to `scale` digits.
 *
 * Takes an optional sign, digits with an optional point, and an optional exponent.
 *
 * @returns `undefined` when the text is no number or does not fit the precision.
 */
export function parseDecimal(text: string, precision: number, scale: number): Long | undefined {
  const match = NUMBER_TEXT.exec(text);
  if (match === null) return undefined;
  const whole = match[2]!;
  const fraction = match[3] ?? '';
  if (whole === '' && fraction === '') return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return 0;
  const exponent = match[4] === undefined ? 0 : Number(match[4]);
  // Digits kept to the left of the last one of `scale`; decided before any large power is computed.
  const kept = digits.length - fraction.length + exponent + scale;
  if (kept > precision) return undefined;
  if (kept < 0) return 0;
  const magnitude = kept >= digits.length ? integerOf(digits + '0'.repeat(kept - digits.length)) : roundedPrefix(digits, kept);
  if (!fitsPrecision(magnitude, precision)) return undefined;
  return match[1] === '-' ? negate(magnitude) : magnitude;
}

function roundedPrefix(digits: string, length: number): Long {
  const prefix = length === 0 ? 0 : integerOf(digits.slice(0, length));
  return digits.charCodeAt(length) >= 53 /* '5' */ ? addExact(prefix, 1) : prefix;
}

function integerOf(digits: string): Long {
  return digits.length <= 15 ? Number(digits) : toLong(BigInt(digits));
}

/** The number in plain digits with exactly `scale` of them after the point: `-0.05`, `12`, `3.10`. */
export function formatDecimal(unscaled: Long, scale: number): string {
  const text = String(unscaled);
  if (scale === 0) return text;
  const sign = text.startsWith('-') ? '-' : '';
  const digits = text.slice(sign.length).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The same number with another scale, rounded half up (away from zero) where digits fall away. */
export function rescaleDecimal(unscaled: Long, fromScale: number, toScale: number): Long {
  const shift = toScale - fromScale;
  if (shift === 0) return unscaled;
  if (shift > 0) return scaleUp(unscaled, shift);
  return divideHalfUp(unscaled, shift >= -15 ? SMALL_POWERS[-shift]! : powerOfTen(-shift));
}

function scaleUp(unscaled: Long, digits: number): Long {
  if (typeof unscaled === 'number' && digits <= 15) {
    const product = unscaled * SMALL_POWERS[digits]!;
    if (Number.isSafeInteger(product)) return product;
  }
  return toLong(BigInt(unscaled) * powerOfTen(digits));
}

/** Whether the unscaled value has at most `precision` digits. */
export function fitsPrecision(unscaled: Long, precision: number): boolean {
  if (typeof unscaled === 'number' && precision >= 16) return true;
  const limit = precision <= 15 ? SMALL_POWERS[precision]! : powerOfTen(precision);
  return unscaled < limit && (typeof limit === 'number' ? unscaled > -limit : unscaled > -limit);
}

/** `a + b` without any limit. */
export function addExact(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return toLong(BigInt(a) + BigInt(b));
}

/** `a - b` without any limit. */
export function subtractExact(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return toLong(BigInt(a) - BigInt(b));
}

/** `a * b` without any limit. */
export function multiplyExact(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // Adding 0 turns -0 into 0.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return toLong(BigInt(a) * BigInt(b));
}

/**
 * The quotient of two decimals with `resultScale` digits after the point, rounded half up (away from zero).
 *
 * @throws {MillraceError} `INVALID_VALUE` when b is 0.
 */
export function divideDecimal(a: Long, aScale: number, b: Long, bScale: number, resultScale: number): Long {
  if (b === 0) throw divisionByZero();
  const shift = resultScale + bScale - aScale;
  return shift >= 0 ? divideHalfUp(scaleUp(a, shift), b) : divideHalfUp(a, scaleUp(b, -shift));
}

/** `a / b` rounded half up (away from zero); b is not 0. */
export function divideHalfUp(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const quotient = Math.trunc(a / b);
    const rest = Math.abs(a % b);
    const divisor = Math.abs(b);
    // rest >= divisor / 2, written so that nothing leaves the safe integers.
    if (rest === 0 || rest < divisor - rest) return quotient + 0;
    return quotient + (a < 0 === b < 0 ? 1 : -1) + 0;
  }
  const dividend = BigInt(a);
  const divisor = BigInt(b);
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  const twice = rest < 0n ? -2n * rest : 2n * rest;
  if (twice < (divisor < 0n ? -divisor : divisor)) return toLong(quotient);
  return toLong(dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n);
}

/** The nearest double. */
export function decimalToDouble(unscaled: Long, scale: number): number {
  if (typeof unscaled === 'number' && scale <= EXACT_POWER) return unscaled / SMALL_POWERS[scale]!;
  return Number(formatDecimal(unscaled, scale));
}

/**
 * The double's shortest decimal text as a decimal, as `BigDecimal.valueOf` reads it.
 *
 * @returns `undefined` for NaN, infinities and what does not fit the precision.
 */
export function doubleToDecimal(value: number, precision: number, scale: number): Long | undefined {
  return Number.isFinite(value) ? parseDecimal(String(value), precision, scale) : undefined;
}

function negate(value: Long): Long {
  return typeof value === 'number' ? 0 - value : toLong(-value);
}
