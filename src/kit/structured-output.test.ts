import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../spec/batch.js';
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
} from '../spec/data-type.js';
import { createStructuredOutput } from './structured-output.js';

const TINYINT: DataType = { kind: 'TINYINT', nullable: true };
const COUNTS: DataType = { kind: 'MAP', key: STRING, value: BIGINT, nullable: true };
const ITEM: DataType = {
  kind: 'ROW',
  fields: [
    { name: 'name', type: withNullable(STRING, false) },
    { name: 'price', type: decimal(10, 2) },
  ],
  nullable: true,
};

function output(type: DataType) {
  return createStructuredOutput([{ name: 'v', type }]);
}

function read(type: DataType, json: string): Value {
  return output(type).read(`{"v":${json}}`)[0]!;
}

test('the schema is strict: every property required, none besides, NULL by a union', () => {
  const { schema } = createStructuredOutput([
    { name: 'label', type: withNullable(STRING, false) },
    { name: 'items', type: arrayOf(ITEM) },
    { name: 'counts', type: COUNTS },
  ]);
  assert.deepEqual(schema, {
    type: 'object',
    properties: {
      label: { type: 'string' },
      items: {
        type: ['array', 'null'],
        items: {
          type: ['object', 'null'],
          properties: { name: { type: 'string' }, price: { type: ['number', 'null'] } },
          required: ['name', 'price'],
          additionalProperties: false,
        },
      },
      counts: {
        type: ['array', 'null'],
        items: {
          type: 'object',
          properties: { key: { type: 'string' }, value: { type: ['integer', 'null'] } },
          required: ['key', 'value'],
          additionalProperties: false,
        },
      },
    },
    required: ['label', 'items', 'counts'],
    additionalProperties: false,
  });
  assert.throws(() => output({ kind: 'INTERVAL_DAY_TIME', nullable: true }), { code: 'MODEL_SCHEMA' });
});

test('values are read by their types', () => {
  const values: readonly (readonly [DataType, string, Value])[] = [
    [STRING, '"a"', 'a'],
    [STRING, '12.50', '12.50'],
    [STRING, 'null', null],
    [BOOLEAN, 'true', true],
    [BOOLEAN, '"False"', false],
    [INT, '-5', -5],
    [INT, '5.0', 5],
    [INT, '"7"', 7],
    [BIGINT, '9223372036854775807', 9_223_372_036_854_775_807n],
    [BIGINT, '1e3', 1_000],
    [DOUBLE, '0.1', 0.1],
    [DOUBLE, '"0.93"', 0.93],
    [FLOAT, '0.1', Math.fround(0.1)],
    [decimal(38, 2), '123456789012345678901234.565', 12_345_678_901_234_567_890_123_457n],
    [BYTES, '"AQID"', Uint8Array.of(1, 2, 3)],
    [DATE, '"2026-01-01"', 20_454],
    [timestamp(3), '"2026-01-01 00:00:00.1239"', 1_767_225_600_123_000],
    [timestampLtz(0), '"2026-01-01T01:00:00+01:00"', 1_767_225_600_000_000],
    [arrayOf(INT), '[1,null]', [1, null]],
    [COUNTS, '{"a":1}', new Map<Value, Value>([['a', 1]])],
    [COUNTS, '[{"key":"a","value":9007199254740993}]', new Map<Value, Value>([['a', 9_007_199_254_740_993n]])],
    [ITEM, '{"name":"x","price":1.5,"more":true}', ['x', 150]],
  ];
  for (const [type, json, value] of values) assert.deepEqual(read(type, json), value, json);
});

test('what does not fit is a bad answer that says where and why', () => {
  const cases: readonly (readonly [DataType, string, RegExp])[] = [
    [INT, '1.5', /"v" should be INT, but is 1\.5$/],
    [INT, '2147483648', /"v" should be INT/],
    [TINYINT, '128', /"v" should be TINYINT/],
    [INT, 'true', /"v" should be INT, but is true$/],
    [BIGINT, '9223372036854775808', /"v" should be BIGINT, but is 9223372036854775808$/],
    [DOUBLE, '"high"', /"v" should be DOUBLE, but is "high"$/],
    [DOUBLE, '""', /"v" should be DOUBLE/],
    [decimal(4, 2), '100', /"v" should be DECIMAL\(4, 2\)/],
    [BOOLEAN, '"maybe"', /"v" should be BOOLEAN/],
    [STRING, '{"a":1}', /"v" should be STRING/],
    [{ kind: 'VARCHAR', length: 3, nullable: true }, '"four"', /"v" should be VARCHAR\(3\), but is "four"$/],
    [DATE, '"tomorrow"', /"v" should be DATE/],
    [arrayOf(INT), '[1,"x"]', /"v\[1\]" should be INT, but is "x"$/],
    [arrayOf(INT), '5', /"v" should be ARRAY<INT>/],
    [ITEM, '{"price":1}', /"v\.name" is missing, and STRING NOT NULL was asked for$/],
    [withNullable(STRING, false), 'null', /"v" is null/],
    [COUNTS, '[{"key":null,"value":1}]', /"v\[0\]\.key" is null/],
  ];
  for (const [type, json, message] of cases) {
    assert.throws(() => read(type, json), { code: 'BAD_ANSWER', message, retry: 'backoff' }, json);
  }
  for (const reply of ['', 'Sure! Here it is.', '{"v":', '[]', '5'])
    assert.throws(() => output(INT).read(reply), { code: 'BAD_ANSWER' }, reply);
});

test('a missing nullable member is NULL, and an answer in a code block is read', () => {
  assert.deepEqual(output(INT).read('{}'), [null]);
  assert.deepEqual(output(INT).read('```json\n{"v": 1}\n```'), [1]);
  assert.deepEqual(output(INT).read('```\n{"v": 2}\n```\n'), [2]);
});
