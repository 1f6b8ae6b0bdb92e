import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeNumber } from './whole-number.js';

const CASES: readonly (readonly [string, number | bigint | undefined])[] = [
  ['12', 12],
  ['-12.0', -12],
  ['1.2e1', 12],
  ['1.25e1', undefined],
  ['120e-1', 12],
  ['120e-2', undefined],
  ['0e5', 0],
  ['-0', 0],
  ['-0.0', 0],
  ['0.0e-3', 0],
  ['0.5', undefined],
  ['9223372036854775807.0', 9_223_372_036_854_775_807n],
  ['9223372036854775808', undefined],
  ['9.223372036854775807e18', 9_223_372_036_854_775_807n],
  ['1e19', undefined],
  ['1e1000000000', undefined],
  ['0e1000000000', 0],
  ['1e-1000000000', undefined],
  ['x', undefined],
];

for (const [text, value] of CASES) test(`${text} is ${value}`, () => assert.equal(wholeNumber(text), value));
