import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { arbitraryValue } from '../testing/arbitrary-value.test.fixture.js';
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
  type DataType,
} from './data-type.js';
import { fromJs } from './from-js.js';
import { toJs } from './to-js.js';

const TIME: DataType = { kind: 'TIME', precision: 6, nullable: true };
const TINYINT: DataType = { kind: 'TINYINT', nullable: true };
const ROW: DataType = {
  kind: 'ROW',
  fields: [
    { name: 'a', type: INT },
    { name: 'b', type: arrayOf(BIGINT) },
  ],
  nullable: true,
};
const TYPES: readonly DataType[] = [
  BOOLEAN,
  TINYINT,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  decimal(38, 10),
  STRING,
  BYTES,
  DATE,
  TIME,
  timestamp(6),
  timestampLtz(6),
  { kind: 'INTERVAL_DAY_TIME', nullable: true },
  { kind: 'INTERVAL_YEAR_MONTH', nullable: true },
  arrayOf(decimal(10, 2)),
  { kind: 'MAP', key: STRING, value: BIGINT, nullable: true },
  ROW,
];

for (const type of TYPES) {
  test(`every ${type.kind} comes back from JavaScript as it went`, () => {
    const [out, back] = [toJs(type), fromJs(type, 'it')];
    fc.assert(fc.property(arbitraryValue(type), value => assert.deepEqual(back(out(value)), value)));
  });
}

test('what comes out shares nothing with what went in', () => {
  const bytes = Uint8Array.of(1);
  assert.notEqual(toJs(BYTES)(bytes), bytes);
  const list = ['a'];
  assert.notEqual(toJs(arrayOf(STRING))(list), list);
});

test('a BIGINT is a bigint, a number or text', () => {
  assert.equal(toJs(BIGINT)(1), 1n);
  assert.equal(toJs(BIGINT, 'number')(1), 1);
  assert.equal(toJs(BIGINT, 'string')(2n ** 62n), '4611686018427387904');
  assert.throws(() => toJs(BIGINT, 'number')(2n ** 62n), { code: 'INVALID_VALUE' });
  assert.deepEqual(toJs(ROW, 'number')([1, [2]]), { a: 1, b: [2] });
});

test('several forms are accepted', () => {
  assert.equal(fromJs(BIGINT, 'it')(5), 5);
  assert.equal(fromJs(INT, 'it')(5n), 5);
  assert.equal(fromJs(decimal(10, 2), 'it')(7n), 700);
  assert.equal(fromJs(decimal(10, 2), 'it')(0.125), 13);
  assert.equal(fromJs(timestampLtz(3), 'it')(new Date(1_234)), 1_234_000);
  assert.equal(fromJs(timestampLtz(3), 'it')('1970-01-01T02:00:00.0019+02:00'), 1_000);
  assert.deepEqual(fromJs(arrayOf(FLOAT), 'it')(Float32Array.of(1, 2)), [1, 2]);
  assert.deepEqual(fromJs({ kind: 'MAP', key: STRING, value: INT, nullable: true }, 'it')({ a: 1 }), new Map([['a', 1]]));
  assert.deepEqual(fromJs(ROW, 'it')([1, [2n]]), [1, [2]]);
  assert.deepEqual(fromJs(ROW, 'it')({ b: [], other: 1 }), [null, []]);
  assert.equal(fromJs({ kind: 'VARCHAR', length: 2, nullable: true }, 'it')('𝄞bc'), '𝄞b');
  assert.equal(fromJs(INT, 'it')(undefined), null);
});

test('what does not fit is told without its value', () => {
  const refused: readonly (readonly [DataType, unknown])[] = [
    [BOOLEAN, 'secret'],
    [TINYINT, 128],
    [INT, 1.5],
    [INT, NaN],
    [BIGINT, 2 ** 53],
    [BIGINT, 2n ** 63n],
    [decimal(3, 1), '123.4'],
    [decimal(3, 1), 'secret'],
    [decimal(3, 1), Infinity],
    [STRING, 7],
    [BYTES, 'secret'],
    [DATE, '2026-02-30'],
    [timestamp(3), '2026-03-01T00:00:00Z'],
    [timestampLtz(3), '2026-03-01T00:00:00'],
    [timestampLtz(3), new Date(NaN)],
    [arrayOf(INT), 'secret'],
    [ROW, [1]],
    [ROW, new Date(0)],
    [STRING, Promise.resolve('secret')],
  ];
  for (const [type, value] of refused) {
    assert.throws(
      () => fromJs(type, 'column "x"')(value),
      (error: Error) => /^column "x" gives an? .* where .* takes /.test(error.message) && !error.message.includes('secret'),
    );
  }
  assert.throws(() => fromJs(ROW, 'it')({ a: 'secret' }), {
    message: 'it, field "a", gives a string where INT takes a whole number in its range',
  });
});
