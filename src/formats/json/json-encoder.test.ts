import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows, type Value } from '../../spec/batch.js';
import { BIGINT, decimal, DOUBLE, FLOAT, INT, STRING, timestamp, timestampLtz, type DataType } from '../../spec/data-type.js';
import { openFormat } from '../../testing/format-contract.js';
import { json } from './json-format.js';
import { field, mapOf, row, TIME } from './json-tables.test.fixture.js';

function writeOne(type: DataType, value: Value, options: Readonly<Record<string, string>> = {}): string {
  const fields = [field('c', type)];
  return openFormat({ format: json, fields, options }).encoder.encode(batchOfRows(fields, [[value]]))[0]!;
}

const WRITTEN: readonly (readonly [DataType, Value, string, Readonly<Record<string, string>>?])[] = [
  [DOUBLE, 1, '{"c":1.0}'],
  [DOUBLE, 0.1, '{"c":0.1}'],
  [DOUBLE, -0, '{"c":-0.0}'],
  [DOUBLE, 12_345_678, '{"c":1.2345678E7}'],
  [DOUBLE, 1e-5, '{"c":1.0E-5}'],
  [DOUBLE, NaN, '{"c":"NaN"}'],
  [DOUBLE, -Infinity, '{"c":"-Infinity"}'],
  [FLOAT, Math.fround(0.1), '{"c":0.1}'],
  [FLOAT, Math.fround(1.17549435e-38), '{"c":1.1754944E-38}'],
  [BIGINT, -9_223_372_036_854_775_808n, '{"c":-9223372036854775808}'],
  [decimal(10, 2), 10_000, '{"c":1E+2}'],
  [decimal(10, 2), 250, '{"c":2.5}'],
  [decimal(10, 9), 27, '{"c":2.7E-8}'],
  [decimal(10, 2), 10_000, '{"c":100}', { 'encode.decimal-as-plain-number': 'true' }],
  [decimal(10, 9), 27, '{"c":0.000000027}', { 'encode.decimal-as-plain-number': 'true' }],
  [STRING, 'a"b\\c\n\u2028😀', '{"c":"a\\"b\\\\c\\n\u2028😀"}'],
  [STRING, '\ud800', '{"c":"\\ud800"}'],
  [timestamp(6), 1_000_000, '{"c":"1970-01-01 00:00:01"}'],
  [timestamp(3), -1_000, '{"c":"1969-12-31 23:59:59.999"}'],
  [timestampLtz(3), 1_500_000, '{"c":"1970-01-01 00:00:01.5Z"}'],
  [TIME, 36_000_100_000, '{"c":"10:00:00.1"}'],
  [{ kind: 'MULTISET', element: STRING, nullable: true }, ['b', 'a', 'b'], '{"c":{"b":2,"a":1}}'],
  [row(field('x', INT), field('y', STRING)), [null, 'z'], '{"c":{"x":null,"y":"z"}}'],
  [row(field('x', INT), field('y', STRING)), [null, 'z'], '{"c":{"y":"z"}}', { 'encode.ignore-null-fields': 'true' }],
  [INT, null, '{}', { 'encode.ignore-null-fields': 'true' }],
  [
    mapOf(STRING, INT),
    new Map<Value, Value>([
      [null, 1],
      ['b', 2],
    ]),
    '{"c":{"b":2}}',
    { 'map-null-key.mode': 'DROP' },
  ],
  [
    mapOf(STRING, INT),
    new Map<Value, Value>([
      [null, 1],
      ['b', 2],
    ]),
    '{"c":{"none":1,"b":2}}',
    { 'map-null-key.mode': 'LITERAL', 'map-null-key.literal': 'none' },
  ],
];

for (const [type, value, text, options] of WRITTEN) {
  test(`json: ${type.kind} is written as ${text}`, () => assert.equal(writeOne(type, value, options), text));
}

test('json: a NULL key is an error by default', () => {
  assert.throws(() => writeOne(mapOf(STRING, INT), new Map<Value, Value>([[null, 1]])), { code: 'INVALID_VALUE' });
});
