import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from './error.js';
import {
  addLong,
  divideLong,
  MAX_LONG,
  MIN_LONG,
  multiplyLong,
  negateLong,
  parseLong,
  remainderLong,
  subtractLong,
  toLong,
  wrapLong,
  type Long,
} from './long.js';

const edges = [0n, 1n, -1n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n) + 1n, -(2n ** 53n), MAX_LONG, MIN_LONG];
const long = fc
  .oneof(fc.constantFrom(...edges), fc.bigInt(MIN_LONG, MAX_LONG), fc.bigInt(-(2n ** 54n), 2n ** 54n), fc.bigInt(-1_000n, 1_000n))
  .map(toLong);

function isCanonical(value: Long): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0);
  return value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER;
}

function check(actual: Long, expected: bigint): void {
  assert.equal(BigInt(actual), BigInt.asIntN(64, expected));
  assert.ok(isCanonical(actual), `${actual} is not in canonical form`);
}

test('arithmetic is that of 64-bit integers and keeps the canonical form', () => {
  fc.assert(
    fc.property(long, long, (a, b) => {
      check(addLong(a, b), BigInt(a) + BigInt(b));
      check(subtractLong(a, b), BigInt(a) - BigInt(b));
      check(multiplyLong(a, b), BigInt(a) * BigInt(b));
      check(negateLong(a), -BigInt(a));
      if (b === 0) return;
      check(divideLong(a, b), BigInt(a) / BigInt(b));
      check(remainderLong(a, b), BigInt(a) % BigInt(b));
    }),
    { numRuns: 2_000 },
  );
});

test('quotients of large safe integers are not rounded up', () => {
  assert.equal(divideLong(Number.MAX_SAFE_INTEGER, 2), 4_503_599_627_370_495);
  assert.equal(divideLong(9_007_199_254_740_990, 9_007_199_254_740_991), 0);
  assert.equal(divideLong(-9_007_199_254_740_991, 3), -3_002_399_751_580_330);
});

test('overflow wraps as in Java', () => {
  assert.equal(addLong(MAX_LONG, 1), MIN_LONG);
  assert.equal(negateLong(MIN_LONG), MIN_LONG);
  assert.equal(divideLong(MIN_LONG, -1), MIN_LONG);
  assert.equal(multiplyLong(MAX_LONG, 2), -2);
  assert.equal(wrapLong(2n ** 64n + 5n), 5);
});

test('division by zero is an error of the value', () => {
  for (const divide of [divideLong, remainderLong]) {
    assert.throws(
      () => divide(1, 0),
      (thrown: MillraceError) => thrown.code === 'INVALID_VALUE' && thrown.message === 'division by zero',
    );
    assert.throws(() => divide(MAX_LONG, 0), MillraceError);
  }
});

test('texts are read exactly within 64 bits', () => {
  fc.assert(fc.property(long, value => parseLong(String(value)) === value));
  assert.equal(parseLong('+7'), 7);
  assert.equal(parseLong('000000000000000000000007'), 7);
  assert.ok(Object.is(parseLong('-0'), 0));
  assert.equal(parseLong('9223372036854775807'), MAX_LONG);
  assert.equal(parseLong('-9223372036854775808'), MIN_LONG);
  for (const text of ['9223372036854775808', '-9223372036854775809', '', '+', '1.0', ' 1', '1e3', '0x1', '١'])
    assert.equal(parseLong(text), undefined, text);
});
