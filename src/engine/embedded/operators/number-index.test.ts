import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { indexNumbers } from './number-index.js';

function found(numbers: readonly number[], wanted: number, nulls?: Uint8Array): number[] {
  const index = indexNumbers(Float64Array.from(numbers), nulls, numbers.length);
  const rows: number[] = [];
  for (let row = index.first(wanted); row !== -1; row = index.next(row)) rows.push(row);
  return rows;
}

test('property: it finds the rows of a number in their order', () => {
  const numbers = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true })), { maxLength: 60 });
  fc.assert(
    fc.property(numbers, fc.integer({ min: -4, max: 4 }), (values, other) => {
      for (const wanted of [...values, other])
        assert.deepEqual(
          found(values, wanted),
          values.flatMap((value, row) => (value === wanted ? [row] : [])),
        );
    }),
  );
});

test('numbers whose bits differ in few places are found, as many as there are', () => {
  const numbers = Float64Array.from({ length: 5_000 }, (_, i) => i * 2 ** 32);
  const index = indexNumbers(numbers, undefined, numbers.length);
  for (const [row, number] of numbers.entries()) assert.equal(index.first(number), row);
  assert.equal(index.first(-1), -1);
});

test('the two zeros are one, NaN is no number, and NULL is nowhere', () => {
  assert.deepEqual(found([-0, 1, 0], 0), [0, 2]);
  assert.deepEqual(found([-0, 1, 0], -0), [0, 2]);
  assert.deepEqual(found([NaN, 1], NaN), []);
  assert.deepEqual(found([5, 5, 0], 5, Uint8Array.of(1, 0, 0)), [1]);
  assert.deepEqual(found([], 0), []);
});

test('the two zeros are one among very many numbers too', () => {
  const numbers = Float64Array.from({ length: 100_000 }, (_, i) => (i === 0 ? -0 : i));
  assert.equal(indexNumbers(numbers, undefined, numbers.length).first(0), 0);
});

test('only the first rows are indexed', () => {
  const index = indexNumbers(Float64Array.of(1, 2, 1), undefined, 2);
  assert.equal(index.first(1), 0);
  assert.equal(index.next(0), -1);
});
