import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hasLongDigits } from './long-digits.js';

test('runs of 16 digits and points are found wherever they stand', () => {
  const text = fc.string({ unit: fc.constantFrom('0', '7', '.', '.', '5', 'x'), maxLength: 80 });
  fc.assert(fc.property(text, candidate => assert.equal(hasLongDigits(candidate), /[\d.]{16}/.test(candidate))));
  for (let before = 0; before < 20; before++) {
    assert.equal(hasLongDigits(`${'x'.repeat(before)}1234567890123456x`), true);
    assert.equal(hasLongDigits(`${'x'.repeat(before)}123456789012345x`), false);
  }
});
