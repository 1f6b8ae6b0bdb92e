import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { orderOf } from '../../../planner/functions/compare-values.js';
import type { OrderKey } from '../../../planner/logical/order-key.js';
import { batchOfRows, takeRows, type Value } from '../../../spec/batch.js';
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  BYTES,
  decimal,
  DOUBLE,
  INT,
  STRING,
  timestamp,
  type DataType,
  type Field,
} from '../../../spec/data-type.js';
import { arbitraryRows } from '../../../testing/arbitrary-value.test.fixture.js';
import { rowsIn } from './operator-bench.test.fixture.js';
import { compileRowOrder, sortRows } from './order-rows.js';

function sorted(type: DataType, values: readonly Value[], key: Partial<OrderKey> = {}): Value[] {
  const fields = [{ name: 'x', type }];
  const batch = batchOfRows(
    fields,
    values.map(value => [value]),
  );
  const order = compileRowOrder([{ index: 0, descending: false, nullsFirst: true, ...key }], fields);
  return rowsIn(takeRows(batch, sortRows(batch, order))).flat();
}

test('NULLs stand where the key says, whatever the direction', () => {
  const values = [2, null, 3, 1];
  assert.deepEqual(sorted(INT, values), [null, 1, 2, 3]);
  assert.deepEqual(sorted(INT, values, { nullsFirst: false }), [1, 2, 3, null]);
  assert.deepEqual(sorted(INT, values, { descending: true }), [null, 3, 2, 1]);
  assert.deepEqual(sorted(INT, values, { descending: true, nullsFirst: false }), [3, 2, 1, null]);
});

test('each type has its own order', () => {
  assert.deepEqual(sorted(DOUBLE, [NaN, Infinity, -0, 1, -Infinity]), [-Infinity, -0, 1, Infinity, NaN]);
  assert.deepEqual(sorted(BIGINT, [2n ** 60n, 5, -(2n ** 60n), 2n ** 60n + 1n]), [-(2n ** 60n), 5, 2n ** 60n, 2n ** 60n + 1n]);
  assert.deepEqual(sorted(STRING, ['～', '😀', 'z', '']), ['', 'z', '～', '😀']);
  assert.deepEqual(sorted(BOOLEAN, [true, false]), [false, true]);
  assert.deepEqual(sorted(BYTES, [Uint8Array.of(2), Uint8Array.of(1, 9)]), [Uint8Array.of(1, 9), Uint8Array.of(2)]);
  assert.deepEqual(sorted(arrayOf(INT), [[2], [1, 2], [1], [null, 5], []]), [[], [null, 5], [1], [1, 2], [2]]);
});

test('rows beside each other keep their order, and later keys decide between them', () => {
  const fields = [
    { name: 'a', type: STRING },
    { name: 'b', type: INT },
    { name: 'n', type: INT },
  ];
  const batch = batchOfRows(fields, [
    ['y', 1, 0],
    ['x', 1, 1],
    ['y', 2, 2],
    ['x', 1, 3],
  ]);
  const order = compileRowOrder(
    [
      { index: 0, descending: false, nullsFirst: true },
      { index: 1, descending: true, nullsFirst: false },
    ],
    fields,
  );
  assert.deepEqual([...sortRows(batch, order)], [1, 3, 2, 0]);
  assert.deepEqual([...sortRows(batch, compileRowOrder([], fields))], [0, 1, 2, 3]);
});

test('rows of two batches compare', () => {
  const fields = [{ name: 'a', type: INT }];
  const [left, right] = [batchOfRows(fields, [[1], [null]]), batchOfRows(fields, [[2], [1], [null]])];
  const compare = compileRowOrder([{ index: 0, descending: true, nullsFirst: false }], fields)(left, right);
  assert.ok(compare(0, 0) > 0);
  assert.equal(compare(0, 1), 0);
  assert.ok(compare(1, 0) > 0);
  assert.equal(compare(1, 2), 0);
});

const TYPES: readonly DataType[] = [
  BOOLEAN,
  INT,
  BIGINT,
  decimal(30, 2),
  DOUBLE,
  STRING,
  BYTES,
  timestamp(3),
  arrayOf(STRING),
  { ...INT, nullable: false },
  { kind: 'ROW', fields: [{ name: 'f', type: DOUBLE }], nullable: true },
];
const FIELDS: readonly Field[] = TYPES.map((type, i) => ({ name: `c${i}`, type }));
const KEYS = fc.array(fc.record({ index: fc.nat(TYPES.length - 1), descending: fc.boolean(), nullsFirst: fc.boolean() }), { maxLength: 3 });

test('property: the compiled order is the one of the keys, value by value', () => {
  fc.assert(
    fc.property(KEYS, arbitraryRows(FIELDS), (keys, rows) => {
      const batch = batchOfRows(FIELDS, rows);
      const compare = compileRowOrder(keys, FIELDS)(batch, batch);
      for (const [i, a] of rows.entries())
        for (const [j, b] of rows.entries()) assert.equal(Math.sign(compare(i, j)), Math.sign(expected(keys, a, b)));
    }),
  );
});

function expected(keys: readonly OrderKey[], left: readonly Value[], right: readonly Value[]): number {
  for (const { index, descending, nullsFirst } of keys) {
    const [a, b] = [left[index]!, right[index]!];
    if (a === null && b === null) continue;
    if (a === null || b === null) return (a === null) === nullsFirst ? -1 : 1;
    const order = orderOf(TYPES[index]!)(a as never, b as never);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}
