import { MillraceError } from './error.js';

/**
 * A signed 64-bit integer: a `number` where it is a safe integer, a `bigint` beyond that, never the other way round.
 *
 * One value has one form, so `===`, `<` and Map keys work on it directly. Zero is never negative zero.
 */
export type Long = number | bigint;

const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

export const MIN_LONG: bigint = -(2n ** 63n);
export const MAX_LONG: bigint = 2n ** 63n - 1n;

/** The canonical form of an integer of any size. */
export function toLong(value: bigint): Long {
  return value >= MIN_SAFE && value <= MAX_SAFE ? Number(value) : value;
}

/** The lowest 64 bits as two's complement, as Java keeps them on overflow. */
export function wrapLong(value: bigint): Long {
  return toLong(BigInt.asIntN(64, value));
}

/** `a + b`, wrapping at 64 bits. */
export function addLong(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return wrapLong(BigInt(a) + BigInt(b));
}

/** `a - b`, wrapping at 64 bits. */
export function subtractLong(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return wrapLong(BigInt(a) - BigInt(b));
}

/** `a * b`, wrapping at 64 bits. */
export function multiplyLong(a: Long, b: Long): Long {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // Adding 0 turns -0 into 0.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return wrapLong(BigInt(a) * BigInt(b));
}

/**
 * `a / b` without its fraction, wrapping at 64 bits.
 *
 * @throws {MillraceError} `INVALID_VALUE` when b is 0.
 */
export function divideLong(a: Long, b: Long): Long {
  if (b === 0) throw divisionByZero();
  // A quotient of safe integers never rounds up to the next integer, so the truncated double is exact.
  if (typeof a === 'number' && typeof b === 'number') return Math.trunc(a / b) + 0;
  return wrapLong(BigInt(a) / BigInt(b));
}

/**
 * What `divideLong` leaves over; has the sign of a.
 *
 * @throws {MillraceError} `INVALID_VALUE` when b is 0.
 */
export function remainderLong(a: Long, b: Long): Long {
  if (b === 0) throw divisionByZero();
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0;
  return toLong(BigInt(a) % BigInt(b));
}

/** `-a`; the smallest value stays as it is. */
export function negateLong(a: Long): Long {
  return typeof a === 'number' ? 0 - a : wrapLong(-a);
}

/**
 * The value of an optional sign and digits.
 *
 * @returns `undefined` for any other text and beyond 64 bits.
 */
export function parseLong(text: string): Long | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  if (text.length <= 15) return Number(text) + 0;
  const value = BigInt(text);
  return value >= MIN_LONG && value <= MAX_LONG ? toLong(value) : undefined;
}

/** The error of every exact division. */
export function divisionByZero(): MillraceError {
  return new MillraceError({ code: 'INVALID_VALUE', message: 'division by zero' });
}
