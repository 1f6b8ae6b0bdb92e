import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Frame, FrameBound } from '../../../planner/logical/frame.js';
import type { OrderKey } from '../../../planner/logical/order-key.js';
import type { OverCall, RankingName } from '../../../planner/logical/over-call.js';
import { batchOfRows, type Value } from '../../../spec/batch.js';
import { BIGINT, DOUBLE, INT, STRING, type Field } from '../../../spec/data-type.js';
import { aggregateCall, type CallInit } from './aggregate-call.test.fixture.js';
import { opened, OperatorBench, restoredState } from './operator-bench.test.fixture.js';
import { overAggregateOperator, type OverAggregateOptions } from './over-aggregate.js';

/** A partition, an order, a number, and where ranges begin and end. */
const FIELDS: readonly Field[] = [
  { name: 'p', type: STRING },
  { name: 'o', type: INT },
  { name: 'x', type: INT },
  { name: 'low', type: INT },
  { name: 'high', type: INT },
];
type Row = readonly [p: string | null, o: number | null, x: number | null, low: number | null, high: number | null];
const BY_O: OrderKey = { index: 1, descending: false, nullsFirst: true };
const WHOLE: Frame = { unit: 'ROWS', start: { kind: 'unbounded-preceding' }, end: { kind: 'unbounded-following' } };

function aggregate(name: string, frame: Frame, init: CallInit = { arguments: [2] }): OverCall {
  const call = aggregateCall(name, FIELDS, init);
  return { kind: 'aggregate', call, frame, type: call.type };
}

function ranking(name: RankingName, buckets?: number): OverCall {
  return { kind: 'ranking', name, buckets, type: name === 'PERCENT_RANK' || name === 'CUME_DIST' ? DOUBLE : BIGINT };
}

/** What the calls give, row by row. */
async function over(rows: readonly Row[], options: Partial<OverAggregateOptions>): Promise<Value[][]> {
  const bench = new OperatorBench();
  const make = overAggregateOperator({
    fields: FIELDS,
    partition: [0],
    keys: [BY_O],
    calls: [],
    limit: undefined,
    maxRows: 1_000,
    ...options,
  });
  const operator = await opened(make(bench.context));
  void operator.push(batchOfRows(FIELDS, rows), 0);
  await operator.push({ kind: 'end' }, 0);
  await new Promise(resolve => setImmediate(resolve));
  assert.deepEqual(bench.failures, []);
  return bench.rows.map(row => (options.limit === undefined ? row.slice(FIELDS.length) : row));
}

test('rows keep their order, whatever the order of their windows', async () => {
  const rows: Row[] = [
    ['b', 2, 1, 0, 0],
    ['a', 1, 2, 0, 0],
    ['b', 1, 3, 0, 0],
    [null, 5, 4, 0, 0],
    ['b', 2, 5, 0, 0],
  ];
  const calls = [
    ranking('ROW_NUMBER'),
    ranking('RANK'),
    aggregate('SUM', { unit: 'RANGE', start: { kind: 'unbounded-preceding' }, end: { kind: 'current-row' } }),
  ];
  assert.deepEqual(await over(rows, { calls }), [
    [2, 2, 9],
    [1, 1, 2],
    [1, 1, 3],
    [1, 1, 4],
    [3, 2, 9],
  ]);
});

test('places of rows', async () => {
  const rows = [10, 20, 20, 30, 40].map((o): Row => ['a', o, 0, 0, 0]);
  const calls = [ranking('DENSE_RANK'), ranking('PERCENT_RANK'), ranking('CUME_DIST'), ranking('NTILE', 3), ranking('NTILE', 9)];
  assert.deepEqual(await over(rows, { calls }), [
    [1, 0, 0.2, 1, 1],
    [2, 0.25, 0.6, 1, 2],
    [2, 0.25, 0.6, 2, 3],
    [3, 0.75, 0.8, 2, 4],
    [4, 1, 1, 3, 5],
  ]);
  assert.deepEqual(await over(rows.slice(0, 1), { calls }), [[1, 0, 1, 1, 1]]);
});

test('LEAD and LAG: offsets by row, defaults, NULL values are values', async () => {
  const rows: Row[] = [
    ['a', 1, 1, 0, 90],
    ['a', 2, null, 2, 91],
    ['a', 3, 3, -1, 92],
    ['a', 4, 4, null, 93],
  ];
  const calls: OverCall[] = [
    { kind: 'offset', name: 'LEAD', value: 2, offset: undefined, otherwise: undefined, type: INT },
    { kind: 'offset', name: 'LAG', value: 2, offset: 3, otherwise: 4, type: INT },
  ];
  assert.deepEqual(await over(rows, { calls }), [
    [null, 1],
    [3, 91],
    [4, 4],
    [null, null],
  ]);
});

test('of an order with a limit only the first rows are kept', async () => {
  const rows = Array.from({ length: 200 }, (_, i): Row => [i % 2 === 0 ? 'a' : 'b', (i * 7) % 100, i, 0, 0]);
  const found = await over(rows, { calls: [ranking('ROW_NUMBER')], limit: 2 });
  assert.deepEqual(
    found.map(row => [row[0], row[1], row[5]]),
    [
      ['a', 0, 1],
      ['b', 1, 1],
      ['a', 0, 2],
      ['b', 1, 2],
    ],
  );
});

test('no rows give no rows, and what has left before a checkpoint does not leave again', async () => {
  assert.deepEqual(await over([], { calls: [ranking('RANK'), aggregate('SUM', WHOLE)] }), []);
  const make = overAggregateOperator({
    fields: FIELDS,
    partition: [],
    keys: [BY_O],
    calls: [ranking('RANK')],
    limit: undefined,
    maxRows: 10,
  });
  const bench = new OperatorBench();
  const operator = await opened(make(bench.context));
  void operator.push(batchOfRows(FIELDS, [['a', 2, 1, 0, 0]]), 0);
  void operator.push({ kind: 'barrier', checkpoint: 1 }, 0);
  const second = new OperatorBench();
  const restored = await opened(make(second.context), await restoredState(bench, 1));
  void restored.push(batchOfRows(FIELDS, [['a', 1, 1, 0, 0]]), 0);
  void restored.push({ kind: 'end' }, 0);
  await new Promise(resolve => setImmediate(resolve));
  assert.deepEqual(
    second.rows.map(row => row.at(-1)),
    [2, 1],
  );
});

const BOUND: fc.Arbitrary<FrameBound> = fc.oneof(
  fc.constantFrom<FrameBound>({ kind: 'unbounded-preceding' }, { kind: 'current-row' }, { kind: 'unbounded-following' }),
  fc.record({ kind: fc.constantFrom('preceding' as const, 'following' as const), rows: fc.nat(60) }),
);
const FRAME: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ unit: fc.constant('ROWS' as const), start: BOUND, end: BOUND }),
  fc.record({
    unit: fc.constant('RANGE' as const),
    start: fc.constantFrom<FrameBound>({ kind: 'unbounded-preceding' }, { kind: 'current-row' }, { kind: 'preceding', field: 3 }),
    end: fc.constantFrom<FrameBound>({ kind: 'unbounded-following' }, { kind: 'current-row' }, { kind: 'following', field: 4 }),
  }),
);
const ROW = fc
  .tuple(fc.constantFrom('a', 'b', null), fc.option(fc.integer({ min: -9, max: 9 })), fc.option(fc.integer({ min: -5, max: 5 })))
  .map(([p, o, x]): Row => [p, o, x, o === null ? null : o - 2, o === null ? null : o + 3]);

test('property: an aggregate over frames is the aggregate of the rows of each frame', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ROW, { maxLength: 150 }), FRAME, fc.boolean(), async (rows, frame, descending) => {
      const key: OrderKey = { index: 1, descending, nullsFirst: !descending };
      const ranged: Frame = descending ? mirrored(frame) : frame;
      const names = ['SUM', 'COUNT', 'MIN', 'MAX', 'ARRAY_AGG'];
      const calls = names.map(name => aggregate(name, ranged));
      calls.push(
        aggregate('COUNT', ranged, { arguments: [2], distinct: true }),
        aggregate('MAX', ranged, { arguments: [2], distinct: true }),
      );
      const found = await over(rows, { calls, keys: [key] });
      rows.forEach((_, i) => {
        const values = frameOf(rows, { row: i, frame: ranged, descending }).map(each => each[2]);
        const present = values.filter(value => value !== null);
        const most = (pick: (...all: number[]) => number): number | null => (present.length === 0 ? null : pick(...present));
        assert.deepEqual(found[i], [
          present.length === 0 ? null : present.reduce((sum, value) => sum + value, 0),
          present.length,
          most(Math.min),
          most(Math.max),
          values.length === 0 ? null : values,
          new Set(present).size,
          most(Math.max),
        ]);
      });
    }),
    { numRuns: 300 },
  );
});

/** With a descending order, keys before the row's are greater. */
function mirrored(frame: Frame): Frame {
  const turn = (bound: FrameBound): FrameBound => ('field' in bound ? { ...bound, field: bound.field === 3 ? 4 : 3 } : bound);
  return { ...frame, start: turn(frame.start), end: turn(frame.end) };
}

/** The rows of a frame, found by looking at every row of the partition. */
function frameOf(rows: readonly Row[], { row, frame, descending }: { row: number; frame: Frame; descending: boolean }): Row[] {
  const sign = descending ? -1 : 1;
  const keyOf = ([, o]: Row): number => (o === null ? -Infinity : o) * sign;
  const ordered = [...rows.keys()]
    .filter(other => rows[other]![0] === rows[row]![0])
    .toSorted((a, b) => (keyOf(rows[a]!) === keyOf(rows[b]!) ? a - b : keyOf(rows[a]!) < keyOf(rows[b]!) ? -1 : 1));
  const place = ordered.indexOf(row);
  const isIn = (other: number, position: number): boolean =>
    reaches(frame.start, 'start', rows[other]!, position) && reaches(frame.end, 'end', rows[other]!, position);
  const reaches = (bound: FrameBound, side: 'start' | 'end', other: Row, position: number): boolean => {
    const before = (a: number, b: number): boolean => (side === 'start' ? a >= b : a <= b);
    if (bound.kind === 'unbounded-preceding') return side === 'start';
    if (bound.kind === 'unbounded-following') return side === 'end';
    if ('field' in bound) {
      const limit = rows[row]![bound.field];
      if (limit === null) return before(keyOf(other), keyOf(rows[row]!));
      return before(keyOf(other), (limit as number) * sign);
    }
    if (frame.unit === 'RANGE') return before(keyOf(other), keyOf(rows[row]!));
    const shift = 'rows' in bound ? (bound.kind === 'preceding' ? -bound.rows : bound.rows) : 0;
    return before(position, place + shift);
  };
  return ordered.filter((other, position) => isIn(other, position)).map(other => rows[other]!);
}
