import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createZone, UTC } from '../common/zone.js';
import type { Value } from './batch.js';
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  FLOAT,
  INT,
  STRING,
  timestamp,
  timestampLtz,
  type DataType,
} from './data-type.js';
import { formatValue, parseValue } from './value-text.js';

const nothing: DataType = { kind: 'NULL', nullable: true };
const char = (length: number): DataType => ({ kind: 'CHAR', length, nullable: true });
const varchar = (length: number): DataType => ({ kind: 'VARCHAR', length, nullable: true });
const time = (precision: number): DataType => ({ kind: 'TIME', precision, nullable: true });
const months: DataType = { kind: 'INTERVAL_YEAR_MONTH', nullable: true };
const micros: DataType = { kind: 'INTERVAL_DAY_TIME', nullable: true };
const tinyint: DataType = { kind: 'TINYINT', nullable: true };
const tokyo = createZone('Asia/Tokyo')!;

test('values print as CAST AS STRING prints them', () => {
  const row: DataType = {
    kind: 'ROW',
    fields: [
      { name: 'a', type: INT },
      { name: 'b', type: STRING },
    ],
    nullable: true,
  };
  const cases: [Value, DataType, string][] = [
    [true, BOOLEAN, 'TRUE'],
    [false, BOOLEAN, 'FALSE'],
    [9_223_372_036_854_775_807n, BIGINT, '9223372036854775807'],
    [9_870, decimal(4, 3), '9.870'],
    [1, DOUBLE, '1.0'],
    [Math.fround(0.1), FLOAT, '0.1'],
    [18_894, DATE, '2021-09-24'],
    [45_296_000_000, time(0), '12:34:56'],
    [1_632_486_896_100_000, timestamp(3), '2021-09-24 12:34:56.100'],
    [1_632_486_896_100_000, timestampLtz(3), '2021-09-24 21:34:56.100'],
    [84, months, '+7-00'],
    [-123, months, '-10-03'],
    [12_334, months, '+1027-10'],
    [123_456_789_000, micros, '+1 10:17:36.789'],
    [-10_000, micros, '-0 00:00:00.010'],
    [Uint8Array.of(0x4d, 0xc3, 0xbc), BYTES, 'Mü'],
    [[null, 456], arrayOf(INT), '[NULL, 456]'],
    [
      new Map<Value, Value>([
        ['a', -123],
        ['b', null],
      ]),
      { kind: 'MAP', key: STRING, value: months, nullable: true },
      '{a=-10-03, b=NULL}',
    ],
    [['x', 'y', 'x'], { kind: 'MULTISET', element: STRING, nullable: true }, '{x=2, y=1}'],
    [[null, 'abc'], row, '(NULL, abc)'],
    [[[1, 'a']], arrayOf(row), '[(1, a)]'],
    [null, INT, 'NULL'],
    [null, nothing, 'NULL'],
  ];
  for (const [value, type, text] of cases) assert.equal(formatValue(value, type, tokyo), text);
});

test('texts become values as CAST makes them', () => {
  const cases: [string, DataType, Value][] = [
    [' Yes ', BOOLEAN, true],
    ['F', BOOLEAN, false],
    ['1.234', tinyint, 1],
    [' -128 ', tinyint, -128],
    ['9223372036854775807', BIGINT, 9_223_372_036_854_775_807n],
    ['-3276913443134.9', BIGINT, -3_276_913_443_134],
    ['1.2', decimal(5, 3), 1_200],
    ['1.0005', decimal(5, 3), 1_001],
    ['1e3', DOUBLE, 1_000],
    ['-Infinity', DOUBLE, -Infinity],
    ['0.1f', FLOAT, Math.fround(0.1)],
    ['2021-09-27', DATE, 18_897],
    ['2021-09-27 12:34:56.123456789', DATE, 18_897],
    ['12:34:56.789', time(0), 45_296_000_000],
    ['2021-09-27 12:34:56.123456', timestamp(3), 1_632_746_096_123_000],
    ['2021-09-27', timestamp(3), 1_632_700_800_000_000],
    ['2021-09-27 09:00:00', timestampLtz(3), 1_632_700_800_000_000],
    ['2021-09-27T00:00:00Z', timestampLtz(3), 1_632_700_800_000_000],
    [' kept ', STRING, ' kept '],
    ['abcdef', varchar(3), 'abc'],
    ['foo', char(5), 'foo  '],
    ['a𝄞bc', varchar(3), 'a𝄞b'],
    ['𝄞', char(2), '𝄞 '],
  ];
  for (const [text, type, value] of cases) assert.deepEqual(parseValue(text, type, tokyo), value, `${text} as ${type.kind}`);
});

test('byte strings are the UTF-8 bytes, cut or padded with zeros', () => {
  const binary = (kind: 'BINARY' | 'VARBINARY', length: number): DataType => ({ kind, length, nullable: true });
  assert.deepEqual(parseValue('a', binary('BINARY', 2), UTC), Uint8Array.of(97, 0));
  assert.deepEqual(parseValue('foobar', binary('BINARY', 2), UTC), Uint8Array.of(102, 111));
  assert.deepEqual(parseValue('foobar', binary('VARBINARY', 4), UTC), Uint8Array.of(102, 111, 111, 98));
});

test('texts that are not values of a type are undefined', () => {
  const cases: [string, DataType][] = [
    ['maybe', BOOLEAN],
    ['constructor', BOOLEAN],
    ['', INT],
    ['foo', INT],
    ['-129', tinyint],
    ['2147483648', INT],
    ['1e3', INT],
    ['1.2.3', INT],
    ['9223372036854775808', BIGINT],
    ['12345.6789', decimal(8, 4)],
    ['', DOUBLE],
    ['1x', DOUBLE],
    ['0x10', DOUBLE],
    ['2021/09/27', DATE],
    ['2021-02-30', DATE],
    ['123', timestamp(3)],
    ['25:00:00', time(0)],
    ['2021-09-27T00:00:00Z', timestamp(3)],
    ['[1]', arrayOf(INT)],
    ['{}', { kind: 'MAP', key: STRING, value: INT, nullable: true }],
  ];
  for (const [text, type] of cases) assert.equal(parseValue(text, type, UTC), undefined, `${text} as ${type.kind}`);
});
