import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { timestampParser, timestampPrinter, trimmedTime, type TimestampShape } from './time-text.js';

function parse(kind: TimestampShape['kind'], style: TimestampShape['style'], text: string): number | undefined {
  return timestampParser({ kind, precision: 6, style })(text);
}

test('each style reads its own text only', () => {
  assert.equal(parse('TIMESTAMP', 'sql', '1970-01-01 00:00:01.5'), 1_500_000);
  assert.equal(parse('TIMESTAMP', 'iso', '1970-01-01T00:00:01.5'), 1_500_000);
  assert.equal(parse('TIMESTAMP_LTZ', 'sql', '1970-01-01 00:00:01.5Z'), 1_500_000);
  assert.equal(parse('TIMESTAMP_LTZ', 'iso', '1970-01-01T00:00:01.5Z'), 1_500_000);
  assert.equal(parse('TIMESTAMP_LTZ', 'iso-offset', '1970-01-01T01:00:01.5+01:00'), 1_500_000);
  for (const text of ['1970-01-01T00:00:01', '1970-01-01', '1970-01-01 00:00', '1970-01-01 00:00:01Z', '1970-13-01 00:00:01', '']) {
    assert.equal(parse('TIMESTAMP', 'sql', text), undefined, text);
  }
  for (const text of ['1970-01-01 00:00:01', '1970-01-01T00:00:01+01:00'])
    assert.equal(parse('TIMESTAMP_LTZ', 'sql', text), undefined, text);
  assert.equal(parse('TIMESTAMP', 'iso-offset', '1970-01-01T00:00:01'), undefined);
});

test('digits beyond the precision are cut off', () => {
  assert.equal(timestampParser({ kind: 'TIMESTAMP', precision: 3, style: 'sql' })('1969-12-31 23:59:59.9999'), -1_000);
});

test('what is printed is read back', () => {
  const micros = fc.integer({ min: -8_000_000_000_000_000, max: 8_000_000_000_000_000 });
  for (const kind of ['TIMESTAMP', 'TIMESTAMP_LTZ'] as const) {
    for (const style of ['sql', 'iso', 'iso-offset'] as const) {
      const print = timestampPrinter({ kind, precision: 6, style });
      fc.assert(fc.property(micros, value => assert.equal(parse(kind, style, print(value)), value)));
    }
  }
});

test('a fraction has no zeros at its end', () => {
  assert.deepEqual([0, 100, 120_000, 1_000_000].map(trimmedTime), ['00:00:00', '00:00:00.0001', '00:00:00.12', '00:00:01']);
});
