import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { batchOfRows, ROW_KIND_NAMES, RowKind, type Batch, type Value } from '../../../spec/batch.js';
import { BIGINT, DOUBLE, INT, STRING } from '../../../spec/data-type.js';
import { groupAggregateOperator } from './group-aggregate.js';
import { aggregateCall } from './aggregate-call.test.fixture.js';
import { opened, OperatorBench, restoredState, rowsIn } from './operator-bench.test.fixture.js';

const INPUT = [
  { name: 'k', type: STRING },
  { name: 'n', type: INT },
];
const COUNT = aggregateCall('COUNT', INPUT);
const MAX = aggregateCall('MAX', INPUT, { arguments: [1] });
const OUTPUT = [
  { name: 'k', type: STRING },
  { name: 'max', type: INT },
];
const byKey = groupAggregateOperator({ keys: [0], aggregates: [MAX], emit: 'changes', fields: OUTPUT });
const overall = groupAggregateOperator({
  keys: [],
  aggregates: [COUNT, MAX],
  emit: 'changes',
  fields: [{ name: 'count', type: BIGINT }, OUTPUT[1]!],
});

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
  const max = aggregateCall('MAX', fields, { arguments: [0] });
  const operator = await opened(groupAggregateOperator({ keys: [], aggregates: [max], emit: 'changes', fields })(bench.context));
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
  const operator = await opened(
    groupAggregateOperator({ keys: [0], aggregates: [], emit: 'changes', fields: [OUTPUT[0]!] })(bench.context),
  );
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

test('final groups leave once, when the input has ended, also over a restore after that', async () => {
  const final = groupAggregateOperator({ keys: [0], aggregates: [MAX], emit: 'final', fields: OUTPUT });
  const bench = new OperatorBench();
  const operator = await opened(final(bench.context));
  void operator.push(rows(['a', 1], ['b', 2]), 0);
  void operator.push(rows([null, 4], ['a', 5]), 0);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  assert.deepEqual(bench.trace, ['B 1']);
  const second = new OperatorBench();
  const restored = await opened(final(second.context), await restoredState(bench, 1));
  void restored.push(rows(['b', 3], ['c', null]), 0);
  void restored.push({ kind: 'end' }, 0);
  void restored.push({ kind: 'barrier', checkpoint: 2 }, 0);
  assert.deepEqual(second.trace, [['a', 5], ['b', 3], [null, 4], ['c', null], 'end', 'B 2']);
  const third = new OperatorBench();
  const ended = await opened(final(third.context), await restoredState(second, 2));
  void ended.push({ kind: 'end' }, 0);
  assert.deepEqual(third.trace, ['end']);
});

test('without keys and rows there is one final group, without groups none', async () => {
  const bench = new OperatorBench();
  const fields = [{ name: 'count', type: BIGINT }];
  const operator = await opened(groupAggregateOperator({ keys: [], aggregates: [COUNT], emit: 'final', fields })(bench.context));
  void operator.push({ kind: 'end' }, 0);
  assert.deepEqual(bench.trace, [[0], 'end']);
  const other = new OperatorBench();
  const grouped = await opened(groupAggregateOperator({ keys: [0], aggregates: [MAX], emit: 'final', fields: OUTPUT })(other.context));
  void grouped.push({ kind: 'end' }, 0);
  assert.deepEqual(other.trace, ['end']);
});
