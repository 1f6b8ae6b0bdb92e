import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doubleToHalf, halfToDouble } from './float16.js';

test('all 65,536 halves come back as they went, NaN as a NaN', () => {
  for (let bits = 0; bits < 65_536; bits++) {
    const value = halfToDouble(bits);
    if (Number.isNaN(value)) assert.ok(Number.isNaN(halfToDouble(doubleToHalf(value))));
    else assert.equal(doubleToHalf(value), bits);
  }
});

test('known halves', () => {
  assert.equal(halfToDouble(0x3c00), 1);
  assert.equal(halfToDouble(0xc000), -2);
  assert.equal(halfToDouble(0x7bff), 65_504);
  assert.equal(halfToDouble(0x0001), 2 ** -24);
  assert.equal(halfToDouble(0xfc00), -Infinity);
});

test('doubles are rounded to the nearest half, ties to even', () => {
  assert.equal(halfToDouble(doubleToHalf(0.1)), 0.0999755859375);
  assert.equal(halfToDouble(doubleToHalf(2_049)), 2_048);
  assert.equal(halfToDouble(doubleToHalf(2_051)), 2_052);
  assert.equal(halfToDouble(doubleToHalf(1_023.9999)), 1_024);
  assert.equal(halfToDouble(doubleToHalf(65_519)), 65_504);
  assert.equal(halfToDouble(doubleToHalf(65_520)), Infinity);
  assert.equal(halfToDouble(doubleToHalf(2 ** -25)), 0);
  assert.equal(halfToDouble(doubleToHalf(2 ** -25 * 1.01)), 2 ** -24);
});
