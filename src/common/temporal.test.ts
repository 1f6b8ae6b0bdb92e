import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDate, formatTime, formatTimestamp, parseDate, parseIsoInstant, parseTime, parseTimestamp } from './temporal.js';

test('timestamps are read in all their shapes', () => {
  const morning = Date.UTC(2026, 0, 1, 10) * 1_000;
  assert.equal(parseTimestamp('2026-01-01 10:00:00'), morning);
  assert.equal(parseTimestamp('2026-01-01T10:00:00'), morning);
  assert.equal(parseTimestamp('2026-01-01 10:00'), morning);
  assert.equal(parseTimestamp('2026-1-1 10:0:0'), morning);
  assert.equal(parseTimestamp('2026-01-01'), morning - 36_000_000_000);
  assert.equal(parseTimestamp('2026-01-01 10:00:00.5'), morning + 500_000);
  assert.equal(parseTimestamp('2026-01-01 10:00:00.123456789'), morning + 123_456);
  assert.equal(parseTimestamp('2026-1-1 10:00:00.123456789'), morning + 123_456);
  assert.equal(parseTimestamp('1969-12-31 23:59:59.999999'), -1);
});

test('what is not a time of the calendar is undefined', () => {
  const texts = [
    '',
    'now',
    '2026-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-01-32 00:00:00',
    '2026-01-01 24:00:00',
    '2026-01-01 10:60:00',
    '2026-01-01 10:00:60',
    '2026-01-01 10:00:00.1a',
    '2026-01-01 10:00:00x',
    '2026/01/01 10:00:00',
    '2026-01-01 10:00:00Z',
    '2026-01-01  10:00:00',
    ' 2026-01-01',
    '26-01-01',
    '2026-01-01 1a:00:00',
  ];
  for (const text of texts) assert.equal(parseTimestamp(text), undefined, text);
  assert.equal(parseTimestamp('2024-02-29 00:00:00'), Date.UTC(2024, 1, 29) * 1_000);
});

test('a timestamp prints with exactly its precision and reads back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
      micros => parseTimestamp(formatTimestamp(micros, 6)) === micros,
    ),
  );
  const micros = parseTimestamp('2026-01-01 10:00:00.129')!;
  assert.equal(formatTimestamp(micros, 0), '2026-01-01 10:00:00');
  assert.equal(formatTimestamp(micros, 2), '2026-01-01 10:00:00.12');
  assert.equal(formatTimestamp(micros, 6), '2026-01-01 10:00:00.129000');
  assert.equal(formatTimestamp(-1, 6), '1969-12-31 23:59:59.999999');
});

test('the end of time keeps its milliseconds', () => {
  assert.equal(formatTimestamp(parseTimestamp('9999-12-31 23:59:59.999')!, 3), '9999-12-31 23:59:59.999');
  assert.equal(formatTimestamp(parseTimestamp('9999-12-31 23:59:59')!, 0), '9999-12-31 23:59:59');
});

test('dates and times of day', () => {
  assert.equal(parseDate('1970-01-02'), 1);
  assert.equal(parseDate('2026-1-5'), parseDate('2026-01-05'));
  for (const text of ['2026-02-30', '2026', '2026-01-01 00:00:00', '']) assert.equal(parseDate(text), undefined, text);
  assert.equal(formatDate(-1), '1969-12-31');
  assert.equal(formatDate(parseDate('0001-01-01')!), '0001-01-01');
  assert.equal(parseTime('10:05:06.25'), 36_306_250_000);
  assert.equal(parseTime('7:05'), 25_500_000_000);
  for (const text of ['24:00:00', '10', '10:60', '10:00:00 AM']) assert.equal(parseTime(text), undefined, text);
  assert.equal(formatTime(36_306_250_000, 3), '10:05:06.250');
  assert.equal(formatTime(36_306_250_000, 0), '10:05:06');
});

test('instants need a zone', () => {
  const noon = Date.UTC(2026, 0, 1, 12) * 1_000;
  assert.equal(parseIsoInstant('2026-01-01T12:00:00Z'), noon);
  assert.equal(parseIsoInstant('2026-01-01 14:00:00+02:00'), noon);
  assert.equal(parseIsoInstant('2026-01-01T06:30:00.5-0530'), noon + 500_000);
  assert.equal(parseIsoInstant('2026-01-01T13:00+01'), noon);
  for (const text of ['2026-01-01T12:00:00', '2026-01-01', '2026-01-01T12:00:00+25:00', '2026-02-30T12:00:00Z', 'Z'])
    assert.equal(parseIsoInstant(text), undefined, text);
});
