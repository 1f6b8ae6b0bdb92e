import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrayOf, decimal, timestamp, timestampLtz, withNullable, type DataType } from '../../spec/data-type.js';
import { resolveCast } from './cast.js';
import { evaluateSql } from './evaluate-sql.test.fixture.js';
import { explicitCast, implicitCast } from './type-rules.js';

const simple = (kind: 'BOOLEAN' | 'TINYINT' | 'SMALLINT' | 'INT' | 'BIGINT' | 'FLOAT' | 'DOUBLE' | 'DATE'): DataType => ({
  kind,
  nullable: true,
});
const text = (kind: 'CHAR' | 'VARCHAR' | 'BINARY' | 'VARBINARY'): DataType => ({ kind, length: 10, nullable: true });

const TYPES: Readonly<Record<string, DataType>> = {
  CHAR: text('CHAR'),
  VARCHAR: text('VARCHAR'),
  BINARY: text('BINARY'),
  VARBINARY: text('VARBINARY'),
  BOOLEAN: simple('BOOLEAN'),
  DECIMAL: decimal(10, 2),
  TINYINT: simple('TINYINT'),
  SMALLINT: simple('SMALLINT'),
  INT: simple('INT'),
  BIGINT: simple('BIGINT'),
  FLOAT: simple('FLOAT'),
  DOUBLE: simple('DOUBLE'),
  DATE: simple('DATE'),
  TIME: { kind: 'TIME', precision: 0, nullable: true },
  TIMESTAMP: timestamp(3),
  LTZ: timestampLtz(3),
  MONTHS: { kind: 'INTERVAL_YEAR_MONTH', nullable: true },
  SECONDS: { kind: 'INTERVAL_DAY_TIME', nullable: true },
  ARRAY: arrayOf(simple('INT')),
  MULTISET: { kind: 'MULTISET', element: simple('INT'), nullable: true },
  MAP: { kind: 'MAP', key: simple('INT'), value: simple('INT'), nullable: true },
  ROW: { kind: 'ROW', fields: [{ name: 'a', type: simple('INT') }], nullable: true },
};

/**
 * Flink's table of casts: sources down, targets across in the same order; `i` is implicit and explicit, `e` explicit only.
 *
 * https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/dev/table/types/#casting
 */
const MATRIX = `
  CHAR      i i e e e e e e e e e e e e e e . . . . . .
  VARCHAR   e i e e e e e e e e e e e e e e . . . . . .
  BINARY    e e i i . . . . . . . . . . . . . . . . . .
  VARBINARY e e e i . . . . . . . . . . . . . . . . . .
  BOOLEAN   e e . . i e e e e e e e . . . . . . . . . .
  DECIMAL   e e . . . i e e e e i i . . . . . . . . . .
  TINYINT   e e . . e i i i i i i i . . . . . . . . . .
  SMALLINT  e e . . e i e i i i i i . . . . . . . . . .
  INT       e e . . e i e e i i i i . . . . . . . . . .
  BIGINT    e e . . e i e e e i i i . . . . . . . . . .
  FLOAT     e e . . . i e e e e i i . . . . . . . . . .
  DOUBLE    e e . . . i e e e e e i . . . . . . . . . .
  DATE      e e . . . . . . . . . . i . e e . . . . . .
  TIME      e e . . . . . . . . . . . i e e . . . . . .
  TIMESTAMP e e . . . . . . . . . . i i i i . . . . . .
  LTZ       e e . . . . . . . . . . e e i i . . . . . .
  MONTHS    e e . . . . . . . . . . . . . . i . . . . .
  SECONDS   e e . . . . . . . . . . . . . . . i . . . .
  ARRAY     e e . . . . . . . . . . . . . . . . i . . .
  MULTISET  e e . . . . . . . . . . . . . . . . . i . .
  MAP       e e . . . . . . . . . . . . . . . . . . i .
  ROW       e e . . . . . . . . . . . . . . . . . . . i
`;

test('the table of casts is that of Flink', () => {
  const rows = MATRIX.trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/));
  const names = Object.keys(TYPES);
  assert.deepEqual(
    rows.map(([name]) => name),
    names,
  );
  for (const [source, ...cells] of rows) {
    const from = TYPES[source!]!;
    const actual = names.map(target => {
      const to = TYPES[target]!;
      return implicitCast(from, to) ? 'i' : explicitCast(from, to) ? 'e' : '.';
    });
    assert.equal(actual.join(' '), cells.join(' '), source);
    // Every cast that is allowed has a way to be computed.
    for (const to of Object.values(TYPES)) if (explicitCast(from, to)) resolveCast({ from, to, safe: true });
  }
});

test('no cast goes by itself from nullable into NOT NULL', () => {
  for (const type of Object.values(TYPES)) {
    assert.equal(implicitCast(type, withNullable(type, false)), false);
    assert.equal(implicitCast(withNullable(type, false), type), true);
    assert.equal(explicitCast(type, withNullable(type, false)), true);
  }
});

type Cases = readonly (readonly [sql: string, result: string])[];

function check(name: string, cases: Cases, timeZone = 'UTC'): void {
  test(name, () => {
    for (const [sql, result] of cases) assert.equal(evaluateSql(sql, timeZone), result, sql);
  });
}

check('every type has a text', [
  ["CAST(X'4d696c6c' AS STRING)", 'Mill'],
  ["CAST(X'ff' AS STRING)", '\ufffd'],
  ['CAST(FALSE AS CHAR(7))', 'FALSE  '],
  ['CAST(CAST(-1.50 AS DECIMAL(10, 2)) AS STRING)', '-1.50'],
  ['CAST(CAST(-128 AS TINYINT) AS STRING)', '-128'],
  ["CAST(CAST('-9223372036854775808' AS BIGINT) AS STRING)", '-9223372036854775808'],
  ['CAST(1e-3 AS STRING)', '0.001'],
  ['CAST(1e-4 AS STRING)', '1.0E-4'],
  ["CAST(TIME '23:59:59' AS STRING)", '23:59:59'],
  ["CAST(TIMESTAMP '2026-01-31 10:00:00.120' AS STRING)", '2026-01-31 10:00:00.120'],
  ["CAST(INTERVAL '1-2' YEAR TO MONTH AS STRING)", '+1-02'],
  ["CAST(INTERVAL -'1 02:03:04' DAY TO SECOND AS STRING)", '-1 02:03:04.000'],
  ["CAST(ARRAY['a', CAST(NULL AS STRING)] AS STRING)", '[a, NULL]'],
  ["CAST(MAP['k', ARRAY[1]] AS STRING)", '{k=[1]}'],
  ["CAST(ROW(1, 'x', CAST(NULL AS INT), TRUE) AS STRING)", '(1, x, NULL, TRUE)'],
  ["CAST(ARRAY[ROW(1, ARRAY[DATE '2026-01-31'])] AS STRING)", '[(1, [2026-01-31])]'],
  ['CAST(ARRAY[1, 2] AS VARCHAR(4))', '[1, '],
  ['CAST(NULL AS STRING)', 'NULL'],
]);

check('texts are cut and padded by characters, bytes by bytes', [
  ["CAST('\u{1f600}\u{1f601}\u{1f602}' AS VARCHAR(2))", '\u{1f600}\u{1f601}'],
  ["CAST('\u{1f600}' AS CHAR(3)) || '|'", '\u{1f600}  |'],
  ["CAST('' AS CHAR(2)) || '|'", '  |'],
  ["HEX(CAST(CAST('ä' AS BYTES) AS STRING))", 'C3A4'],
  ["DECODE(CAST('äbc' AS BINARY(3)), 'UTF-8')", 'äb'],
  ["CHAR_LENGTH(CAST(CAST('a' AS BINARY(3)) AS STRING))", '3'],
  ["CAST(CAST(X'0102' AS BINARY(1)) AS VARBINARY(5)) = X'01'", 'TRUE'],
]);

check('texts become values, with spaces round them', [
  ["CAST(' 42 ' AS BIGINT)", '42'],
  ["TRY_CAST('9223372036854775808' AS BIGINT)", 'NULL'],
  ["CAST('-9223372036854775808' AS BIGINT)", '-9223372036854775808'],
  ["TRY_CAST('128' AS TINYINT)", 'NULL'],
  ["CAST('99999999999999999999999999999999999999' AS DECIMAL(38, 0))", '99999999999999999999999999999999999999'],
  ["CAST('0.99999999999999999999999999999999999999' AS DECIMAL(38, 38))", '0.99999999999999999999999999999999999999'],
  ["TRY_CAST('1' AS DECIMAL(38, 38))", 'NULL'],
  ["CAST('1e3' AS DECIMAL(10, 2))", '1000.00'],
  ["CAST('NaN' AS DOUBLE)", 'NaN'],
  ["CAST('-Infinity' AS FLOAT)", '-Infinity'],
  ["CAST('t' AS BOOLEAN)", 'TRUE'],
  ["TRY_CAST('' AS INT)", 'NULL'],
  ["CAST('2026-01-31 12:00:00' AS DATE)", '2026-01-31'],
  ["TRY_CAST('2026-02-29' AS DATE)", 'NULL'],
  ["CAST('2024-02-29' AS DATE)", '2024-02-29'],
  ["CAST('10:11' AS TIME)", '10:11:00'],
]);

check('elements of collections are cast by themselves', [
  ["CAST(ARRAY['1', CAST(NULL AS STRING)] AS ARRAY<INT>)", '[1, NULL]'],
  ["TRY_CAST(ARRAY['1', 'x'] AS ARRAY<INT>)", 'NULL'],
  ["CAST(MAP['1', '2'] AS MAP<INT, DECIMAL(3, 1)>)", '{1=2.0}'],
  ["CAST(ROW('1', ARRAY['2']) AS ROW<a INT, b ARRAY<BIGINT>>)", '(1, [2])'],
  ['CAST(CAST(NULL AS ARRAY<INT>) AS ARRAY<STRING>)', 'NULL'],
  ["CAST(ARRAY[ROW(1, 'abc')] AS ARRAY<ROW<x STRING, y CHAR(2)>>)", '[(1, ab)]'],
]);

check(
  'times go through the zone of the session, where it has gaps and overlaps too',
  [
    ["CAST(TIMESTAMP '2026-01-31 12:00:00' AS TIMESTAMP_LTZ(3))", '2026-01-31 12:00:00.000'],
    ["UNIX_TIMESTAMP(CAST(TIMESTAMP '2026-01-31 12:00:00' AS STRING))", '1769857200'],
    // 02:30 does not exist on that day: it is one hour later.
    ["CAST(TIMESTAMP '2026-03-29 02:30:00' AS TIMESTAMP_LTZ(0))", '2026-03-29 03:30:00'],
    // 02:30 exists twice: the first one is meant.
    ["CAST(TIMESTAMP '2026-10-25 02:30:00' AS TIMESTAMP_LTZ(0)) - INTERVAL '1' HOUR", '2026-10-25 01:30:00'],
    ["CAST(CAST('2026-10-25T01:30:00Z' AS TIMESTAMP_LTZ(0)) AS TIMESTAMP(0))", '2026-10-25 02:30:00'],
    ["CAST(CAST('2026-06-30T22:30:00Z' AS TIMESTAMP_LTZ(0)) AS DATE)", '2026-07-01'],
    ["CAST(CAST('2026-06-30T22:30:00Z' AS TIMESTAMP_LTZ(0)) AS TIME)", '00:30:00'],
    ["CAST(DATE '2026-07-01' AS TIMESTAMP_LTZ(0)) = CAST('2026-06-30T22:00:00Z' AS TIMESTAMP_LTZ(0))", 'TRUE'],
    ["CAST(TIME '10:00:00' AS TIMESTAMP(0))", '1970-01-01 10:00:00'],
    ["CAST(TIMESTAMP '2026-01-31 23:59:59.999' AS TIMESTAMP(0))", '2026-01-31 23:59:59'],
    ["CAST(TIMESTAMP '1969-12-31 23:59:59.999' AS DATE)", '1969-12-31'],
  ],
  'Europe/Berlin',
);
