import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MAX_LONG, MIN_LONG, toLong } from '../../../common/long.js';
import { batchOfRows, valueAt, type Value } from '../../../spec/batch.js';
import { BIGINT, BOOLEAN, BYTES, DATE, decimal, DOUBLE, FLOAT, INT, STRING, type DataType } from '../../../spec/data-type.js';
import { arbitraryValue } from '../../../testing/arbitrary-value.test.fixture.js';
import { aggregateCall, type CallInit } from '../operators/aggregate-call.test.fixture.js';
import { groupComputation } from '../operators/group.js';
import { compileGroupColumns } from './compile-group-columns.js';

const TINYINT: DataType = { kind: 'TINYINT', nullable: true };
const SMALLINT: DataType = { kind: 'SMALLINT', nullable: true };

/** The result over one group of rows, which every form of accumulators must agree on, also when they are merged or restored. */
function over(name: string, types: readonly DataType[], rows: readonly (readonly Value[])[], init?: CallInit): Value {
  const fields = types.map((type, i) => ({ name: `c${i}`, type }));
  const call = aggregateCall(name, fields, { arguments: fields.map((_, i) => i), ...init });
  const groups = groupComputation([call]);
  const whole = batchOfRows(fields, rows);
  const states = [0, 1].map(() => groups.create());
  const all = groups.create();
  const half = rows.length >> 1;
  for (let row = 0; row < rows.length; row++) {
    groups.add(all, whole, row);
    groups.add(states[row < half ? 0 : 1]!, whole, row);
  }
  const [expected] = groups.results(all);
  const merged = structuredClone(states[0]!);
  groups.merge(merged, states[1]!);
  assert.ok(close(groups.results(merged)[0]!, expected!), `merged: ${String(groups.results(merged)[0])} for ${String(expected)}`);
  let columns = compileGroupColumns([call]);
  const group = new Int32Array(rows.length).fill(1);
  columns.add(batchOfRows(fields, rows.slice(0, half)), group, 2);
  const snapshot = structuredClone(columns.snapshot(2));
  columns = compileGroupColumns([call]);
  columns.restore(snapshot);
  columns.add(batchOfRows(fields, rows.slice(half)), group, 2);
  assert.deepEqual(valueAt(columns.results(Int32Array.of(1), 2)[0]!, 0), expected);
  return expected!;
}

/** Doubles that were added up in another order differ in their last digits. */
function close(a: Value, b: Value): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return JSON.stringify(text(a)) === JSON.stringify(text(b));
  return Object.is(a, b) || Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a));
}

function text(value: Value): unknown {
  return Array.isArray(value) ? value.map(each => text(each as Value)) : String(value);
}

function aggregate(name: string, type: DataType, values: readonly Value[], init?: CallInit): Value {
  return over(
    name,
    [type],
    values.map(value => [value]),
    init,
  );
}

test('over no rows, or NULLs only, COUNT is 0 and all others are NULL', () => {
  for (const values of [[], [null, null]]) {
    assert.equal(aggregate('COUNT', INT, values), 0);
    for (const name of ['SUM', 'MIN', 'MAX', 'AVG'] as const) assert.equal(aggregate(name, INT, values), null);
  }
});

test('NULLs do not count', () => {
  assert.equal(aggregate('COUNT', INT, [1, null, 3]), 2);
  assert.equal(aggregate('SUM', INT, [1, null, 3]), 4);
  assert.equal(aggregate('AVG', INT, [1, null, 4]), 2);
  assert.equal(aggregate('MIN', INT, [null, 3, 1]), 1);
});

test('sums of integers keep their type and wrap', () => {
  assert.equal(aggregate('SUM', TINYINT, [100, 100]), -56);
  assert.equal(aggregate('SUM', SMALLINT, [32_767, 2]), -32_767);
  assert.equal(aggregate('SUM', INT, [2_147_483_647, 1]), -2_147_483_648);
  assert.equal(aggregate('SUM', BIGINT, [MAX_LONG, 1]), MIN_LONG);
  assert.equal(aggregate('SUM', BIGINT, [Number.MAX_SAFE_INTEGER, 1]), 2n ** 53n);
});

test('averages of integers are cut, also below zero, and do not wrap on the way', () => {
  assert.equal(aggregate('AVG', INT, [1, 2]), 1);
  assert.equal(aggregate('AVG', INT, [-1, -2]), -1);
  assert.equal(aggregate('AVG', TINYINT, [127, 127, 127]), 127);
  assert.equal(aggregate('AVG', INT, [2_147_483_647, 2_147_483_647]), 2_147_483_647);
});

test('DECIMAL is exact; a sum of more than 38 digits is NULL', () => {
  assert.equal(aggregate('SUM', decimal(10, 2), [1, 2, 1_000]), 1_003);
  const most = 10n ** 38n - 1n;
  assert.equal(aggregate('SUM', decimal(38, 0), [most, -1]), most - 1n);
  assert.equal(aggregate('SUM', decimal(38, 0), [most, 1]), null);
  assert.equal(aggregate('SUM', decimal(38, 0), [most, 1, -1]), most);
  // 0.10 and 0.11 at scale 6.
  assert.equal(aggregate('AVG', decimal(4, 2), [10, 11]), 105_000);
  assert.equal(aggregate('AVG', decimal(4, 2), [10, 10, 11]), 103_333);
});

test('FLOAT sums are of float precision, their average is computed as DOUBLE', () => {
  const [a, b] = [Math.fround(16_777_216), 1];
  assert.equal(aggregate('SUM', FLOAT, [a, b, b]), 16_777_216);
  assert.equal(aggregate('AVG', FLOAT, [a, b, b]), Math.fround((16_777_216 + 2) / 3));
  assert.equal(aggregate('SUM', DOUBLE, [0.1, 0.2]), 0.1 + 0.2);
  assert.equal(aggregate('AVG', DOUBLE, [1, 2]), 1.5);
});

test('MIN and MAX know every ordered type; texts stand in the order of their bytes', () => {
  assert.deepEqual([aggregate('MIN', BOOLEAN, [true, false]), aggregate('MAX', BOOLEAN, [false, true])], [false, true]);
  assert.deepEqual([aggregate('MIN', DATE, [5, -3]), aggregate('MAX', BIGINT, [3, MAX_LONG])], [-3, MAX_LONG]);
  // U+FF5E stands before U+1F600 in UTF-8, and after it in UTF-16.
  assert.equal(aggregate('MAX', STRING, ['\uff5e', '\u{1f600}', 'z']), '\u{1f600}');
  assert.equal(aggregate('MIN', STRING, ['\u{1f600}', '\uff5e']), '\uff5e');
});

test('property: a BIGINT sum is the exact sum in 64 bits', () => {
  fc.assert(
    fc.property(fc.array(arbitraryValue(BIGINT), { minLength: 1 }), values => {
      const present = values.filter(value => value !== null).map(value => BigInt(value as number | bigint));
      const expected =
        present.length === 0
          ? null
          : toLong(
              BigInt.asIntN(
                64,
                present.reduce((sum, value) => sum + value, 0n),
              ),
            );
      assert.equal(aggregate('SUM', BIGINT, values), expected);
    }),
  );
});

test('property: the order of the rows does not matter to exact aggregates', () => {
  fc.assert(
    fc.property(fc.array(arbitraryValue(decimal(20, 3))), fc.nat(), (values, seed) => {
      const shuffled = values
        .map((value, i) => ({ value, place: (i * 7_919 + seed) % 1_009 }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ value }) => value);
      for (const name of ['COUNT', 'SUM', 'MIN', 'MAX', 'AVG'] as const) {
        assert.equal(aggregate(name, decimal(20, 3), values), aggregate(name, decimal(20, 3), shuffled));
      }
    }),
  );
});

test('MIN and MAX of DOUBLE: NaN is the greatest, infinities are values', () => {
  assert.deepEqual([aggregate('MIN', DOUBLE, [NaN, 1]), aggregate('MAX', DOUBLE, [1, NaN, 2])], [1, NaN]);
  assert.deepEqual([aggregate('MIN', DOUBLE, [NaN]), aggregate('MAX', DOUBLE, [-Infinity])], [NaN, -Infinity]);
  assert.deepEqual([aggregate('MIN', DOUBLE, [Infinity]), aggregate('MAX', FLOAT, [null])], [Infinity, null]);
  assert.deepEqual(aggregate('MAX', BYTES, [Uint8Array.of(1, 2), Uint8Array.of(2)]), Uint8Array.of(2));
});

test('DISTINCT takes each value once', () => {
  assert.equal(aggregate('SUM', INT, [5, 5, null, 7, 5], { distinct: true }), 12);
  assert.equal(aggregate('COUNT', STRING, ['a', 'b', 'a', null], { distinct: true }), 2);
  assert.equal(aggregate('COUNT', DOUBLE, [0, -0, 0, NaN, NaN], { distinct: true }), 3);
  assert.equal(aggregate('COUNT', BIGINT, [MAX_LONG, MAX_LONG, 1], { distinct: true }), 2);
  assert.equal(aggregate('AVG', DOUBLE, [1, 1, 4], { distinct: true }), 2.5);
  assert.deepEqual(aggregate('ARRAY_AGG', BOOLEAN, [true, null, true, null], { distinct: true }), [true, null]);
  const pairs = [
    ['a', 1],
    ['a', 1],
    ['a', 2],
    ['b', 1],
    [null, 1],
  ];
  assert.equal(over('COUNT', [STRING, INT], pairs, { distinct: true }), 3);
});

test('WITHIN GROUP orders the rows, whatever the order in which they come', () => {
  const rows = [
    ['b', 2],
    ['c', null],
    ['a', 1],
    [null, 0],
    ['d', 2],
  ];
  const key = { index: 1, descending: false, nullsFirst: true };
  const init = { arguments: [0], order: [key] };
  assert.equal(over('LISTAGG', [STRING, INT], rows, init), 'c,a,b,d');
  assert.deepEqual(over('ARRAY_AGG', [STRING, INT], rows, { arguments: [0], order: [{ ...key, descending: true, nullsFirst: false }] }), [
    'b',
    'd',
    'a',
    null,
    'c',
  ]);
  assert.equal(over('FIRST_VALUE', [STRING, INT], rows, init), 'c');
  assert.equal(over('LAST_VALUE', [STRING, INT], rows, init), 'd');
});

test('FILTER takes only rows for which it is true', () => {
  const rows = [
    [1, true],
    [2, false],
    [4, null],
    [8, true],
    [8, true],
  ];
  assert.equal(over('SUM', [INT, BOOLEAN], rows, { arguments: [0], filter: 1 }), 17);
  assert.equal(over('SUM', [INT, BOOLEAN], rows, { arguments: [0], filter: 1, distinct: true }), 9);
});

test('property: DISTINCT is the aggregate of the different values', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: -4, max: 4 }))), values => {
      const different = [...new Set(values)];
      for (const name of ['COUNT', 'SUM', 'MIN', 'AVG', 'VAR_POP', 'LISTAGG']) {
        const type = name === 'LISTAGG' ? STRING : name === 'VAR_POP' ? DOUBLE : INT;
        const as = (list: readonly (number | null)[]): Value[] => (type === STRING ? list.map(each => each && String(each)) : [...list]);
        assert.ok(close(aggregate(name, type, as(values), { distinct: true }), aggregate(name, type, as(different))));
      }
    }),
  );
});

test('APPROX_COUNT_DISTINCT is within 3 % for many values and exact for few', () => {
  for (const count of [10, 1_000, 20_000, 200_000]) {
    const found = aggregate(
      'APPROX_COUNT_DISTINCT',
      INT,
      Array.from({ length: count }, (_, i) => i * 7),
    ) as number;
    assert.ok(Math.abs(found - count) <= (count <= 1_000 ? 0 : 0.03 * count), `${found} for ${count}`);
  }
});

test('variances are stable far from zero', () => {
  assert.equal(aggregate('VAR_POP', DOUBLE, [1e9 + 1, 1e9 + 2, 1e9 + 3]), 2 / 3);
  assert.equal(aggregate('STDDEV_SAMP', DOUBLE, [5]), null);
  assert.equal(aggregate('STDDEV_POP', DOUBLE, [5]), 0);
});
