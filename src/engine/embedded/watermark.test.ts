import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combineWatermarks } from './watermark.js';

test('the watermark of several streams is the lowest; none hold nothing back', () => {
  assert.equal(combineWatermarks([5, -3, Infinity]), -3);
  assert.equal(combineWatermarks([-Infinity, 4]), -Infinity);
  assert.equal(combineWatermarks([]), Infinity);
});
