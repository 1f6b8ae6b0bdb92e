import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatDouble, formatFloat } from '../common/float-text.js';
import { doubleText, floatText } from './number-text.js';

test('the fast ways write what the plain ways write', () => {
  fc.assert(fc.property(fc.double(), value => assert.equal(doubleText(value), formatDouble(value))));
  fc.assert(fc.property(fc.double({ min: -100, max: 100 }), value => assert.equal(doubleText(value), formatDouble(value))));
  fc.assert(fc.property(fc.float(), value => assert.equal(floatText(value), formatFloat(value))));
  fc.assert(
    fc.property(fc.float({ min: -10, max: 10 }), value => assert.equal(floatText(value), formatFloat(value))),
    { numRuns: 1_000 },
  );
  for (const value of [0.1, 0.3, 9.3, 9.876543, 16.1, 123456.7]) assert.equal(floatText(Math.fround(value)), String(value));
});
