import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.js';

test('the closest name within a third of the length', () => {
  assert.equal(nearest('pricee', ['id', 'price', 'prices']), 'price');
  assert.equal(nearest('recieve', ['receive', 'retrieve']), 'receive');
  assert.equal(nearest('TOTLA', ['total']), 'total');
  assert.equal(nearest('abcdef', ['abzzzf', 'xyz']), undefined);
  assert.equal(nearest('x', ['y']), 'y');
  assert.equal(nearest('x', ['yy']), undefined);
  assert.equal(nearest('x', []), undefined);
});

test('of equally close names the first', () => {
  assert.equal(nearest('aa', ['ab', 'ac']), 'ab');
});

test('texts that are too long to be mistyped words have no nearest one, and take no time', () => {
  const long = 'x'.repeat(100_000);
  assert.equal(nearest(long, [`${long}y`, 'x']), undefined);
  assert.equal(nearest('order', [long, 'orders']), 'orders');
});
