import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatType } from '../../spec/data-type.js';
import { Planner } from '../plan-sql.test.fixture.js';

const planner = new Planner();

function bound(sql: string): [unknown, string] {
  const expression = planner.expression(sql);
  assert.ok(expression.kind === 'literal', `${sql} is a ${expression.kind}`);
  return [expression.value, formatType(expression.type)];
}

for (const [sql, value, type] of [
  ['0', 0, 'INT NOT NULL'],
  ['2147483647', 2_147_483_647, 'INT NOT NULL'],
  ['-2147483648', -2_147_483_648, 'INT NOT NULL'],
  ['2147483648', 2_147_483_648, 'BIGINT NOT NULL'],
  ['9007199254740993', 9_007_199_254_740_993n, 'BIGINT NOT NULL'],
  ['-9223372036854775808', -(2n ** 63n), 'BIGINT NOT NULL'],
  ['9223372036854775808', 2n ** 63n, 'DECIMAL(19, 0) NOT NULL'],
  ['1.50', 150, 'DECIMAL(3, 2) NOT NULL'],
  ['-0.05', -5, 'DECIMAL(2, 2) NOT NULL'],
  ['.5', 5, 'DECIMAL(1, 1) NOT NULL'],
  ['007', 7, 'INT NOT NULL'],
  ['1e3', 1_000, 'DOUBLE NOT NULL'],
  ['-1.5E-3', -0.0015, 'DOUBLE NOT NULL'],
  ["'abc'", 'abc', 'CHAR(3) NOT NULL'],
  ["''", '', 'STRING NOT NULL'],
  ["'😀'", '😀', 'CHAR(1) NOT NULL'],
  ['TRUE', true, 'BOOLEAN NOT NULL'],
  ['NULL', null, 'NULL'],
  ["DATE '1970-01-02'", 1, 'DATE NOT NULL'],
  ["TIME '00:00:01'", 1_000_000, 'TIME(0) NOT NULL'],
  ["TIMESTAMP '1970-01-01 00:00:00.25'", 250_000, 'TIMESTAMP(2) NOT NULL'],
  ["TIMESTAMP '1970-01-01 00:00:00.1234567'", 123_456, 'TIMESTAMP(6) NOT NULL'],
  ["INTERVAL '10' SECOND", 10_000_000, 'INTERVAL DAY TO SECOND(3) NOT NULL'],
  ["INTERVAL '1.5' SECOND", 1_500_000, 'INTERVAL DAY TO SECOND(3) NOT NULL'],
  ["INTERVAL '-2' MINUTE", -120_000_000, 'INTERVAL DAY TO SECOND(3) NOT NULL'],
  ["INTERVAL -'2' MINUTE", -120_000_000, 'INTERVAL DAY TO SECOND(3) NOT NULL'],
  ["INTERVAL '1 02:03' DAY TO MINUTE", 93_780_000_000, 'INTERVAL DAY TO SECOND(3) NOT NULL'],
  ["INTERVAL '1:30' MINUTE TO SECOND", 90_000_000, 'INTERVAL DAY TO SECOND(3) NOT NULL'],
  ["INTERVAL '2' YEAR", 24, 'INTERVAL YEAR TO MONTH NOT NULL'],
  ["INTERVAL '1-6' YEAR TO MONTH", 18, 'INTERVAL YEAR TO MONTH NOT NULL'],
] as const) {
  test(`${sql} is ${type}`, () => assert.deepEqual(bound(sql), [value, type]));
}

test('bytes are written in hexadecimal', () => {
  assert.deepEqual(bound("X'0aFF'"), [Uint8Array.of(10, 255), 'BINARY(2) NOT NULL']);
});

for (const sql of [
  "X'0'",
  "X'zz'",
  "DATE '2026-02-30'",
  "TIMESTAMP '2026-01-01 25:00:00'",
  "TIME 'noon'",
  "INTERVAL 'x' SECOND",
  "INTERVAL '1:2:3' MINUTE TO SECOND",
  '123456789012345678901234567890123456789',
]) {
  test(`${sql} is no literal, and marked`, () => {
    assert.throws(
      () => planner.expression(`1 + ${sql}`),
      (thrown: { code: string; span: { start: number } }) => {
        assert.equal(thrown.code, 'INVALID_LITERAL');
        assert.equal(thrown.span.start, 4);
        return true;
      },
    );
  });
}
