import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { arbitraryRows } from '../testing/arbitrary-value.test.fixture.js';
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
  withNullable,
  type DataType,
  type Field,
} from './data-type.js';
import { jsonOfRow, rowOfJson, type Json } from './exact-json.js';

const MAP: DataType = { kind: 'MAP', key: withNullable(BIGINT, false), value: arrayOf(decimal(30, 4)), nullable: true };
const ROW: DataType = {
  kind: 'ROW',
  fields: [
    { name: 'a', type: DOUBLE },
    { name: 'a', type: STRING },
  ],
  nullable: true,
};
const TYPES: readonly DataType[] = [
  BOOLEAN,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  decimal(10, 2),
  decimal(38, 38),
  STRING,
  BYTES,
  DATE,
  { kind: 'TIME', precision: 6, nullable: true },
  timestamp(6),
  timestampLtz(3),
  { kind: 'INTERVAL_DAY_TIME', nullable: true },
  arrayOf(ROW),
  MAP,
  ROW,
];
const FIELDS: readonly Field[] = TYPES.map((type, i) => ({ name: i % 5 === 0 ? 'same' : `c${i}`, type }));

test('property: a row comes back from the text of its JSON as it was', () => {
  fc.assert(
    fc.property(arbitraryRows(FIELDS), rows => {
      for (const row of rows) {
        const text = JSON.stringify(jsonOfRow(row, FIELDS));
        assert.deepEqual(rowOfJson(JSON.parse(text) as Json, FIELDS), row);
      }
    }),
  );
});

test('times, decimals and numbers that JSON has not are texts for people', () => {
  const fields: readonly Field[] = [
    { name: 'at', type: timestampLtz(3) },
    { name: 'day', type: DATE },
    { name: 'price', type: decimal(10, 2) },
    { name: 'big', type: BIGINT },
    { name: 'ratio', type: DOUBLE },
    { name: 'raw', type: BYTES },
  ];
  const row = [1_770_000_000_123_000, 20_000, 1250, 2n ** 62n, NaN, Uint8Array.of(0, 255)];
  const json = jsonOfRow(row, fields);
  assert.deepEqual(json, {
    at: '2026-02-02 02:40:00.123000Z',
    day: '2024-10-04',
    price: '12.50',
    big: '4611686018427387904',
    ratio: 'NaN',
    raw: 'AP8=',
  });
  assert.deepEqual(rowOfJson(json, fields), row);
});

test('what does not fit the columns is refused', () => {
  const fields: readonly Field[] = [
    { name: 'n', type: INT },
    { name: 'm', type: MAP },
  ];
  for (const json of [null, [], 'x', {}, { n: 1 }, { n: '1', m: null }, { n: 1, m: [[1]] }, { n: 1, m: {} }, { n: 1, m: [['1', ['x']]] }])
    assert.equal(rowOfJson(json as Json, fields), undefined, JSON.stringify(json));
  assert.deepEqual(rowOfJson({ n: 1, m: [['1', ['2.5000']]] }, fields), [1, new Map([[1, [25_000]]])]);
});
