import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Calc } from '../../../planner/physical/exec-node.js';
import { batchOfRows, RowKind, rowAt, sliceBatch, type Batch, type Value } from '../../../spec/batch.js';
import { BOOLEAN, INT, STRING, withNullable, type Field } from '../../../spec/data-type.js';
import { arbitraryRows } from '../../../testing/arbitrary-value.test.fixture.js';
import { callOf, columnRef, ENVIRONMENT, literalOf } from './build-expression.test.fixture.js';
import { compileCalc, compileCondition } from './compile-calc.js';

const FIELDS: readonly Field[] = [
  { name: 'n', type: INT },
  { name: 's', type: STRING },
  { name: 'p', type: BOOLEAN },
];
const [N, S, P] = [0, 1, 2].map(index => columnRef(FIELDS, index)) as [
  ReturnType<typeof columnRef>,
  ReturnType<typeof columnRef>,
  ReturnType<typeof columnRef>,
];
const TWICE = callOf('+', N, N);

function rowsIn(batch: Batch | undefined): Value[][] | undefined {
  return batch && Array.from({ length: batch.rowCount }, (_, row) => rowAt(batch, row));
}

function run(calc: Calc, batch: Batch): Batch | undefined {
  return compileCalc(calc, FIELDS, ENVIRONMENT)(batch);
}

test('rows for which the condition is not true are left out: FALSE and NULL', () => {
  const batch = batchOfRows(FIELDS, [
    [1, 'a', true],
    [2, 'b', false],
    [3, null, null],
    [null, 'd', true],
  ]);
  assert.deepEqual(rowsIn(run({ condition: P, expressions: [S, TWICE] }, batch)), [
    ['a', 2],
    ['d', null],
  ]);
});

test('where no row is left there is no batch', () => {
  const batch = batchOfRows(FIELDS, [[1, 'a', false]]);
  assert.equal(run({ condition: P, expressions: [N] }, batch), undefined);
  assert.equal(run({ condition: undefined, expressions: [N] }, sliceBatch(batch, 0, 0)), undefined);
});

test('columns that are only passed on are shared as long as all rows stay, and copied where some go', () => {
  const batch = batchOfRows(FIELDS, [
    [1, 'a', true],
    [2, 'b', true],
  ]);
  const all = run({ condition: P, expressions: [S, N, TWICE] }, batch)!;
  assert.equal(all.columns[0], batch.columns[1]);
  assert.equal(all.columns[1], batch.columns[0]);
  const some = run({ condition: callOf('=', N, literalOf(2, INT)), expressions: [S] }, batch)!;
  assert.notEqual(some.columns[0], batch.columns[1]);
  assert.deepEqual(rowsIn(batch), [
    [1, 'a', true],
    [2, 'b', true],
  ]);
});

test('row kinds stay with their rows', () => {
  const kinds = Uint8Array.of(RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER);
  const rows = [
    [1, 'a', true],
    [2, 'b', false],
    [3, 'c', true],
  ];
  const batch = batchOfRows(FIELDS, rows, kinds);
  assert.deepEqual(run({ condition: P, expressions: [N] }, batch)!.rowKinds, Uint8Array.of(RowKind.INSERT, RowKind.UPDATE_AFTER));
  assert.equal(run({ condition: undefined, expressions: [N] }, batch)!.rowKinds, kinds);
  assert.equal(run({ condition: P, expressions: [N] }, batchOfRows(FIELDS, rows))!.rowKinds, undefined);
});

test('a result is not changed by the next batch', () => {
  const calc = compileCalc({ condition: P, expressions: [N, TWICE] }, FIELDS, ENVIRONMENT);
  const first = calc(
    batchOfRows(FIELDS, [
      [1, 'a', true],
      [2, 'b', false],
    ]),
  );
  calc(
    batchOfRows(FIELDS, [
      [7, 'a', false],
      [8, 'b', true],
    ]),
  );
  assert.deepEqual(rowsIn(first), [[1, 2]]);
});

test('a batch longer than any before it is filtered as a whole', () => {
  const filter = compileCondition(P, FIELDS, ENVIRONMENT);
  const rows = Array.from({ length: 5_000 }, (_, n): Value[] => [n, null, n % 2 === 0]);
  assert.equal(filter(batchOfRows(FIELDS, rows.slice(0, 3))).length, 2);
  assert.equal(filter(batchOfRows(FIELDS, rows)).length, 2_500);
});

test('values behind the last row do not matter', () => {
  const batch = {
    ...batchOfRows(FIELDS, [
      [1, 'a', true],
      [2, 'b', true],
    ]),
    rowCount: 1,
  };
  assert.deepEqual(rowsIn(run({ condition: P, expressions: [N, TWICE] }, batch)), [[1, 2]]);
});

test('a column that is never NULL has no mask', () => {
  const fields = [{ name: 'n', type: withNullable(INT, false) }];
  const n = columnRef(fields, 0);
  const batch = compileCalc(
    { condition: undefined, expressions: [callOf('+', n, n)] },
    fields,
    ENVIRONMENT,
  )(batchOfRows(fields, [[1], [2]]))!;
  assert.equal(batch.columns[0]!.nulls, undefined);
  assert.deepEqual([...batch.columns[0]!.values], [2, 4]);
});

test('no columns at all is rows all the same', () => {
  assert.equal(
    run(
      { condition: P, expressions: [] },
      batchOfRows(FIELDS, [
        [1, 'a', true],
        [2, 'b', null],
      ]),
    )!.rowCount,
    1,
  );
});

test('property: filter and projection are those of the rows one by one, for slices of batches too', () => {
  fc.assert(
    fc.property(arbitraryRows(FIELDS), fc.nat(7), fc.nat(7), (rows, a, b) => {
      const [from, to] = [Math.min(a, b, rows.length), Math.min(Math.max(a, b), rows.length)];
      const result = rowsIn(run({ condition: P, expressions: [TWICE, S, N] }, sliceBatch(batchOfRows(FIELDS, rows), from, to)));
      const expected = rows
        .slice(from, to)
        .filter(row => row[2] === true)
        .map(([n, s]) => [n === null ? null : ((n as number) + (n as number)) | 0, s, n]);
      assert.deepEqual(result ?? [], expected);
    }),
  );
});
