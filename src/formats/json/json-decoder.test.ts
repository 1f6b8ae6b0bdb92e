import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
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
  NULL,
  STRING,
  timestamp,
  timestampLtz,
  withNullable,
  type DataType,
  type Field,
} from '../../spec/data-type.js';
import { rowsOf } from '../../testing/batch-rows.js';
import { openFormat } from '../../testing/format-contract.js';
import { json } from './json-format.js';
import { quickReader } from './quick-value.js';
import { rawReader, type ReadRules } from './raw-value.js';
import { field, mapOf, NESTED, row, SCALARS, SMALLINT, TIME, TINYINT } from './json-tables.test.fixture.js';

/** What a column of this type reads from the value of its member; the error's message where it cannot. */
function readOne(type: DataType, member: string, options: Readonly<Record<string, string>> = {}): Value | string {
  return readRecord([field('c', type)], `{"c":${member}}`, options)[0]!;
}

function readRecord(fields: readonly Field[], record: string, options: Readonly<Record<string, string>> = {}): (Value | string)[] {
  const { decoder } = openFormat({ format: json, fields, options });
  try {
    return rowsOf(decoder.decode([record]).batch)[0] ?? ['no row'];
  } catch (thrown) {
    assert.ok(MillraceError.is(thrown));
    return [`error: ${thrown.message}`];
  }
}

const READ: readonly (readonly [DataType, string, Value])[] = [
  [INT, '"12"', 12],
  [INT, '" 12 "', 12],
  [INT, '12.0', 12],
  [INT, '1.2e1', 12],
  [INT, '-0', 0],
  [BIGINT, '9007199254740993', 9_007_199_254_740_993n],
  [BIGINT, '-9223372036854775808', -9_223_372_036_854_775_808n],
  [BIGINT, '"9223372036854775807"', 9_223_372_036_854_775_807n],
  [BIGINT, '9.2e18', 9_200_000_000_000_000_000n],
  [BIGINT, '0.0', 0],
  [DOUBLE, '"1.5"', 1.5],
  [DOUBLE, '"NaN"', NaN],
  [DOUBLE, '"-Infinity"', -Infinity],
  [DOUBLE, '1e400', Infinity],
  [FLOAT, '0.1', 0.10000000149011612],
  [BOOLEAN, '"TRUE"', true],
  [BOOLEAN, '" false "', false],
  [STRING, '12', '12'],
  [STRING, '1.10', '1.10'],
  [STRING, '12345678901234567890', '12345678901234567890'],
  [STRING, 'true', 'true'],
  [STRING, '{ "b" : 1.0, "2": [ 1, "x y" ], "1": "\\"" }', '{"b":1.0,"2":[1,"x y"],"1":"\\""}'],
  [STRING, '[ ]', '[]'],
  [decimal(10, 2), '1.005', 101],
  [decimal(10, 2), '-1.005', -101],
  [decimal(10, 2), '"12.5"', 1_250],
  [decimal(10, 2), '0.12499999999999999999', 12],
  [decimal(3, 0), '2.5', 3],
  [decimal(38, 2), '123456789012345678901234567890123456.78', 12_345_678_901_234_567_890_123_456_789_012_345_678n],
  [decimal(20, 20), '0.1', 10_000_000_000_000_000_000n],
  [decimal(10, 2), '1e2', 10_000],
  [DATE, '"1969-12-31"', -1],
  [TIME, '"10:00:00.1239"', 36_000_123_000],
  [timestamp(3), '"1970-01-01 00:00:01.2345"', 1_234_000],
  [timestampLtz(3), '"1970-01-01 00:00:01.2Z"', 1_200_000],
  [BYTES, '"AP8="', new Uint8Array([0, 255])],
  [
    mapOf(STRING, STRING),
    '{"__proto__":"a","b":2.0}',
    new Map([
      ['__proto__', 'a'],
      ['b', '2.0'],
    ]),
  ],
  [{ kind: 'MULTISET', element: STRING, nullable: true }, '{"a":2,"b":1,"c":0}', ['a', 'a', 'b']],
  [row(field('__proto__', INT), field('constructor', INT)), '{"__proto__":1}', [1, null]],
  [NULL, '17', null],
];

for (const [type, member, value] of READ) {
  test(`json: ${type.kind} reads ${member}`, () => assert.deepEqual(readOne(type, member), value));
}

const REFUSED: readonly (readonly [type: DataType, member: string, message: RegExp, lenient?: Value])[] = [
  [INT, '1.5', /"c" is 1\.5, which is no INT/],
  [INT, '2147483648', /2147483648, which is no INT/],
  [INT, '"12.0"', /no INT/],
  [INT, 'true', /no INT/],
  [INT, '[1]', /no INT/],
  [TINYINT, '128', /no TINYINT/],
  [SMALLINT, '-32769', /no SMALLINT/],
  [BIGINT, '9223372036854775808', /no BIGINT/],
  [BIGINT, '1e400', /no BIGINT/],
  [BIGINT, '9007199254740993.5', /no BIGINT/],
  [DOUBLE, '"one"', /no DOUBLE/],
  [DOUBLE, '{}', /no DOUBLE/],
  [BOOLEAN, '1', /no BOOLEAN/],
  [BOOLEAN, '"yes"', /no BOOLEAN/],
  [decimal(4, 2), '100', /no DECIMAL\(4, 2\)/],
  [decimal(4, 2), '"x"', /no DECIMAL/],
  [DATE, '"2026-02-30"', /no DATE/],
  [timestamp(3), '"2026-01-01T10:00:00"', /no TIMESTAMP\(3\)/],
  [timestamp(3), '"2026-01-01"', /no TIMESTAMP/],
  [timestamp(3), '1700000000000', /no TIMESTAMP/],
  [timestampLtz(3), '"2026-01-01 10:00:00"', /no TIMESTAMP_LTZ/],
  [BYTES, '"A"', /no BYTES/],
  [BYTES, '7', /no BYTES/],
  [arrayOf(INT), '{}', /no ARRAY<INT>/],
  [arrayOf(INT), '[1,"x"]', /"c" is "x", which is no INT/, [1, null]],
  [mapOf(STRING, INT), '[]', /no MAP/],
  [row(field('a', withNullable(INT, false))), '{}', /"c\.a" is missing, and it is NOT NULL/],
  [row(field('a', INT)), '[]', /no ROW/],
  [{ kind: 'MULTISET', element: STRING, nullable: true }, '{"a":-1}', /no MULTISET/],
];

for (const [type, member, message, lenient = null] of REFUSED) {
  test(`json: ${type.kind} refuses ${member}, and is NULL where errors are ignored`, () => {
    assert.match(String(readOne(type, member)), message);
    assert.deepEqual(readOne(type, member, { 'ignore-parse-errors': 'true' }), lenient);
  });
}

test('json: a missing member is NULL, or an error where that is asked for', () => {
  const fields = [field('a', INT), field('toString', STRING)];
  assert.deepEqual(readRecord(fields, '{"b":1}'), [null, null]);
  assert.deepEqual(readRecord(fields, '{"b":1}', { 'fail-on-missing-field': 'true' }), ['error: column "a" is missing: {"b":1}']);
  assert.deepEqual(readRecord(fields, '{"a":null,"toString":null}', { 'fail-on-missing-field': 'true' }), [null, null]);
});

test('json: of members with the same name the last one counts, exact or not', () => {
  assert.deepEqual(readRecord([field('a', BIGINT)], '{"a":1,"a":9007199254740993}'), [9_007_199_254_740_993n]);
  assert.deepEqual(readRecord([field('a', BIGINT)], '{"a":9007199254740993,"a":1}'), [1]);
});

test('json: an array of objects is a row for each, and null is none', () => {
  const fields = [field('a', INT)];
  const { decoder } = openFormat({ format: json, fields });
  const { batch, skipped } = decoder.decode(['{"a":1}', '[{"a":2}, {"a":3}]', 'null', '[]', '[null]', '{"a":4}']);
  assert.deepEqual(rowsOf(batch), [[1], [2], [3], [4]]);
  assert.equal(skipped, 0);
});

test('json: a skipped record leaves no trace in the row that takes its place', () => {
  const fields = [field('a', STRING), field('b', INT), field('flag', BOOLEAN), field('id', withNullable(INT, false))];
  const { decoder } = openFormat({ format: json, fields, options: { 'ignore-parse-errors': 'true' } });
  const { batch, skipped } = decoder.decode([
    '{"flag":true}',
    '{"a":"x","b":5,"flag":false,"id":1}',
    '{"a":"y","flag":true,"id":"?"}',
    '{"id":2}',
  ]);
  assert.deepEqual(rowsOf(batch), [
    ['x', 5, false, 1],
    [null, null, null, 2],
  ]);
  assert.equal(skipped, 2);
});

test('json: messages say what is wrong, where, and show the text around it', () => {
  const fields = [field('id', withNullable(BIGINT, false)), field('at', timestamp(3))];
  assert.deepEqual(readRecord(fields, '{"id": 1, "at" "x"}'), [
    'error: the record is not JSON: expected ":" at character 16, found "\\"": {"id": 1, "at" "x"}',
  ]);
  assert.deepEqual(readRecord(fields, '{"id":1'), [
    'error: the record is not JSON: expected "," or "}" at character 8, the record ends: {"id":1',
  ]);
  assert.deepEqual(readRecord(fields, '7'), ['error: the record is not a JSON object: 7']);
  assert.deepEqual(readRecord(fields, '{"id":null}'), ['error: column "id" is null, and it is NOT NULL: {"id":null}']);
  const long = `{"pad":"${'x'.repeat(500)}","id":"seven","more":"${'y'.repeat(500)}"}`;
  const [message] = readRecord(fields, long) as [string];
  const shown = message.slice(message.lastIndexOf(': ') + 2);
  assert.ok(shown.length <= 80 && shown.includes('"seven"') && shown.startsWith('…') && shown.endsWith('…'), message);
});

test('json: a timestamp in another style names the option', () => {
  const { decoder } = openFormat({ format: json, fields: [field('at', timestampLtz(3))] });
  const noteFor = (text: string): string => {
    try {
      decoder.decode([`{"at":${text}}`]);
    } catch (thrown) {
      return (thrown as MillraceError).notes[0]!.message;
    }
    return assert.fail('the text was read');
  };
  assert.match(noteFor('"2026-01-01T10:00:00Z"'), /'json.timestamp-format.standard' = 'ISO-8601'/);
  assert.match(noteFor('"2026-01-01T10:00:00+02:00"'), /'ISO-8601-WITH-OFFSET'/);
  assert.match(noteFor('1700000000000'), /BIGINT/);
});

test('json: the quick ways read what the exact way reads', () => {
  const types = SCALARS.map(({ type }) => type).concat(
    NESTED.map(({ type }) => type),
    arrayOf(decimal(5, 1)),
    mapOf(STRING, STRING),
  );
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer().map(String),
    fc
      .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: 0, max: 9_999_999 }))
      .map(([whole, fraction]) => `${whole}.${fraction}`),
    fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map(String),
  );
  const member = fc.oneof(
    number,
    fc.json({ maxDepth: 2 }),
    number.map(text => `[${text},null,"${text}"]`),
    number.map(text => `{"a":${text}}`),
  );
  const rules: ReadRules = { missing: 'null', badValue: 'error', timestamps: 'sql' };
  const exactly = (type: DataType, text: string): Value | undefined => {
    try {
      return rawReader(field('c', type), rules)(text);
    } catch {
      return undefined;
    }
  };
  fc.assert(
    fc.property(fc.constantFrom(...types), member, (type, text) => {
      const exact = exactly(type, text);
      const read = readOne(type, text);
      if (exact === undefined) assert.match(String(read), /^error: /);
      else assert.deepEqual(read, exact);
      const quick = quickReader(type, rules)(JSON.parse(text));
      if (quick !== undefined) assert.deepEqual(quick, exact);
    }),
    { numRuns: 2_000 },
  );
});
