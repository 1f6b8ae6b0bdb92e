import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDouble, formatFloat } from './float-text.js';

test('doubles have the shape of Java', () => {
  const cases: [number, string][] = [
    [1, '1.0'],
    [-0, '-0.0'],
    [100, '100.0'],
    [0.1, '0.1'],
    [0.001, '0.001'],
    [0.000_1, '1.0E-4'],
    [123_456.789, '123456.789'],
    [9_999_999, '9999999.0'],
    [1e7, '1.0E7'],
    [1e10, '1.0E10'],
    [12_345_678.9, '1.23456789E7'],
    [1.5e300, '1.5E300'],
    [-2e-10, '-2.0E-10'],
    [Number.MAX_VALUE, '1.7976931348623157E308'],
    [Number.MIN_VALUE, '4.9E-324'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
  ];
  for (const [value, text] of cases) assert.equal(formatDouble(value), text);
});

test('floats show no more digits than tell them apart', () => {
  const cases: [number, string][] = [
    [0.1, '0.1'],
    [123.456, '123.456'],
    [9.87, '9.87'],
    [16_777_216, '1.6777216E7'],
    [3.402_823_5e38, '3.4028235E38'],
    [1.4e-45, '1.4E-45'],
    [1e10, '1.0E10'],
    [-1.5, '-1.5'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ];
  for (const [value, text] of cases) assert.equal(formatFloat(Math.fround(value)), text);
});

test('the text reads back as the same number', () => {
  fc.assert(fc.property(fc.double({ noNaN: true }), value => Object.is(Number(formatDouble(value)), value)));
  fc.assert(fc.property(fc.float({ noNaN: true }), value => Object.is(Math.fround(Number(formatFloat(value))), value)));
});
