import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { batchOfRows, type Value } from '../../../spec/batch.js';
import { BIGINT, INT, STRING, timestamp } from '../../../spec/data-type.js';
import type { Operator, OperatorFactory } from '../operator.js';
import { aggregateCall } from './aggregate-call.test.fixture.js';
import { opened, OperatorBench, restoredState } from './operator-bench.test.fixture.js';
import { sessionAggregateOperator } from './session-aggregate.js';
import { sessionTableOperator } from './session-table.js';
import { windowAggregateOperator } from './window-aggregate.js';

const MS = 1_000;
const INPUT = [
  { name: 'n', type: INT },
  { name: 'k', type: STRING },
  { name: 'ts', type: timestamp(3) },
];
const BOUNDS = ['window_start', 'window_end', 'window_time'].map(name => ({ name, type: timestamp(3) }));
const OUTPUT = [
  BOUNDS[1]!,
  INPUT[1]!,
  BOUNDS[2]!,
  BOUNDS[0]!,
  { name: 'count', type: BIGINT },
  { name: 'sum', type: INT },
  { name: 'distinct', type: BIGINT },
];
const aggregates = [
  aggregateCall('COUNT', INPUT),
  aggregateCall('SUM', INPUT, { arguments: [0] }),
  aggregateCall('COUNT', INPUT, { arguments: [0], distinct: true }),
];
const makeFused = sessionAggregateOperator({
  time: 2,
  timeAttribute: 'rowtime',
  partition: [1],
  gapMicros: 10 * MS,
  keys: [{ kind: 'end' }, { kind: 'partition', column: 1 }, { kind: 'time' }, { kind: 'start' }],
  aggregates,
  fields: OUTPUT,
});
const makeTable = sessionTableOperator({
  window: { kind: 'session', gapMicros: 10 * MS, partition: [1] },
  time: 2,
  timeAttribute: 'rowtime',
  fields: [...INPUT, ...BOUNDS],
});
const makeAggregate = windowAggregateOperator({
  keys: [4, 1, 5, 3],
  aggregates,
  window: { start: 3, end: 4, timeAttribute: 'rowtime', isAligned: false },
  fields: OUTPUT,
});

/** A number, its partition, and its time in milliseconds. */
type Row = readonly [number | null, string | null, number];

function push(operator: Operator, ...rows: readonly Row[]): void {
  void operator.push(
    batchOfRows(
      INPUT,
      rows.map(([n, key, millis]) => [n, key, millis * MS]),
    ),
    0,
  );
}

test('a session leaves with its bounds and results; sessions that merge add up what they have', async () => {
  const bench = new OperatorBench();
  const operator = await opened(makeFused(bench.context));
  push(operator, [1, 'a', 0], [2, 'a', 15], [5, null, 3], [2, 'a', 7]);
  void operator.push({ kind: 'watermark', time: 24 * MS }, 0);
  assert.deepEqual(bench.rows, [
    [13 * MS, null, 12 * MS, 3 * MS, 1, 5, 1],
    [25 * MS, 'a', 24 * MS, 0, 3, 5, 2],
  ]);
});

/** The session table with an aggregation behind it, as one. */
class TwoSteps implements Operator {
  readonly #first: Operator;
  readonly #second: Operator;

  constructor(bench: OperatorBench) {
    this.#second = makeAggregate(bench.context);
    const { context } = bench;
    this.#first = makeTable({ ...context, output: { emit: element => this.#second.push(element, 0) } });
  }

  async open(): Promise<void> {
    await this.#second.open(undefined);
    await this.#first.open(undefined);
  }

  push(...args: Parameters<Operator['push']>): ReturnType<Operator['push']> {
    return this.#first.push(...args);
  }

  close(): Promise<void> {
    return this.#first.close();
  }
}

const EVENT = fc.oneof(
  { weight: 5, arbitrary: fc.record({ n: fc.option(fc.nat(3)), key: fc.constantFrom('a', 'b', null), time: fc.nat(120) }) },
  { weight: 1, arbitrary: fc.record({ watermark: fc.nat(120) }) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
);

test('property: with restarts anywhere it gives what an aggregation over a session table gives', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(EVENT, { maxLength: 40 }), async events => {
      const reference = new OperatorBench();
      const twoSteps = new TwoSteps(reference);
      await twoSteps.open();
      const make: OperatorFactory = makeFused;
      let bench = new OperatorBench();
      let operator = await opened(make(bench.context));
      const left: Value[][] = [];
      for (const [n, event] of events.entries()) {
        if (event === 'restart') {
          void operator.push({ kind: 'barrier', checkpoint: n }, 0);
          const state = await restoredState(bench, n);
          left.push(...bench.rows);
          bench = new OperatorBench();
          operator = await opened(make(bench.context), state);
          continue;
        }
        for (const each of [operator, twoSteps]) {
          if ('watermark' in event) void each.push({ kind: 'watermark', time: event.watermark * MS }, 0);
          else push(each, [event.n, event.key, event.time]);
        }
      }
      for (const each of [operator, twoSteps]) void each.push({ kind: 'watermark', time: Infinity }, 0);
      left.push(...bench.rows);
      const text = (rows: readonly (readonly Value[])[]): string[] => rows.map(row => JSON.stringify(row)).toSorted();
      assert.deepEqual(text(left), text(reference.rows));
    }),
  );
});
