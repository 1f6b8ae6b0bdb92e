import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderNodes } from './order-nodes.js';

function order(left: readonly number[], right: readonly number[]): { nodes: number[]; leftPlaces: number[] } | string {
  const found = orderNodes({ left: Int32Array.from(left), right: Int32Array.from(right) });
  return typeof found === 'string' ? found : { nodes: [...found.nodes], leftPlaces: [...found.leftPlaces] };
}

test('the children of a node are neighbours, and those of the left one come first', () => {
  //      0
  //    1   2
  //   3 4 5 6
  assert.deepEqual(order([1, 3, 5, -1, -1, -1, -1], [2, 4, 6, -1, -1, -1, -1]), {
    nodes: [0, 1, 2, 3, 4, 5, 6],
    leftPlaces: [1, 3, 5, 0, 0, 0, 0],
  });
  assert.deepEqual(order([5, -1, -1, -1, -1, 3, -1], [1, -1, -1, -1, -1, 6, -1]), { nodes: [0, 5, 1, 3, 6], leftPlaces: [1, 3, 0, 0, 0] });
  assert.deepEqual(order([-1], [-1]), { nodes: [0], leftPlaces: [0] });
});

test('a chain of a hundred thousand nodes is no matter of the stack', () => {
  const count = 200_001;
  const left = Int32Array.from({ length: count }, (_, i) => (i % 2 === 0 && i + 2 < count ? i + 2 : -1));
  const right = Int32Array.from({ length: count }, (_, i) => (i % 2 === 0 && i + 2 < count ? i + 1 : -1));
  const found = orderNodes({ left, right });
  assert.ok(typeof found !== 'string' && found.nodes.length === count);
});

test('links that are no tree are told', () => {
  assert.equal(order([1, 0], [1, -1]), 'node 1 has two parents');
  assert.equal(order([1, 0, -1], [2, 2, -1]), 'node 0 has two parents');
  assert.equal(order([0, -1], [1, -1]), 'node 0 has two parents');
  assert.equal(order([7, -1], [1, -1]), 'node 0 has the child 7, and there are 2 nodes');
  assert.equal(order([1, -1], [-3, -1]), 'node 0 has the child -3, and there are 2 nodes');
});
