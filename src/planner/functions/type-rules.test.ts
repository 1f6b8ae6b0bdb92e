import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  DATE,
  decimal,
  DOUBLE,
  FLOAT,
  formatType,
  INT,
  NULL,
  STRING,
  timestamp,
  timestampLtz,
  withNullable,
  type DataType,
} from '../../spec/data-type.js';
import { productType, quotientType, remainderType, roundType, sumType } from './decimal-types.js';
import { comparable, explicitCast, implicitCast, leastRestrictive, type DecimalType } from './type-rules.js';

const TINYINT: DataType = { kind: 'TINYINT', nullable: true };
const char = (length: number): DataType => ({ kind: 'CHAR', length, nullable: true });
const varchar = (length: number): DataType => ({ kind: 'VARCHAR', length, nullable: true });
const notNull = (type: DataType): DataType => withNullable(type, false);
const row = (...types: DataType[]): DataType => ({
  kind: 'ROW',
  fields: types.map((type, i) => ({ name: `f${i}`, type })),
  nullable: true,
});

function common(...types: DataType[]): string | undefined {
  const type = leastRestrictive(types);
  return type && formatType(type);
}

test('the common type is wide enough for all', () => {
  const cases: [DataType[], string | undefined][] = [
    [[INT, BIGINT, decimal(2, 2)], 'DECIMAL(21, 2)'],
    [[TINYINT, INT], 'INT'],
    [[INT, FLOAT], 'FLOAT'],
    [[FLOAT, decimal(5, 2)], 'DOUBLE'],
    [[FLOAT, DOUBLE], 'DOUBLE'],
    [[decimal(10, 0), decimal(5, 5)], 'DECIMAL(15, 5)'],
    [[decimal(38, 0), decimal(38, 38)], 'DECIMAL(38, 0)'],
    [[char(3), char(3)], 'CHAR(3)'],
    [[char(3), char(5)], 'VARCHAR(5)'],
    [[varchar(3), char(5)], 'VARCHAR(5)'],
    [[char(1), STRING], 'STRING'],
    [[timestamp(3), timestamp(6)], 'TIMESTAMP(6)'],
    [[timestamp(3), timestampLtz(0)], 'TIMESTAMP_LTZ(3)'],
    [[DATE, timestamp(3)], 'TIMESTAMP(3)'],
    [[arrayOf(INT), arrayOf(BIGINT)], 'ARRAY<BIGINT>'],
    [[row(INT, char(1)), row(DOUBLE, char(2))], 'ROW<`f0` DOUBLE, `f1` VARCHAR(2)>'],
    [[NULL, INT], 'INT'],
    [[NULL, NULL], 'NULL'],
    [[BOOLEAN, BOOLEAN], 'BOOLEAN'],
    [[INT, STRING], undefined],
    [[BOOLEAN, INT], undefined],
    [[arrayOf(INT), INT], undefined],
    [[row(INT), row(INT, INT)], undefined],
    [[], undefined],
  ];
  for (const [types, expected] of cases) assert.equal(common(...types), expected);
});

test('the common type takes NULL where one of them does', () => {
  assert.equal(common(notNull(INT), notNull(BIGINT)), 'BIGINT NOT NULL');
  assert.equal(common(notNull(INT), BIGINT), 'BIGINT');
  assert.equal(common(notNull(INT), NULL), 'INT');
});

test('only widening casts are implicit', () => {
  const allowed: [DataType, DataType][] = [
    [TINYINT, INT],
    [INT, DOUBLE],
    [BIGINT, FLOAT],
    [INT, decimal(5, 2)],
    [DOUBLE, decimal(5, 2)],
    [char(5), varchar(3)],
    [timestamp(3), timestampLtz(3)],
    [notNull(INT), INT],
    [arrayOf(INT), arrayOf(BIGINT)],
    [NULL, INT],
  ];
  const refused: [DataType, DataType][] = [
    [BIGINT, INT],
    [DOUBLE, FLOAT],
    [INT, STRING],
    [STRING, INT],
    [STRING, char(3)],
    [INT, notNull(INT)],
    [BOOLEAN, INT],
    [arrayOf(BIGINT), arrayOf(INT)],
    [arrayOf(INT), arrayOf(notNull(INT))],
    [DATE, timestamp(3)],
  ];
  for (const [from, to] of allowed) assert.equal(implicitCast(from, to), true, `${formatType(from)} to ${formatType(to)}`);
  for (const [from, to] of refused) assert.equal(implicitCast(from, to), false, `${formatType(from)} to ${formatType(to)}`);
});

test('explicit casts include the implicit ones', () => {
  const types = [
    TINYINT,
    INT,
    BIGINT,
    FLOAT,
    DOUBLE,
    decimal(5, 2),
    BOOLEAN,
    char(3),
    STRING,
    DATE,
    timestamp(3),
    timestampLtz(3),
    arrayOf(INT),
    row(INT),
    NULL,
  ];
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.constantFrom(...types), (from, to) => !implicitCast(from, to) || explicitCast(from, to)),
  );
  assert.equal(explicitCast(INT, notNull(TINYINT)), true);
  assert.equal(explicitCast(INT, timestamp(3)), false);
  assert.equal(explicitCast(decimal(3, 1), BOOLEAN), false);
});

test('numbers, texts and times compare among themselves, and times with texts', () => {
  assert.equal(comparable(INT, decimal(5, 2)), true);
  assert.equal(comparable(char(1), STRING), true);
  assert.equal(comparable(DATE, STRING), true);
  assert.equal(comparable(INT, STRING), false);
  assert.equal(comparable(BOOLEAN, INT), false);
  assert.equal(comparable(arrayOf(INT), arrayOf(DOUBLE)), true);
});

test('decimal results have the precision and scale of T-SQL', () => {
  const d = (precision: number, scale: number): DecimalType => decimal(precision, scale) as DecimalType;
  const cases: [ReturnType<typeof sumType>, string, boolean][] = [
    [sumType(d(10, 2), d(5, 4)), 'DECIMAL(13, 4)', true],
    [sumType(d(38, 10), d(38, 28)), 'DECIMAL(38, 9)', false],
    [productType(d(5, 2), d(5, 3)), 'DECIMAL(11, 5)', true],
    [productType(d(30, 6), d(30, 6)), 'DECIMAL(38, 6)', false],
    [productType(d(30, 20), d(30, 20)), 'DECIMAL(38, 17)', false],
    [quotientType(d(2, 1), d(2, 1)), 'DECIMAL(8, 6)', true],
    [quotientType(d(30, 0), d(30, 0)), 'DECIMAL(38, 8)', false],
    [remainderType(d(10, 4), d(5, 2)), 'DECIMAL(7, 4)', true],
  ];
  for (const [{ type, exact }, text, isExact] of cases) {
    assert.equal(formatType(type), text);
    assert.equal(exact, isExact, text);
  }
  assert.equal(formatType(roundType(d(6, 3), 1)), 'DECIMAL(5, 1)');
  assert.equal(formatType(roundType(d(6, 3), 5)), 'DECIMAL(6, 3)');
  assert.equal(formatType(roundType(d(38, 0), -2)), 'DECIMAL(38, 0)');
});
