import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MAX_LONG, MIN_LONG, toLong } from '../../../common/long.js';
import { aggregateType } from '../../../planner/functions/aggregates.js';
import type { AggregateName } from '../../../planner/logical/aggregate-call.js';
import type { Value } from '../../../spec/batch.js';
import { BIGINT, BOOLEAN, DATE, decimal, DOUBLE, FLOAT, INT, STRING, type DataType } from '../../../spec/data-type.js';
import { arbitraryValue } from '../../../testing/arbitrary-value.test.fixture.js';
import { aggregator, newAccumulator } from './accumulator.js';

const TINYINT: DataType = { kind: 'TINYINT', nullable: true };
const SMALLINT: DataType = { kind: 'SMALLINT', nullable: true };

function aggregate(name: AggregateName, type: DataType, values: readonly Value[]): Value {
  const { accumulate, result } = aggregator({ name, argument: 0, argumentType: type, filter: undefined, type: aggregateType(name, type) });
  const accumulator = newAccumulator();
  for (const value of values) accumulate(accumulator, value);
  return result(accumulator);
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
