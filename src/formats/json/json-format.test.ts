import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { batchOfRows } from '../../spec/batch.js';
import { decimal, INT, timestamp, timestampLtz, withNullable } from '../../spec/data-type.js';
import { arbitraryRows } from '../../testing/arbitrary-value.test.fixture.js';
import { rowsOf } from '../../testing/batch-rows.js';
import { formatContract, openFormat } from '../../testing/format-contract.js';
import { json } from './json-format.js';
import { field, mapOf, NESTED, SCALARS } from './json-tables.test.fixture.js';

formatContract({
  format: json,
  fields: SCALARS,
  rows: [
    [
      true,
      -128,
      32_767,
      -2_147_483_648,
      9_223_372_036_854_775_807n,
      0.10000000149011612,
      1e300,
      -1_050,
      123_456_789_012_345_678_901n,
      'a "b"\n\\ é 😀',
      new Uint8Array([0, 255]),
      20_000,
      36_000_500_000,
      1_700_000_000_123_000,
      1_700_000_000_123_456,
      -3,
      86_400_000_000,
      null,
    ],
    [false, 0, 0, 0, 0, 0, 0, 0, 0, '', new Uint8Array(), 0, 0, 0, 0, 0, 0, null],
    SCALARS.map(() => null),
  ],
  malformed: ['', '{', 'nope', '{"int":1}}', '5', '"text"', '[1]', '[[{}]]'],
  skipping: { 'ignore-parse-errors': 'true' },
});

formatContract({
  format: json,
  fields: NESTED,
  rows: [
    [
      [1, null, 9_007_199_254_740_993n],
      [0.5, -1],
      new Map([
        ['a', 12_345],
        ['', null],
      ]),
      ['Ann', ['x', null], 60_000_000, 7],
      [[new Map([['m', [1, null]]])]],
    ],
    [[], [], new Map(), [null, null, null, null], []],
    [null, null, null, null, null],
  ],
  malformed: [
    '{"list":[1,}',
    '{"list" 1}',
    '{list:1}',
    "{'list':1}",
    '{"list":01}',
    '{"list":"\\x"}',
    '{"list":"\u0001"}',
    '{"a":1,}',
    '[7]',
  ],
  skipping: { 'ignore-parse-errors': 'true' },
});

formatContract({
  format: json,
  options: { 'timestamp-format.standard': 'ISO-8601', 'encode.ignore-null-fields': 'true', 'encode.decimal-as-plain-number': 'true' },
  fields: [
    field('id', withNullable(INT, false)),
    field('at', timestamp(6)),
    field('instant', timestampLtz(3)),
    field('amount', decimal(10, 2)),
  ],
  rows: [
    [1, 1_700_000_000_123_456, 1_700_000_000_123_000, 10_000],
    [2, null, null, null],
  ],
  malformed: ['{}', '{"id":null}', '{"id":"x"}', '{"at":"2026-01-01T10:00:00"}'],
  skipping: { 'ignore-parse-errors': 'true' },
});

test('json: ISO-8601-WITH-OFFSET reads any offset and writes UTC', () => {
  const options = { 'timestamp-format.standard': 'ISO-8601-WITH-OFFSET' };
  for (const type of [timestamp(3), timestampLtz(3)]) {
    const fields = [field('c', type)];
    const { decoder, encoder } = openFormat({ format: json, fields, options });
    assert.deepEqual(rowsOf(decoder.decode(['{"c":"1970-01-01T02:00:00.5+02:00"}', '{"c":"1970-01-01T00:00:00Z"}']).batch), [
      [500_000],
      [0],
    ]);
    assert.deepEqual(encoder.encode(batchOfRows(fields, [[500_000]])), ['{"c":"1970-01-01T00:00:00.5Z"}']);
  }
});

test('json: what it cannot hold is refused when the table is opened', () => {
  assert.throws(() => openFormat({ format: json, fields: [field('m', mapOf(INT, INT))] }), { code: 'UNSUPPORTED' });
  assert.throws(
    () =>
      openFormat({ format: json, fields: [field('a', INT)], options: { 'fail-on-missing-field': 'true', 'ignore-parse-errors': 'true' } }),
    { code: 'INVALID_OPTION' },
  );
});

test('json: any rows survive encoding and decoding', () => {
  for (const fields of [SCALARS, NESTED]) {
    for (const options of [{}, { 'encode.ignore-null-fields': 'true', 'timestamp-format.standard': 'ISO-8601' }]) {
      const { encoder, decoder } = openFormat({ format: json, fields, options });
      fc.assert(
        fc.property(arbitraryRows(fields), rows => {
          const records = encoder.encode(batchOfRows(fields, rows));
          for (const record of records) JSON.parse(record);
          assert.deepEqual(rowsOf(decoder.decode(records).batch), rows);
        }),
        { numRuns: 60 },
      );
    }
  }
});
