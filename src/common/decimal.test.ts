import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addExact,
  decimalToDouble,
  divideDecimal,
  divideHalfUp,
  doubleToDecimal,
  fitsPrecision,
  formatDecimal,
  multiplyExact,
  parseDecimal,
  rescaleDecimal,
  subtractExact,
} from './decimal.js';
import { toLong, type Long } from './long.js';

const unscaled = fc
  .oneof(fc.bigInt(-(10n ** 38n) + 1n, 10n ** 38n - 1n), fc.bigInt(-(2n ** 54n), 2n ** 54n), fc.bigInt(-100n, 100n))
  .map(toLong);
const scale = fc.integer({ min: 0, max: 38 });

/** `a / b` to the nearest integer, halves away from zero, by the book. */
function halfUp(a: bigint, b: bigint): bigint {
  const sign = a < 0n === b < 0n ? 1n : -1n;
  const [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  return sign * ((2n * x + y) / (2n * y));
}

function isCanonical(value: Long): boolean {
  return typeof value === 'number'
    ? Number.isSafeInteger(value) && !Object.is(value, -0)
    : value !== BigInt(Number(value)) || !Number.isSafeInteger(Number(value));
}

test('exact arithmetic has no limit and keeps the canonical form', () => {
  fc.assert(
    fc.property(unscaled, unscaled, (a, b) => {
      const results: [Long, bigint][] = [
        [addExact(a, b), BigInt(a) + BigInt(b)],
        [subtractExact(a, b), BigInt(a) - BigInt(b)],
        [multiplyExact(a, b), BigInt(a) * BigInt(b)],
      ];
      if (b !== 0) results.push([divideHalfUp(a, b), halfUp(BigInt(a), BigInt(b))]);
      for (const [actual, expected] of results) {
        assert.equal(BigInt(actual), expected);
        assert.ok(isCanonical(actual));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a decimal prints and reads back', () => {
  fc.assert(fc.property(unscaled, scale, (value, digits) => parseDecimal(formatDecimal(value, digits), 76, digits) === value));
  assert.equal(formatDecimal(-5, 2), '-0.05');
  assert.equal(formatDecimal(0, 3), '0.000');
  assert.equal(formatDecimal(123, 0), '123');
  assert.equal(formatDecimal(12_345_678_901_234_567_890n, 4), '1234567890123456.7890');
});

test('reading rounds half up, away from zero', () => {
  assert.equal(parseDecimal('1.005', 10, 2), 101);
  assert.equal(parseDecimal('-1.005', 10, 2), -101);
  assert.equal(parseDecimal('1.0049999', 10, 2), 100);
  assert.equal(parseDecimal('0.5', 10, 0), 1);
  assert.equal(parseDecimal('0.4', 10, 0), 0);
  assert.ok(Object.is(parseDecimal('-0.4', 10, 0), 0));
  assert.equal(parseDecimal('.5', 2, 1), 5);
  assert.equal(parseDecimal('5.', 2, 1), 50);
});

test('reading takes exponents and stays cheap with absurd ones', () => {
  assert.equal(parseDecimal('1.5e3', 10, 1), 15_000);
  assert.equal(parseDecimal('15E-1', 10, 1), 15);
  assert.equal(parseDecimal('1e-999999999', 10, 2), 0);
  assert.equal(parseDecimal('1e999999999', 38, 0), undefined);
  assert.equal(parseDecimal('0e999999999', 38, 0), 0);
});

test('what is no number or does not fit is undefined', () => {
  for (const text of ['', '.', '-', 'e5', '1e', '1,5', ' 1', 'NaN', '1.2.3']) assert.equal(parseDecimal(text, 10, 2), undefined, text);
  assert.equal(parseDecimal('99.995', 4, 2), undefined);
  assert.equal(parseDecimal('99.994', 4, 2), 9_999);
  assert.equal(parseDecimal('12345', 8, 4), undefined);
});

test('rescaling is exact upwards and rounds half up downwards', () => {
  fc.assert(
    fc.property(unscaled, scale, scale, (value, from, to) => {
      const expected = to >= from ? BigInt(value) * 10n ** BigInt(to - from) : halfUp(BigInt(value), 10n ** BigInt(from - to));
      assert.equal(BigInt(rescaleDecimal(value, from, to)), expected);
    }),
  );
  assert.equal(rescaleDecimal(125, 2, 1), 13);
  assert.equal(rescaleDecimal(-125, 2, 1), -13);
});

test('division rounds half up to the wanted scale', () => {
  assert.equal(formatDecimal(divideDecimal(10, 1, 80, 1, 6), 6), '0.125000');
  assert.equal(formatDecimal(divideDecimal(-2, 0, 30, 1, 6), 6), '-0.666667');
  assert.equal(formatDecimal(divideDecimal(10, 1, 400, 0, 12), 12), '0.002500000000');
  assert.equal(divideDecimal(5_000, 3, 2, 0, 0), 3);
  assert.throws(() => divideDecimal(1, 0, 0, 5, 2), /division by zero/);
});

test('precision counts digits', () => {
  assert.ok(fitsPrecision(999, 3) && fitsPrecision(-999, 3));
  assert.ok(!fitsPrecision(1_000, 3) && !fitsPrecision(-1_000, 3));
  assert.ok(fitsPrecision(10n ** 38n - 1n, 38) && !fitsPrecision(10n ** 38n, 38) && !fitsPrecision(-(10n ** 38n), 38));
  assert.ok(!fitsPrecision(10n ** 17n, 17) && fitsPrecision(10n ** 17n, 18));
});

test('doubles are the nearest ones, and become decimals by their shortest text', () => {
  fc.assert(fc.property(unscaled, scale, (value, digits) => decimalToDouble(value, digits) === Number(formatDecimal(value, digits))));
  assert.equal(decimalToDouble(123_456_789_123_456_789_123_456_789n, 18), 1.2345678912345679e8);
  assert.equal(doubleToDecimal(3.123456, 8, 4), 31_235);
  assert.equal(doubleToDecimal(0.1, 38, 20), 10_000_000_000_000_000_000n);
  assert.equal(doubleToDecimal(12_345.67, 8, 4), undefined);
  for (const value of [NaN, Infinity, -Infinity]) assert.equal(doubleToDecimal(value, 38, 0), undefined);
});
