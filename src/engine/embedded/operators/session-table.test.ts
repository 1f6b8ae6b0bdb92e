import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { batchOfRows, type Value } from '../../../spec/batch.js';
import { INT, STRING, timestamp } from '../../../spec/data-type.js';
import { createFakeClock } from '../../../testing/fake-clock.js';
import type { Operator } from '../operator.js';
import { opened, OperatorBench, restoredState } from './operator-bench.test.fixture.js';
import { sessionTableOperator } from './session-table.js';

const MS = 1_000;
const INPUT = [
  { name: 'k', type: STRING },
  { name: 'n', type: INT },
  { name: 'ts', type: timestamp(3) },
];
const FIELDS = [...INPUT, ...['window_start', 'window_end', 'window_time'].map(name => ({ name, type: timestamp(3) }))];
const window = { kind: 'session', gapMicros: 10 * MS, partition: [0] } as const;
const make = sessionTableOperator({ window, time: 2, timeAttribute: 'rowtime', fields: FIELDS });

/** Rows of partition, number, and time in milliseconds. */
function push(operator: Operator, ...rows: readonly (readonly [string | null, number, number])[]): void {
  void operator.push(
    batchOfRows(
      INPUT,
      rows.map(([key, n, millis]) => [key, n, millis * MS]),
    ),
    0,
  );
}

function advance(operator: Operator, millis: number): void {
  void operator.push({ kind: 'watermark', time: millis * MS }, 0);
}

/** `k n start–end` with milliseconds for each row that left. */
function left(bench: OperatorBench): string[] {
  return bench.rows.map(([key, n, , start, end]) => `${String(key)} ${String(n)} ${Number(start) / MS}–${Number(end) / MS}`);
}

test('a session leaves when the watermark reaches its last millisecond, rows in the order in which they came', async () => {
  const bench = new OperatorBench();
  const operator = await opened(make(bench.context));
  push(operator, ['a', 1, 0], ['b', 2, 3], ['a', 3, 8], [null, 4, 0], [null, 5, 1]);
  advance(operator, 9);
  assert.deepEqual(left(bench), []);
  advance(operator, 10);
  assert.deepEqual(left(bench), ['null 4 0–11', 'null 5 0–11']);
  advance(operator, 17);
  assert.deepEqual(left(bench).slice(2), ['b 2 3–13', 'a 1 0–18', 'a 3 0–18']);
  assert.deepEqual(bench.rows.at(-1)!.at(-1), 17 * MS);
});

test('a row between two sessions makes them one; sessions that touch are one too', async () => {
  const bench = new OperatorBench();
  const operator = await opened(make(bench.context));
  push(operator, ['a', 1, 30], ['a', 2, 0], ['a', 3, 15], ['a', 4, 22], ['a', 5, 50], ['a', 6, 60]);
  push(operator, ['a', 7, 10]);
  advance(operator, Infinity);
  assert.deepEqual(left(bench), ['a 1 0–40', 'a 3 0–40', 'a 4 0–40', 'a 2 0–40', 'a 7 0–40', 'a 5 50–70', 'a 6 50–70']);
});

test('a row is late when its session alone would have fired, unless an open one takes it in', async () => {
  const bench = new OperatorBench();
  const operator = await opened(make(bench.context));
  push(operator, ['a', 1, 30]);
  advance(operator, 35);
  push(operator, ['a', 2, 25], ['b', 3, 25], ['b', 4, 27], ['a', 5, 5]);
  assert.equal(bench.counters.get('late_rows'), 2);
  advance(operator, Infinity);
  assert.deepEqual(left(bench), ['b 4 27–37', 'a 1 25–40', 'a 2 25–40']);
});

test('over processing time a session leaves when the clock has passed its end, and not when the input ends', async () => {
  const clock = createFakeClock(0);
  const bench = new OperatorBench({ clock });
  const operator = await opened(sessionTableOperator({ window, time: 2, timeAttribute: 'proctime', fields: FIELDS })(bench.context));
  push(operator, ['a', 1, 0]);
  await clock.advance(5);
  push(operator, ['a', 2, 0]);
  advance(operator, Infinity);
  await clock.advance(9);
  assert.deepEqual(left(bench), []);
  await clock.advance(1);
  assert.deepEqual(left(bench), ['a 1 0–15', 'a 2 0–15']);
  push(operator, ['a', 3, 0]);
  void operator.push({ kind: 'end' }, 0);
  assert.equal(clock.pendingTimers, 0);
  await clock.advance(60);
  assert.equal(bench.rows.length, 2);
});

const EVENT = fc.oneof(
  { weight: 5, arbitrary: fc.record({ key: fc.constantFrom('a', 'b', null), time: fc.nat(150) }) },
  { weight: 1, arbitrary: fc.record({ watermark: fc.nat(150) }) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
);

test('property: with restarts anywhere, sessions are those of a list of windows that merge as they touch', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(EVENT, { maxLength: 40 }), async events => {
      let bench = new OperatorBench();
      let operator = await opened(make(bench.context));
      const found: Value[][] = [];
      const expected: string[] = [];
      let open: { key: string | null; start: number; end: number; rows: number[] }[] = [];
      let watermark = -Infinity;
      let counted = 0;
      let late = 0;
      const fire = (to: number): void => {
        watermark = Math.max(watermark, to);
        for (const each of open.filter(({ end }) => end - 1 <= watermark))
          expected.push(...each.rows.map(n => `${String(each.key)} ${n} ${each.start}–${each.end}`));
        open = open.filter(({ end }) => end - 1 > watermark);
        advance(operator, watermark);
      };
      for (const [n, event] of events.entries()) {
        if (event === 'restart') {
          void operator.push({ kind: 'barrier', checkpoint: n }, 0);
          const state = await restoredState(bench, n);
          found.push(...bench.rows);
          counted += bench.counters.get('late_rows') ?? 0;
          bench = new OperatorBench();
          operator = await opened(make(bench.context), state);
        } else if ('watermark' in event) fire(event.watermark);
        else {
          const { key, time } = event;
          push(operator, [key, n, time]);
          const touching = open.filter(each => each.key === key && each.start <= time + 10 && time <= each.end);
          if (touching.length === 0 && time + 9 <= watermark) late++;
          else {
            open = open.filter(each => !touching.includes(each));
            open.push({
              key,
              start: Math.min(time, ...touching.map(each => each.start)),
              end: Math.max(time + 10, ...touching.map(each => each.end)),
              rows: [...touching.flatMap(each => each.rows), n],
            });
          }
        }
      }
      fire(Infinity);
      found.push(...bench.rows);
      counted += bench.counters.get('late_rows') ?? 0;
      const text = found.map(([key, n, , start, end]) => `${String(key)} ${String(n)} ${Number(start) / MS}–${Number(end) / MS}`);
      assert.deepEqual(text.toSorted(), expected.toSorted());
      assert.equal(counted, late);
    }),
  );
});
