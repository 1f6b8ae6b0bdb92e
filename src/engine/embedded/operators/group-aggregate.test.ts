import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AggregateCall } from '../../../planner/logical/aggregate-call.js';
import { batchOfRows, ROW_KIND_NAMES, RowKind, type Batch, type Value } from '../../../spec/batch.js';
import { BIGINT, DOUBLE, INT, STRING } from '../../../spec/data-type.js';
import { groupAggregateOperator } from './group-aggregate.js';
import { opened, OperatorBench, restoredState, rowsIn } from './operator-bench.test.fixture.js';

const INPUT = [
  { name: 'k', type: STRING },
  { name: 'n', type: INT },
];
const COUNT: AggregateCall = { name: 'COUNT', argument: undefined, argumentType: undefined, filter: undefined, type: BIGINT };
const MAX: AggregateCall = { name: 'MAX', argument: 1, argumentType: INT, filter: undefined, type: INT };
const OUTPUT = [
  { name: 'k', type: STRING },
  { name: 'max', type: INT },
];
const byKey = groupAggregateOperator({ keys: [0], aggregates: [MAX], fields: OUTPUT });
const overall = groupAggregateOperator({ keys: [], aggregates: [COUNT, MAX], fields: [{ name: 'count', type: BIGINT }, OUTPUT[1]!] });

function rows(...values: readonly (readonly Value[])[]): Batch {
  return batchOfRows(INPUT, values);
}

/** The rows that have left, with the names of their kinds. */
function changes(bench: OperatorBench): unknown[][] {
  return bench.out.flatMap(element =>
    element.kind === 'batch' ? rowsIn(element).map((row, i) => [ROW_KIND_NAMES[element.rowKinds?.[i] ?? 0], ...row]) : [],
  );
}

test('a new group is inserted, a changed one retracted and sent again, an unchanged one not sent', async () => {
  const bench = new OperatorBench();
  const operator = await opened(byKey(bench.context));
  void operator.push(rows(['a', 1], ['b', 2]), 0);
  void operator.push(rows(['a', 5], ['b', 1]), 0);
  assert.deepEqual(changes(bench), [
    ['+I', 'a', 1],
    ['+I', 'b', 2],
    ['-U', 'a', 1],
    ['+U', 'a', 5],
  ]);
});

test('changes within a batch are folded into one', async () => {
  const bench = new OperatorBench();
  const operator = await opened(byKey(bench.context));
  void operator.push(rows(['a', 1], ['b', 9], ['a', 3], ['a', 2]), 0);
  assert.deepEqual(changes(bench), [
    ['+I', 'a', 3],
    ['+I', 'b', 9],
  ]);
  assert.ok(bench.out[0]!.kind === 'batch' && bench.out[0]!.rowKinds === undefined);
});

test('a batch that changes nothing sends nothing', async () => {
  const bench = new OperatorBench();
  const operator = await opened(byKey(bench.context));
  void operator.push(rows(['a', 3]), 0);
  void operator.push(rows(['a', 1], ['a', null]), 0);
  assert.equal(bench.out.length, 1);
});

test('a value that is not a number does not change by staying so', async () => {
  const bench = new OperatorBench();
  const fields = [{ name: 'max', type: DOUBLE }];
  const max: AggregateCall = { name: 'MAX', argument: 0, argumentType: DOUBLE, filter: undefined, type: DOUBLE };
  const operator = await opened(groupAggregateOperator({ keys: [], aggregates: [max], fields })(bench.context));
  for (let i = 0; i < 2; i++) void operator.push(batchOfRows([{ name: 'x', type: DOUBLE }], [[NaN]]), 0);
  assert.deepEqual(changes(bench), [['+I', NaN]]);
});

test('without keys there is one group, also over no rows at all', async () => {
  const bench = new OperatorBench();
  const operator = await opened(overall(bench.context));
  void operator.push({ kind: 'end' }, 0);
  assert.deepEqual(bench.trace, [[0, null], 'end']);
  const other = new OperatorBench();
  const counting = await opened(overall(other.context));
  void counting.push(rows(['a', 4]), 0);
  void counting.push({ kind: 'end' }, 0);
  assert.deepEqual(other.trace, [[1, 4], 'end']);
});

test('with keys and no rows nothing is sent', async () => {
  const bench = new OperatorBench();
  const operator = await opened(byKey(bench.context));
  void operator.push({ kind: 'end' }, 0);
  assert.deepEqual(bench.trace, ['end']);
});

test('without aggregates each key is sent once', async () => {
  const bench = new OperatorBench();
  const operator = await opened(groupAggregateOperator({ keys: [0], aggregates: [], fields: [OUTPUT[0]!] })(bench.context));
  void operator.push(rows(['a', 1], [null, 1], ['a', 2]), 0);
  void operator.push(rows([null, 1], ['b', 1]), 0);
  assert.deepEqual(changes(bench), [
    ['+I', 'a'],
    ['+I', null],
    ['+I', 'b'],
  ]);
});

test('the empty group that was sent before a checkpoint is not sent again', async () => {
  const before = new OperatorBench();
  const operator = await opened(overall(before.context));
  void operator.push({ kind: 'end' }, 0);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  const after = new OperatorBench();
  const restored = await opened(overall(after.context), await restoredState(before, 1));
  void restored.push({ kind: 'end' }, 0);
  assert.deepEqual(after.trace, ['end']);
});

test('property: folding the changes gives the aggregate of all rows, with restores anywhere', async () => {
  const row = fc.tuple(fc.constantFrom('a', 'b', null), fc.option(fc.integer({ min: -5, max: 5 })));
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.array(row, { minLength: 1, maxLength: 5 }) },
    { weight: 1, arbitrary: fc.constant('restore' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async steps => {
      let bench = new OperatorBench();
      let operator = await opened(byKey(bench.context));
      const seen: unknown[][] = [];
      const expected = new Map<string | null, number | null>();
      for (const each of steps) {
        if (each === 'restore') {
          void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
          const state = await restoredState(bench, 1);
          seen.push(...changes(bench));
          bench = new OperatorBench();
          operator = await opened(byKey(bench.context), state);
          continue;
        }
        void operator.push(rows(...each), 0);
        for (const [key, value] of each) {
          const best = expected.get(key) ?? null;
          expected.set(key, value === null || (best !== null && best >= value) ? best : value);
        }
      }
      seen.push(...changes(bench));
      const folded = new Map<string | null, number | null>();
      for (const [kind, key, value] of seen as [string, string | null, number | null][]) {
        if (kind === ROW_KIND_NAMES[RowKind.INSERT]) assert.equal(folded.has(key), false);
        else if (kind === ROW_KIND_NAMES[RowKind.UPDATE_BEFORE]) assert.equal(folded.get(key), value);
        else assert.equal(folded.has(key), true);
        folded.set(key, value);
      }
      assert.deepEqual(folded, expected);
    }),
  );
});
