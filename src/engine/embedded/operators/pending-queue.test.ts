import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { INT } from '../../../spec/data-type.js';
import type { Prediction } from '../../../spec/predictor.js';
import type { End, Watermark } from '../element.js';
import { column, rowsIn } from './operator-bench.test.fixture.js';
import { PendingQueue, type PendingRows } from './pending-queue.js';

const FIELD = { name: 'n', type: INT };
const ANSWER: Prediction = { outputs: column(FIELD, 0) };

function pending(...values: number[]): PendingRows {
  return { rows: column(FIELD, ...values), sent: undefined, prediction: undefined, settled: false };
}

function settle(queue: PendingQueue, entry: PendingRows): void {
  entry.prediction = ANSWER;
  queue.settle(entry);
}

/** What may leave now, all of it. */
function drain(queue: PendingQueue, maxRows = Infinity): unknown[] {
  const left: unknown[] = [];
  for (let next = queue.take(maxRows); next !== undefined; next = queue.take(maxRows)) {
    if (Array.isArray(next)) left.push(next.flatMap(entry => rowsIn(entry.rows).flat()));
    else left.push(next.kind === 'watermark' ? `W ${next.time}` : 'end');
  }
  return left;
}

function kept(queue: PendingQueue): unknown[] {
  return [...queue.elements()].map(element => {
    if (element.kind === 'watermark') return `W ${element.time}`;
    return element.kind === 'answered' ? { answered: rowsIn(element.rows).flat() } : rowsIn(element).flat();
  });
}

test('in order, an answer waits for those before it', () => {
  const queue = new PendingQueue(true);
  const [a, b, c] = [queue.add(pending(1)), queue.add(pending(2)), queue.add(pending(3))];
  settle(queue, b);
  assert.deepEqual(drain(queue), []);
  assert.deepEqual(kept(queue), [[1], { answered: [2] }, [3]]);
  settle(queue, a);
  assert.deepEqual(drain(queue), [[1, 2]]);
  settle(queue, c);
  assert.deepEqual(drain(queue), [[3]]);
});

test('out of order, answers leave as they come, but not across a watermark', () => {
  const queue = new PendingQueue(false);
  const [a, b] = [queue.add(pending(1)), queue.add(pending(2))];
  queue.close({ kind: 'watermark', time: 5 });
  const c = queue.add(pending(3));
  settle(queue, c);
  settle(queue, b);
  assert.deepEqual(drain(queue), [[2]]);
  assert.deepEqual(kept(queue), [[1], 'W 5', { answered: [3] }]);
  settle(queue, a);
  assert.deepEqual(drain(queue), [[1], 'W 5', [3]]);
});

test('the end waits for all rows, and is not kept', () => {
  const queue = new PendingQueue(true);
  const a = queue.add(pending(1));
  queue.close({ kind: 'end' });
  assert.deepEqual([drain(queue), kept(queue)], [[], [[1]]]);
  settle(queue, a);
  assert.deepEqual(drain(queue), [[1], 'end']);
});

test('no more than about maxRows leave at once', () => {
  for (const ordered of [true, false]) {
    const queue = new PendingQueue(ordered);
    for (let i = 0; i < 5; i++) settle(queue, queue.add(pending(2 * i, 2 * i + 1)));
    assert.deepEqual(drain(queue, 3), [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  }
});

test('rows that have left are let go', () => {
  const queue = new PendingQueue(false);
  const entries = [1, 2, 3].map(n => queue.add(pending(n)));
  queue.close({ kind: 'watermark', time: 1 });
  assert.equal(queue.rowCount, 3);
  for (const entry of entries) settle(queue, entry);
  drain(queue);
  assert.deepEqual([queue.rowCount, [...queue.elements()]], [0, []]);
});

type Step =
  | { readonly kind: 'add'; readonly rows: number }
  | { readonly kind: 'settle'; readonly pick: number }
  | { readonly kind: 'watermark' }
  | { readonly kind: 'drain' };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add' as const), rows: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'watermark' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'drain' as const }) },
);

for (const ordered of [true, false]) {
  test(`property: every row leaves once, ${ordered ? 'in input order' : 'between its watermarks'}; what is kept is what has not left`, () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 60 }), steps => {
        const queue = new PendingQueue(ordered);
        const open: PendingRows[] = [];
        const input: unknown[] = [];
        const left: (PendingRows[] | Watermark | End)[] = [];
        let next = 0;
        let time = 0;
        const takeAll = (): void => {
          for (let taken = queue.take(4); taken !== undefined; taken = queue.take(4)) left.push(taken);
        };
        for (const step of steps) {
          if (step.kind === 'add') {
            const entry = pending(...Array.from({ length: step.rows }, () => next++));
            open.push(queue.add(entry));
            input.push(...rowsIn(entry.rows).flat());
          } else if (step.kind === 'settle') {
            const [entry] = open.splice(step.pick % Math.max(open.length, 1), 1);
            if (entry) settle(queue, entry);
          } else if (step.kind === 'watermark') {
            queue.close({ kind: 'watermark', time: ++time });
            input.push(`W ${time}`);
          } else takeAll();
          const keptRows = kept(queue).flatMap(each =>
            typeof each === 'object' && each !== null && 'answered' in each ? each.answered : each,
          );
          const leftRows = new Set(flat(left));
          assert.deepEqual(
            keptRows,
            input.filter(each => !leftRows.has(each)),
          );
          assert.equal(queue.rowCount, keptRows.filter(each => typeof each === 'number').length);
        }
        for (const entry of open) settle(queue, entry);
        takeAll();
        assert.deepEqual(segments(flat(left), ordered), segments(input, ordered));
      }),
    );
  });
}

function flat(left: readonly (PendingRows[] | Watermark | End)[]): unknown[] {
  return left.flatMap(each =>
    Array.isArray(each) ? each.flatMap(entry => rowsIn(entry.rows).flat()) : each.kind === 'watermark' ? [`W ${each.time}`] : ['end'],
  );
}

/** The rows; where order does not matter, sorted between the watermarks. */
function segments(elements: readonly unknown[], ordered: boolean): unknown[] {
  if (ordered) return [...elements];
  const parts: unknown[][] = [[]];
  for (const element of elements) {
    if (typeof element === 'string') parts.push([element], []);
    else parts.at(-1)!.push(element);
  }
  return parts.flatMap(part => part.toSorted((a, b) => (a as number) - (b as number)));
}
