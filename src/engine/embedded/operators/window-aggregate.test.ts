import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { deferred } from '../../../common/deferred.js';
import { parseTimestamp } from '../../../common/temporal.js';
import { createZone } from '../../../common/zone.js';
import { batchOfRows, type Batch, type Value } from '../../../spec/batch.js';
import { BIGINT, INT, STRING, timestamp } from '../../../spec/data-type.js';
import type { Operator } from '../operator.js';
import { aggregateCall } from './aggregate-call.test.fixture.js';
import { opened, OperatorBench, restoredState } from './operator-bench.test.fixture.js';
import { windowAggregateOperator } from './window-aggregate.js';

const INPUT = [
  { name: 'k', type: STRING },
  { name: 'n', type: INT },
  { name: 'window_end', type: timestamp(3) },
];
const COUNT = aggregateCall('COUNT', INPUT);
const SUM = aggregateCall('SUM', INPUT, { arguments: [1] });
const OUTPUT = [
  { name: 'k', type: STRING },
  { name: 'window_end', type: timestamp(3) },
  { name: 'count', type: BIGINT },
  { name: 'sum', type: INT },
];
const make = windowAggregateOperator({
  keys: [0, 2],
  aggregates: [COUNT, SUM],
  window: { start: 2, end: 2, timeAttribute: 'rowtime', isAligned: false },
  fields: OUTPUT,
});

function rows(...values: readonly (readonly Value[])[]): Batch {
  return batchOfRows(INPUT, values);
}

function advance(operator: Operator, time: number): void {
  void operator.push({ kind: 'watermark', time }, 0);
}

test('a window leaves when the watermark reaches its last millisecond, in the order of its first rows', async () => {
  const bench = new OperatorBench();
  const operator = await opened(make(bench.context));
  void operator.push(rows(['b', 1, 10_000], ['a', 2, 10_000], ['b', 3, 10_000]), 0);
  advance(operator, 8_999);
  assert.deepEqual(bench.trace, ['W 8999']);
  advance(operator, 9_000);
  assert.deepEqual(bench.trace, ['W 8999', ['b', 10_000, 2, 4], ['a', 10_000, 1, 2], 'W 9000']);
});

test('windows leave in their order, and a NULL key is a key', async () => {
  const bench = new OperatorBench();
  const operator = await opened(make(bench.context));
  void operator.push(rows(['x', 1, 30_000], [null, null, 10_000], ['x', 5, 20_000]), 0);
  advance(operator, Infinity);
  assert.deepEqual(bench.trace, [[null, 10_000, 1, null], ['x', 20_000, 1, 5], ['x', 30_000, 1, 1], 'W Infinity']);
});

test('rows of a window that has left are dropped and counted; others of the same batch are not', async () => {
  const bench = new OperatorBench();
  const operator = await opened(make(bench.context));
  advance(operator, 9_000);
  void operator.push(rows(['a', 1, 10_000], ['a', 2, 20_000], ['a', 3, 10_001]), 0);
  assert.equal(bench.counters.get('late_rows'), 1);
  advance(operator, Infinity);
  assert.deepEqual(bench.rows, [
    ['a', 10_001, 1, 3],
    ['a', 20_000, 1, 2],
  ]);
});

test('open windows, and what is late, survive a restore', async () => {
  const before = new OperatorBench();
  const operator = await opened(make(before.context));
  void operator.push(rows(['a', 1, 10_000], ['a', 2, 20_000]), 0);
  advance(operator, 9_500);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  // What comes after the barrier is not in the checkpoint.
  void operator.push(rows(['a', 100, 20_000]), 0);
  const after = new OperatorBench();
  const restored = await opened(make(after.context), await restoredState(before, 1));
  void restored.push(rows(['a', 7, 10_000], ['a', 4, 20_000], ['b', 5, 20_000]), 0);
  advance(restored, Infinity);
  assert.deepEqual(after.rows, [
    ['a', 20_000, 2, 6],
    ['b', 20_000, 1, 5],
  ]);
  assert.equal(after.counters.get('late_rows'), 1);
});

test('the end of an aligned window decides its start, and windows whose ends a change of the clock skips leave together', async () => {
  const input = [
    { name: 'n', type: INT },
    { name: 'window_start', type: timestamp(3) },
    { name: 'window_end', type: timestamp(3) },
  ];
  const bench = new OperatorBench();
  const operator = await opened(
    windowAggregateOperator({
      keys: [1, 2],
      aggregates: [aggregateCall('SUM', input, { arguments: [0] })],
      window: { start: 1, end: 2, timeAttribute: 'rowtime', isAligned: true },
      fields: [...input.slice(1), { name: 'sum', type: INT }],
      zone: createZone('America/New_York'),
    })(bench.context),
  );
  // 02:00 to 03:00 of 2026-03-08 are skipped.
  const at = (text: string): number => parseTimestamp(`2026-03-08 ${text}`)!;
  const windows = ['02:15:00', '02:30:00', '03:00:00'].map(end => [at(end) - 3_600_000_000, at(end)]);
  void operator.push(
    batchOfRows(
      input,
      [...windows, ...windows].map((bounds, n) => [n, ...bounds]),
    ),
    0,
  );
  advance(operator, at('06:59:59.999'));
  assert.deepEqual(bench.rows, []);
  advance(operator, at('07:00:00'));
  assert.deepEqual(
    bench.rows,
    windows.map((bounds, n) => [...bounds, 2 * n + 3]),
  );
});

test('groups that have fired are forgotten, and the others keep what they had', async () => {
  const distinct = aggregateCall('COUNT', INPUT, { arguments: [1], distinct: true });
  const texts = aggregateCall('LISTAGG', INPUT, { arguments: [0] });
  const fields = [...OUTPUT.slice(0, 3), { name: 'texts', type: STRING }];
  const bench = new OperatorBench();
  const operator = await opened(
    windowAggregateOperator({
      keys: [0, 2],
      aggregates: [distinct, texts],
      window: { start: 2, end: 2, timeAttribute: 'rowtime', isAligned: false },
      fields,
    })(bench.context),
  );
  const open = ['x', 'y'];
  for (let round = 1; round <= 4; round++) {
    const fired = Array.from({ length: 3_000 }, (_, k) => [`k${k}`, k, round * 10_000]);
    void operator.push(rows(...open.map(key => [key, round % 3, 1_000_000]), ...fired), 0);
    advance(operator, round * 10_000);
  }
  assert.equal(bench.rows.length, 12_000);
  assert.deepEqual(bench.rows.at(-1), ['k2999', 40_000, 1, 'k2999']);
  advance(operator, Infinity);
  assert.deepEqual(bench.rows.slice(12_000), [
    ['x', 1_000_000, 3, 'x,x,x,x'],
    ['y', 1_000_000, 3, 'y,y,y,y'],
  ]);
});

test('without a final watermark open windows do not leave', async () => {
  const bench = new OperatorBench();
  const operator = await opened(make(bench.context));
  void operator.push(rows(['a', 1, 10_000]), 0);
  void operator.push({ kind: 'end' }, 0);
  assert.deepEqual(bench.trace, ['end']);
});

test('the credit of the rows that leave holds back the sender of the watermark', async () => {
  const credit = deferred<void>();
  const bench = new OperatorBench({ onEmit: element => (element.kind === 'batch' ? credit.promise : undefined) });
  const operator = await opened(make(bench.context));
  void operator.push(rows(['a', 1, 10_000]), 0);
  const waited = operator.push({ kind: 'watermark', time: 10_000 }, 0);
  assert.ok(waited instanceof Promise);
  credit.resolve();
  await waited;
});

test('only rows that pass the filter count', async () => {
  const bench = new OperatorBench();
  const fields = [{ name: 'count', type: BIGINT }];
  const operator = await opened(
    windowAggregateOperator({
      keys: [],
      aggregates: [{ ...COUNT, filter: 1 }],
      window: { start: 0, end: 0, timeAttribute: 'rowtime', isAligned: true },
      fields,
    })(bench.context),
  );
  const input = [
    { name: 'window_end', type: timestamp(3) },
    { name: 'p', type: { kind: 'BOOLEAN', nullable: true } as const },
  ];
  void operator.push(
    batchOfRows(input, [
      [10_000, true],
      [10_000, false],
      [10_000, null],
      [10_000, true],
    ]),
    0,
  );
  advance(operator, Infinity);
  assert.deepEqual(bench.rows, [[2]]);
});

const EVENT = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('row' as const),
      key: fc.constantFrom('a', 'b', null),
      value: fc.option(fc.integer({ min: -9, max: 9 })),
      window: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('watermark' as const), time: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

test('property: with restarts anywhere, what leaves is what a single pass over the rows gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(EVENT, { maxLength: 40 }), async events => {
      let bench = new OperatorBench();
      let operator = await opened(make(bench.context));
      const left: Value[][] = [];
      const groups = new Map<string, { key: string | null; end: number; count: number; sum: number | null }>();
      let watermark = -Infinity;
      let late = 0;
      let counted = 0;
      let checkpoint = 0;
      for (const event of events) {
        if (event.kind === 'watermark') {
          watermark = Math.max(watermark, event.time * 1_000);
          advance(operator, watermark);
        } else if (event.kind === 'restart') {
          void operator.push({ kind: 'barrier', checkpoint: ++checkpoint }, 0);
          const state = await restoredState(bench, checkpoint);
          left.push(...bench.rows);
          counted += bench.counters.get('late_rows') ?? 0;
          bench = new OperatorBench();
          operator = await opened(make(bench.context), state);
        } else {
          const end = event.window * 10_000;
          void operator.push(rows([event.key, event.value, end]), 0);
          if (end - 1_000 <= watermark) {
            late++;
            continue;
          }
          const id = `${event.key}/${end}`;
          const group = groups.get(id) ?? { key: event.key, end, count: 0, sum: null };
          group.count++;
          if (event.value !== null) group.sum = (group.sum ?? 0) + event.value;
          groups.set(id, group);
        }
      }
      advance(operator, Infinity);
      left.push(...bench.rows);
      counted += bench.counters.get('late_rows') ?? 0;
      assert.deepEqual(
        left,
        [...groups.values()].toSorted((a, b) => a.end - b.end).map(({ key, end, count, sum }) => [key, end, count, sum]),
      );
      assert.equal(counted, late);
    }),
  );
});
