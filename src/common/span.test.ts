import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinSpans } from './span.js';

test('the smallest span that covers both, in any order', () => {
  assert.deepEqual(joinSpans({ start: 5, end: 7 }, { start: 1, end: 6 }), { start: 1, end: 7 });
  assert.deepEqual(joinSpans({ start: 1, end: 9 }, { start: 3, end: 4 }), { start: 1, end: 9 });
});
