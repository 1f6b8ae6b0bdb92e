import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BIGINT, decimal, DOUBLE, formatType, INT, STRING, withNullable, type DataType } from '../../spec/data-type.js';
import type { BoundExpression } from '../logical/expression.js';
import { castTo, coerce } from './coerce.js';

function column(type: DataType): BoundExpression {
  return { kind: 'column', index: 0, name: 'c', type };
}

function literal(value: number | string | bigint | null, type: DataType): BoundExpression {
  return { kind: 'literal', value, type: withNullable(type, value === null) };
}

test('what has the type already is left as it is', () => {
  const expression = column(INT);
  assert.equal(castTo(expression, INT), expression);
  assert.equal(castTo(expression, withNullable(INT, false)), expression);
});

test('a cast keeps the nullability of what it casts; TRY_CAST adds NULL where it can fail', () => {
  assert.equal(castTo(column(INT), BIGINT).type.nullable, true);
  assert.equal(castTo(column(withNullable(INT, false)), BIGINT).type.nullable, false);
  assert.equal(castTo(column(withNullable(STRING, false)), INT, 'cast').type.nullable, false);
  assert.equal(castTo(column(withNullable(STRING, false)), INT, 'try').type.nullable, true);
});

for (const [value, from, to, result] of [
  [5, INT, BIGINT, 5],
  [5, INT, DOUBLE, 5],
  [5, INT, decimal(10, 2), 500],
  [150, decimal(3, 2), DOUBLE, 1.5],
  [150, decimal(3, 2), decimal(5, 3), 1_500],
  ['ab', { kind: 'CHAR', length: 2, nullable: false } as const, STRING, 'ab'],
  [null, INT, STRING, null],
] as const) {
  test(`the literal ${value} of ${formatType(from)} becomes a literal of ${formatType(to)}`, () => {
    const cast = castTo(literal(value, from), to);
    assert.ok(cast.kind === 'literal');
    assert.deepEqual([cast.value, formatType(cast.type, 'ignore')], [result, formatType(to, 'ignore')]);
  });
}

for (const [value, from, to] of [
  [150, decimal(3, 2), decimal(2, 1)],
  [12_345, INT, decimal(4, 0)],
  ['ab', { kind: 'CHAR', length: 2, nullable: false } as const, { kind: 'VARCHAR', length: 1, nullable: false } as const],
  ['12', STRING, INT],
  [2n ** 60n, BIGINT, DOUBLE],
] as const) {
  test(`the literal ${value} of ${formatType(from)} is cast to ${formatType(to)} when it runs: the value may change or not fit`, () => {
    assert.equal(castTo(literal(value, from), to).kind, 'cast');
  });
}

test('what Flink does not convert by itself is refused with its place in words', () => {
  assert.equal(coerce(column(INT), DOUBLE, 'input "x"').kind, 'cast');
  assert.throws(() => coerce(column(STRING), INT, 'input "x" of model "m"'), {
    code: 'TYPE_MISMATCH',
    message: 'input "x" of model "m" takes INT, not STRING',
    notes: [{ message: 'write CAST(… AS INT) where that is meant' }],
  });
});
