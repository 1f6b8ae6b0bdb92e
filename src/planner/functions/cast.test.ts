import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MillraceError } from '../../common/error.js';
import { toLong, type Long } from '../../common/long.js';
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
  formatType,
  INT,
  STRING,
  timestamp,
  timestampLtz,
  withNullable,
  type DataType,
} from '../../spec/data-type.js';
import { resolveCast } from './cast.js';
import { evaluatorFunction } from './conversion.js';
import { fixedEnvironment } from './evaluate-sql.test.fixture.js';

const TINYINT: DataType = { kind: 'TINYINT', nullable: true };
const SMALLINT: DataType = { kind: 'SMALLINT', nullable: true };
const TIME: DataType = { kind: 'TIME', precision: 0, nullable: true };
const char = (length: number): DataType => ({ kind: 'CHAR', length, nullable: true });
const varchar = (length: number): DataType => ({ kind: 'VARCHAR', length, nullable: true });
const mapOf = (key: DataType, value: DataType): DataType => ({ kind: 'MAP', key, value, nullable: true });
const rowOf = (...types: DataType[]): DataType => ({
  kind: 'ROW',
  fields: types.map((type, i) => ({ name: `f${i}`, type })),
  nullable: true,
});

function cast(value: Value, from: DataType, to: DataType, mode: 'cast' | 'try' = 'cast', timeZone = 'UTC'): Value {
  const resolution = resolveCast({ from, to, safe: mode === 'try' });
  return evaluatorFunction(resolution.evaluator, 1, fixedEnvironment(timeZone))(value);
}

test('numbers are cast as by Java, and to DECIMAL as by Flink', () => {
  const cases: [Value, DataType, DataType, Value][] = [
    [9_123_870, decimal(10, 3), TINYINT, -93],
    [91_235_870, decimal(10, 3), SMALLINT, 25_699],
    [3_276_913_443_134_870, decimal(20, 3), INT, -146_603_714],
    [3_276_913_443_134_870, decimal(20, 3), BIGINT, 3_276_913_443_134],
    [-9_870, decimal(4, 3), INT, -9],
    [12_345, SMALLINT, TINYINT, 57],
    [1_234_567, INT, TINYINT, -121],
    [1_234_567, INT, SMALLINT, -10_617],
    [12_345_678_901, BIGINT, INT, -539_222_987],
    [9_223_372_036_854_775_807n, BIGINT, INT, -1],
    [123.9, DOUBLE, INT, 123],
    [-123.9, DOUBLE, BIGINT, -123],
    [9_234_567_891.12345, DOUBLE, INT, 2_147_483_647],
    [-1e300, DOUBLE, BIGINT, -9_223_372_036_854_775_808n],
    [1e300, DOUBLE, BIGINT, 9_223_372_036_854_775_807n],
    [2 ** 60, DOUBLE, BIGINT, 2n ** 60n],
    [NaN, DOUBLE, INT, 0],
    [NaN, DOUBLE, BIGINT, 0],
    [-0.5, DOUBLE, BIGINT, 0],
    [123_456.78, DOUBLE, SMALLINT, -7_616],
    [1.1, DOUBLE, FLOAT, Math.fround(1.1)],
    [9_223_372_036_854_775_807n, BIGINT, DOUBLE, 9_223_372_036_854_776_000],
    [16_777_217, INT, FLOAT, 16_777_216],
    [123_456_789_123_456_789_123_456_789n, decimal(30, 20), DOUBLE, 1_234_567.8912345679],
    [8, BIGINT, decimal(5, 3), 8_000],
    [12_345, INT, decimal(8, 4), null],
    [12_345.678_912, DOUBLE, decimal(8, 4), null],
    [3.123_456, DOUBLE, decimal(8, 4), 31_235],
    [Math.fround(-12.345), FLOAT, decimal(5, 3), -12_345],
    [1_234_561_234, decimal(10, 8), decimal(8, 4), 123_456],
    [99_995, decimal(5, 3), decimal(4, 2), null],
    [1, decimal(4, 3), decimal(10, 6), 1_000],
    [true, BOOLEAN, INT, 1],
    [true, BOOLEAN, decimal(5, 3), 1_000],
    [false, BOOLEAN, DOUBLE, 0],
    [0, INT, BOOLEAN, false],
    [2n ** 60n, BIGINT, BOOLEAN, true],
  ];
  for (const [value, from, to, result] of cases)
    assert.deepEqual(cast(value, from, to), result, `${String(value as Long)} from ${formatType(from)} to ${formatType(to)}`);
});

test('narrowing keeps the lowest bits', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), value => {
      for (const [type, bits] of [
        [TINYINT, 8],
        [SMALLINT, 16],
        [INT, 32],
      ] as const)
        assert.equal(cast(toLong(value), BIGINT, type), Number(BigInt.asIntN(bits, value)));
    }),
  );
});

test('a DECIMAL keeps its number through a wider one and back', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 20n) + 1n, 10n ** 20n - 1n), value => {
      const wide = cast(toLong(value), decimal(20, 5), decimal(38, 15)) as Long;
      assert.equal(BigInt(wide), value * 10n ** 10n);
      assert.equal(cast(wide, decimal(38, 15), decimal(20, 5)), toLong(value));
    }),
  );
});

test('strings are cut and padded', () => {
  const cases: [Value, DataType, DataType, Value][] = [
    ['abcdef', STRING, char(3), 'abc'],
    ['foo', char(3), char(5), 'foo  '],
    ['foo ', char(4), varchar(3), 'foo'],
    [18_894, DATE, char(3), '202'],
    [true, BOOLEAN, varchar(2), 'TR'],
    [42, INT, STRING, '42'],
    [1, DOUBLE, STRING, '1.0'],
    [1_000, decimal(10, 3), STRING, '1.000'],
    [Uint8Array.of(102, 111, 111), BYTES, STRING, 'foo'],
    [Uint8Array.of(1, 2, 3), BYTES, { kind: 'BINARY', length: 2, nullable: true }, Uint8Array.of(1, 2)],
    [Uint8Array.of(1), BYTES, { kind: 'BINARY', length: 2, nullable: true }, Uint8Array.of(1, 0)],
    [[1, null], arrayOf(INT), STRING, '[1, NULL]'],
  ];
  for (const [value, from, to, result] of cases) assert.deepEqual(cast(value, from, to), result);
});

test('a text that is no value fails CAST and is NULL for TRY_CAST', () => {
  const cases: [string, DataType, string][] = [
    ['foo', INT, '"foo" is not a value of type INT'],
    ['12345.6789', decimal(8, 4), '"12345.6789" is not a value of type DECIMAL(8, 4)'],
    ['2021/09/27', DATE, '"2021/09/27" is not a value of type DATE'],
    ['x'.repeat(100), TINYINT, `"${'x'.repeat(60)}…" is not a value of type TINYINT`],
  ];
  for (const [text, to, message] of cases) {
    assert.throws(
      () => cast(text, STRING, to),
      (thrown: MillraceError) => thrown.code === 'INVALID_VALUE' && thrown.message === message,
    );
    assert.equal(cast(text, STRING, to, 'try'), null);
  }
  assert.equal(cast('42', STRING, INT, 'try'), 42);
});

test('times lose what the type does not hold', () => {
  const instant = Date.UTC(2021, 8, 24, 12, 34, 56, 123) * 1_000 + 456;
  const day = Date.UTC(2021, 8, 24) * 1_000;
  const cases: [Value, DataType, DataType, Value][] = [
    [instant, timestamp(6), timestamp(3), instant - 456],
    [instant, timestamp(3), timestamp(6), instant],
    [instant, timestamp(6), DATE, day / 86_400_000_000],
    [-1, timestamp(6), DATE, -1],
    [instant, timestamp(6), TIME, 45_296_000_000],
    [day / 86_400_000_000, DATE, timestamp(3), day],
    [45_296_000_000, TIME, timestamp(3), 45_296_000_000],
  ];
  for (const [value, from, to, result] of cases) assert.equal(cast(value, from, to), result);
  const tokyo = 9 * 3_600_000_000;
  assert.equal(cast(instant, timestampLtz(6), timestamp(3), 'cast', 'Asia/Tokyo'), instant - 456 + tokyo);
  assert.equal(cast(instant, timestamp(6), timestampLtz(6), 'cast', 'Asia/Tokyo'), instant - tokyo);
  assert.equal(cast(day / 86_400_000_000, DATE, timestampLtz(3), 'cast', 'Asia/Tokyo'), day - tokyo);
  assert.equal(cast(day + 20 * 3_600_000_000, timestampLtz(3), DATE, 'cast', 'Asia/Tokyo'), day / 86_400_000_000 + 1);
});

test('collections are cast element by element, and NULLs stay', () => {
  assert.deepEqual(cast(['1', null, '2'], arrayOf(STRING), arrayOf(INT)), [1, null, 2]);
  assert.deepEqual(cast(new Map([[1, 2]]), mapOf(INT, INT), mapOf(STRING, STRING)), new Map([['1', '2']]));
  assert.deepEqual(cast([10, ['7', 'x']], rowOf(INT, rowOf(STRING, STRING)), rowOf(STRING, rowOf(BIGINT, char(2)))), ['10', [7, 'x ']]);
  assert.throws(() => cast(['x'], arrayOf(STRING), arrayOf(INT)), /"\[x\]" is not a value of type ARRAY<INT>/);
  assert.equal(cast(['x'], arrayOf(STRING), arrayOf(INT), 'try'), null);
});

test('a cast that changes nothing is the value itself', () => {
  for (const [from, to] of [
    [INT, BIGINT],
    [INT, DOUBLE],
    [FLOAT, DOUBLE],
    [char(3), STRING],
    [timestamp(3), timestamp(6)],
    [arrayOf(INT), arrayOf(BIGINT)],
  ] as const) {
    const { evaluator } = resolveCast({ from, to, safe: false });
    assert.equal(evaluator.kind === 'inline' && evaluator.code(['x']), 'x', formatType(to));
  }
});

test('the type says where NULL can come from', () => {
  const notNull = (type: DataType): DataType => withNullable(type, false);
  const nullableAfter = (from: DataType, to: DataType, safe: boolean): boolean => resolveCast({ from, to, safe }).type.nullable;
  assert.equal(nullableAfter(notNull(INT), notNull(BIGINT), false), false);
  assert.equal(nullableAfter(INT, notNull(BIGINT), false), true);
  assert.equal(nullableAfter(notNull(STRING), notNull(INT), false), false);
  assert.equal(nullableAfter(notNull(STRING), notNull(INT), true), true);
  assert.equal(nullableAfter(notNull(INT), notNull(decimal(12, 2)), false), false);
  assert.equal(nullableAfter(notNull(INT), notNull(decimal(10, 2)), false), true);
});

test('casts that are not defined are refused', () => {
  for (const [from, to] of [
    [INT, DATE],
    [BIGINT, timestamp(3)],
    [timestamp(3), BIGINT],
    [BOOLEAN, DATE],
    [DATE, TIME],
    [arrayOf(INT), INT],
    [mapOf(INT, INT), arrayOf(INT)],
    [DOUBLE, BYTES],
  ] as const) {
    assert.throws(
      () => resolveCast({ from, to, safe: true }),
      (thrown: MillraceError) => thrown.code === 'INVALID_CAST',
      `${formatType(from)} to ${formatType(to)}`,
    );
  }
});
