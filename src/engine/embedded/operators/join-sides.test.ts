import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { candidatePairs } from './join-sides.js';
import { indexNumbers } from './number-index.js';

test('property: chunks hold all pairs, each left row in one chunk, and tell which rows they are about', () => {
  const keys = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 30 });
  fc.assert(
    fc.property(keys, keys, (left, right) => {
      const numbers = indexNumbers(Float64Array.from(right), undefined, right.length);
      const pairs: [number, number][] = [];
      let next = 0;
      const index = { matcher: () => () => -1, next: numbers.next };
      for (const chunk of candidatePairs(row => numbers.first(left[row]!), index, left.length)) {
        assert.equal(chunk.from, next);
        next = chunk.to;
        for (const [i, row] of chunk.left.entries()) {
          assert.ok(row >= chunk.from && row < chunk.to);
          pairs.push([row, chunk.right[i]!]);
        }
      }
      assert.equal(next, left.length);
      assert.deepEqual(
        pairs,
        left.flatMap((key, row) => right.flatMap((other, match) => (key === other ? [[row, match] as [number, number]] : []))),
      );
    }),
  );
});

test('a join of very many pairs comes in several chunks, none of which shares memory with another', () => {
  const everyRow = { matcher: () => () => 0, next: (row: number) => (row + 1 < 5_000 ? row + 1 : -1) };
  const chunks = [...candidatePairs(() => 0, everyRow, 5)];
  assert.deepEqual(
    chunks.map(({ from, to, left }) => [from, to, left.length]),
    [
      [0, 2, 10_000],
      [2, 4, 10_000],
      [4, 5, 5_000],
    ],
  );
  assert.deepEqual([chunks[0]!.left[0], chunks[1]!.left[0], chunks[2]!.left[0]], [0, 2, 4]);
  assert.ok(chunks.every(({ right }) => right[4_999] === 4_999));
});
