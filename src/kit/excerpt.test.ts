import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { excerpt } from './excerpt.js';

test('a short text is shown whole, on one line', () => assert.equal(excerpt('a\nb\tc', 2), 'a b c'));

test('of a long text at most 80 characters are shown, with the place in them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 81, max: 400 }), fc.nat(399), (length, place) => {
      const at = place % length;
      const text = `${'.'.repeat(at)}X${'.'.repeat(length - at - 1)}`;
      const shown = excerpt(text, at);
      assert.ok(shown.length <= 80 && shown.includes('X') && shown.includes('…'));
    }),
  );
});
