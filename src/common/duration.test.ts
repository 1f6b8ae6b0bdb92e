import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from './duration.js';

for (const [text, ms] of [
  ['500 ms', 500],
  ['10s', 10_000],
  [' 1 min ', 60_000],
  ['2 Hours', 7_200_000],
  ['1 d', 86_400_000],
  ['3 days', 259_200_000],
  ['7 milliseconds', 7],
  ['42', 42],
  ['0 s', 0],
  ['1.5 s', undefined],
  ['-1 s', undefined],
  ['s', undefined],
  ['', undefined],
  ['5 fortnights', undefined],
  ['5 constructor', undefined],
] as const) {
  test(`"${text}" is ${ms === undefined ? 'no duration' : `${ms} ms`}`, () => assert.equal(parseDuration(text), ms));
}

for (const [ms, text] of [
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1 s'],
  [1_500, '1.5 s'],
  [12_340, '12.3 s'],
  [60_000, '1 min'],
  [125_000, '2 min 5 s'],
  [3_600_000, '1 h 0 min'],
  [5_430_000, '1 h 30 min'],
] as const) {
  test(`${ms} ms is shown as ${text}`, () => assert.equal(formatDuration(ms), text));
}

test('a duration is never shown as sixty of a unit', () => {
  assert.equal(formatDuration(59_990), '1 min');
  assert.equal(formatDuration(119_900), '2 min');
  assert.equal(formatDuration(999.6), '1 s');
});
