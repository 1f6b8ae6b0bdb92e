import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeAttributes } from '../model/node-attributes.js';
import { numbersOf, tensorOf } from '../model/tensor.js';
import { concatenateFingerprints, sparseCross } from './sparse-cross.js';

test('several values of a row cross each other, the last column first', () => {
  const attributes = new NodeAttributes({
    hashed_output: { b: true },
    N: { i: 2 },
    num_buckets: { i: 1_000 },
    hash_key: { i: 956_888_297_470 },
  });
  const indices = [tensorOf('int64', [3, 2], [0, 0, 1, 0, 1, 1]), tensorOf('int64', [3, 2], [0, 0, 1, 0, 1, 1])];
  const values = [tensorOf('int64', [3], [1, 2, 3]), tensorOf('int64', [3], [10, 20, 30])];
  const shapes = [tensorOf('int64', [2], [3, 2]), tensorOf('int64', [2], [3, 2])];
  const [places, buckets, shape] = sparseCross([...indices, ...values, ...shapes], attributes);
  const hash = (a: bigint, b: bigint): number => Number(concatenateFingerprints(concatenateFingerprints(956_888_297_470n, a), b) % 1_000n);
  assert.deepEqual(numbersOf(places!), [0, 0, 1, 0, 1, 1, 1, 2, 1, 3]);
  assert.deepEqual(numbersOf(buckets!), [hash(1n, 10n), hash(2n, 20n), hash(2n, 30n), hash(3n, 20n), hash(3n, 30n)]);
  assert.deepEqual(numbersOf(shape!), [3, 4]);
});
