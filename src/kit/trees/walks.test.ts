import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_WALKS, walksOf } from './walks.js';

/** The pairs of row and tree, in order. */
function pairs(rows: number, trees: number): [number, number][] {
  const found: [number, number][] = [];
  for (const { count, tree, treeStep, row, rowStep } of walksOf(
    new Float32Array(0),
    { from: 10, to: 10 + rows },
    { from: 3, to: 3 + trees },
  )) {
    assert.ok(count > 0 && count <= MAX_WALKS);
    for (let i = 0; i < count; i++) found.push([row + i * rowStep, tree + i * treeStep]);
  }
  return found;
}

test('every row meets every tree once, its trees in order, whatever the number of rows', () => {
  for (const rows of [1, 2, 3, 4, 5, 63, 64]) {
    for (const trees of [1, 3, 64, 65, 200]) {
      const found = pairs(rows, trees);
      assert.equal(new Set(found.map(String)).size, rows * trees);
      assert.equal(found.length, rows * trees);
      for (let row = 10; row < 10 + rows; row++) {
        assert.deepEqual(
          found.filter(pair => pair[0] === row).map(pair => pair[1]),
          Array.from({ length: trees }, (_, i) => 3 + i),
        );
      }
    }
  }
  assert.deepEqual(pairs(2, 0), []);
});
