import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainDecimal, scientificDecimal } from './decimal-text.js';

const CASES: readonly (readonly [unscaled: number | bigint, scale: number, scientific: string, plain: string])[] = [
  [0, 2, '0', '0'],
  [250, 2, '2.5', '2.5'],
  [-5, 2, '-0.05', '-0.05'],
  [10_000, 2, '1E+2', '100'],
  [100_000, 0, '1E+5', '100000'],
  [-12_300, 1, '-1.23E+3', '-1230'],
  [27, 9, '2.7E-8', '0.000000027'],
  [1, 6, '0.000001', '0.000001'],
  [1, 7, '1E-7', '0.0000001'],
  [123_456_789_012_345_678_901n, 18, '123.456789012345678901', '123.456789012345678901'],
  [10n ** 37n, 0, '1E+37', `1${'0'.repeat(37)}`],
];

for (const [unscaled, scale, scientific, plain] of CASES) {
  test(`${unscaled} with scale ${scale} is ${scientific} or ${plain}`, () => {
    assert.equal(scientificDecimal(unscaled, scale), scientific);
    assert.equal(plainDecimal(unscaled, scale), plain);
  });
}
