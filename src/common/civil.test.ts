import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addMonthsToDays,
  ceilToUnit,
  civilOfDays,
  daysOfCivil,
  extractDayUnit,
  extractUnit,
  isoWeek,
  monthsBetween,
  truncateToUnit,
  type CivilUnit,
} from './civil.js';
import { formatTimestamp, parseDate, parseTimestamp } from './temporal.js';

const days = fc.integer({ min: -719_528, max: 2_932_896 });

test('day numbers and calendar days convert both ways, as Date does', () => {
  fc.assert(
    fc.property(days, day => {
      const civil = civilOfDays(day);
      assert.equal(daysOfCivil(civil), day);
      const date = new Date(day * 86_400_000);
      assert.deepEqual(civil, { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() });
    }),
  );
});

test('ISO weeks belong to the year of their Thursday', () => {
  const cases: [string, number, number][] = [
    ['2021-01-03', 2020, 53],
    ['2021-01-04', 2021, 1],
    ['2018-12-31', 2019, 1],
    ['2016-01-01', 2015, 53],
    ['1996-11-10', 1996, 45],
  ];
  for (const [text, year, week] of cases) assert.deepEqual(isoWeek(parseDate(text)!), { year, week });
});

test('parts of a time are those of Flink', () => {
  const micros = parseTimestamp('1996-11-10 06:55:44.333')!;
  const expected: [CivilUnit, number][] = [
    ['MILLENNIUM', 2],
    ['CENTURY', 20],
    ['DECADE', 199],
    ['YEAR', 1996],
    ['ISOYEAR', 1996],
    ['QUARTER', 4],
    ['MONTH', 11],
    ['WEEK', 45],
    ['DAY', 10],
    ['DOY', 315],
    ['DOW', 1],
    ['ISODOW', 7],
    ['HOUR', 6],
    ['MINUTE', 55],
    ['SECOND', 44],
    ['MILLISECOND', 333],
    ['MICROSECOND', 333_000],
    ['NANOSECOND', 333_000_000],
    ['EPOCH', 847_608_944],
  ];
  for (const [unit, value] of expected) assert.equal(extractUnit(micros, unit), value, unit);
  assert.equal(extractDayUnit(parseDate('2000-12-31')!, 'CENTURY'), 20);
  assert.equal(extractDayUnit(parseDate('2001-01-01')!, 'CENTURY'), 21);
  assert.equal(extractUnit(-1, 'MICROSECOND'), 999_999);
});

test('cutting to a unit gives its start, and the ceiling the next one', () => {
  const cases: [CivilUnit, string, string][] = [
    ['YEAR', '1996-01-01 00:00:00', '1997-01-01 00:00:00'],
    ['QUARTER', '1996-10-01 00:00:00', '1997-01-01 00:00:00'],
    ['MONTH', '1996-11-01 00:00:00', '1996-12-01 00:00:00'],
    ['WEEK', '1996-11-10 00:00:00', '1996-11-17 00:00:00'],
    ['DAY', '1996-11-10 00:00:00', '1996-11-11 00:00:00'],
    ['HOUR', '1996-11-10 06:00:00', '1996-11-10 07:00:00'],
    ['SECOND', '1996-11-10 06:55:44', '1996-11-10 06:55:45'],
    ['DECADE', '1990-01-01 00:00:00', '2000-01-01 00:00:00'],
    ['CENTURY', '1901-01-01 00:00:00', '2001-01-01 00:00:00'],
    ['MILLENNIUM', '1001-01-01 00:00:00', '2001-01-01 00:00:00'],
  ];
  const micros = parseTimestamp('1996-11-10 06:55:44.333')!;
  for (const [unit, floor, ceiling] of cases) {
    assert.equal(formatTimestamp(truncateToUnit(micros, unit), 0), floor, unit);
    assert.equal(formatTimestamp(ceilToUnit(micros, unit), 0), ceiling, unit);
    assert.equal(formatTimestamp(ceilToUnit(parseTimestamp(floor)!, unit), 0), floor, unit);
  }
  assert.equal(formatTimestamp(truncateToUnit(-1, 'DAY'), 0), '1969-12-31 00:00:00');
});

test('a month later is the same day, or the last one of a shorter month', () => {
  const cases: [string, number, string][] = [
    ['2016-01-31', 1, '2016-02-29'],
    ['2015-01-31', 1, '2015-02-28'],
    ['2016-03-31', -1, '2016-02-29'],
    ['2016-01-31', 5, '2016-06-30'],
    ['2017-11-29', -12_000, '1017-11-29'],
  ];
  for (const [from, months, to] of cases) assert.equal(addMonthsToDays(parseDate(from)!, months), parseDate(to));
});

test('months between are whole ones', () => {
  const cases: [string, string, number][] = [
    ['2018-07-03 11:11:11', '2018-09-05 11:11:11', 2],
    ['2016-06-15 11:00:00', '2018-05-19 00:00:00', 23],
    ['2018-03-18 00:00:00', '2016-06-15 00:00:00', -21],
    ['2018-01-15 10:00:00', '2018-02-15 09:59:59', 0],
    ['2018-02-15 09:59:59', '2018-01-15 10:00:00', 0],
  ];
  for (const [from, to, months] of cases)
    assert.equal(monthsBetween(parseTimestamp(from)!, parseTimestamp(to)!) + 0, months, `${from} to ${to}`);
});
