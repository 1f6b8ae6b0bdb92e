import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.js';
import { BatchLanes, type BatchFallback } from './batch-lanes.js';

function setUp({ size = 20, fallback = 'individual' }: { size?: number; fallback?: BatchFallback } = {}) {
  const clock = createFakeClock();
  let due = 0;
  const lanes = new BatchLanes<string>({ size, fallback, timeoutMs: 100, clock, onDue: () => void due++ });
  /** Adds `count` rows, to lane 0 or behind a lane. */
  const add = (count: number, after?: number): void => {
    const range = { submission: 'rows', from: 0, to: count };
    if (after === undefined) lanes.add(range);
    else lanes.addAfter(after, range);
  };
  /** Lane and rows of the next call. */
  const take = (): readonly [number, number] | undefined => {
    const next = lanes.peek();
    if (next === undefined) return undefined;
    const rows = lanes.take(next.lane).reduce((sum, { from, to }) => sum + to - from, 0);
    return [next.lane, rows];
  };
  return { clock, lanes, add, take, due: () => due };
}

/** Rows of a full call of each lane. */
function sizesOf(size: number, fallback: BatchFallback): number[] {
  const sizes: number[] = [];
  for (let lane = 0; ; lane++) {
    const { lanes, add, take } = setUp({ size, fallback });
    if (lane > 0 && !lanes.hasLaneAfter(lane - 1)) return sizes;
    add(100, lane === 0 ? undefined : lane - 1);
    sizes.push(take()![1]);
  }
}

test('rows without an answer are asked for in halves, quarters, and alone; once more; or not at all', () => {
  assert.deepEqual(sizesOf(20, 'individual'), [20, 10, 5, 1]);
  assert.deepEqual(sizesOf(3, 'individual'), [3, 2, 1]);
  assert.deepEqual(sizesOf(2, 'individual'), [2, 1]);
  assert.deepEqual(sizesOf(20, 'retry'), [20, 20]);
  assert.deepEqual(sizesOf(20, 'error'), [20]);
  assert.deepEqual(sizesOf(1, 'individual'), [1]);
});

test('a lane of single rows is the last one', () => {
  const { lanes } = setUp();
  assert.deepEqual(
    [0, 1, 2, 3].map(lane => [lanes.isSingle(lane), lanes.hasLaneAfter(lane)]),
    [
      [false, true],
      [false, true],
      [false, true],
      [true, false],
    ],
  );
});

test('rows of several calls are asked for again together, before new ones', () => {
  const { add, take } = setUp();
  add(40);
  assert.deepEqual([take(), take(), take()], [[0, 20], [0, 20], undefined]);
  add(6, 0);
  assert.equal(take(), undefined, 'more may come');
  add(20);
  add(4, 0);
  assert.deepEqual(take(), [1, 10]);
  add(1, 2);
  assert.deepEqual(
    [take(), take()],
    [
      [3, 1],
      [0, 20],
    ],
  );
});

test('rows that came back do not wait longer than batch.timeout, nor for more than a flush', async () => {
  const { clock, lanes, add, take, due } = setUp();
  add(3, 0);
  await clock.advance(99);
  assert.deepEqual([due(), take()], [0, undefined]);
  await clock.advance(1);
  assert.deepEqual([due(), take()], [1, [1, 3]]);
  add(2, 1);
  lanes.flush();
  assert.deepEqual(take(), [2, 2]);
});

test('another size is of new rows only', () => {
  const { lanes, add, take } = setUp();
  lanes.resize(1);
  add(2);
  add(10, 0);
  assert.deepEqual([take(), take(), take(), take()], [[1, 10], [0, 1], [0, 1], undefined]);
});

test('cleared, it has neither rows nor timers', () => {
  const { clock, lanes, add, take } = setUp();
  add(3);
  add(3, 0);
  lanes.clear();
  lanes.flush();
  assert.deepEqual([take(), clock.pendingTimers], [undefined, 0]);
});
