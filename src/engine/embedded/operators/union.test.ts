import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { deferred } from '../../../common/deferred.js';
import { INT } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import { column, opened, OperatorBench, restoredState } from './operator-bench.test.fixture.js';
import { nextTurn as turn } from '../next-turn.js';
import { unionOperator } from './union.js';

const FIELD = { name: 'n', type: INT };

function rows(...values: number[]): StreamElement {
  return column(FIELD, ...values);
}
const barrier = (checkpoint: number): StreamElement => ({ kind: 'barrier', checkpoint });
const watermark = (time: number): StreamElement => ({ kind: 'watermark', time });
const END: StreamElement = { kind: 'end' };

test('rows of all ports leave as they come', async () => {
  const bench = new OperatorBench();
  const union = await opened(unionOperator(2)(bench.context));
  void union.push(rows(1), 0);
  void union.push(rows(2), 1);
  void union.push(rows(3), 0);
  assert.deepEqual(bench.trace, [[1], [2], [3]]);
});

test('its watermark is the lowest, and goes only up', async () => {
  const bench = new OperatorBench();
  const union = await opened(unionOperator(2)(bench.context));
  void union.push(watermark(5), 0);
  assert.deepEqual(bench.trace, []);
  void union.push(watermark(3), 1);
  void union.push(watermark(9), 0);
  void union.push(watermark(4), 1);
  void union.push(watermark(Infinity), 1);
  void union.push(watermark(Infinity), 0);
  assert.deepEqual(bench.trace, ['W 3', 'W 4', 'W 9', 'W Infinity']);
});

test('it ends when every port has', async () => {
  const bench = new OperatorBench();
  const union = await opened(unionOperator(3)(bench.context));
  void union.push(END, 1);
  void union.push(END, 0);
  assert.deepEqual(bench.trace, []);
  void union.push(rows(7), 2);
  void union.push(END, 2);
  assert.deepEqual(bench.trace, [[7], 'end']);
});

for (const [first, second] of [
  [0, 1],
  [1, 0],
] as const) {
  test(`a barrier waits for the other port, and so do the rows behind it: port ${first} first`, async () => {
    const bench = new OperatorBench();
    const union = await opened(unionOperator(2)(bench.context));
    let hasCredit = false;
    void union.push(barrier(1), first);
    void Promise.resolve(union.push(rows(10), first)).then(() => {
      hasCredit = true;
    });
    void union.push(watermark(8), first);
    void union.push(rows(20), second);
    await turn();
    assert.deepEqual(bench.trace, [[20]]);
    assert.equal(hasCredit, false);
    void union.push(barrier(1), second);
    await turn();
    assert.deepEqual(bench.trace, [[20], 'B 1', [10]]);
    assert.equal(hasCredit, true);
    void union.push(watermark(7), second);
    assert.deepEqual(bench.trace.at(-1), 'W 7');
  });
}

test('barriers go on after the end of a port', async () => {
  const bench = new OperatorBench();
  const union = await opened(unionOperator(2)(bench.context));
  void union.push(END, 0);
  void union.push(barrier(1), 0);
  void union.push(barrier(1), 1);
  void union.push(barrier(2), 1);
  void union.push(barrier(2), 0);
  assert.deepEqual(bench.trace, ['B 1', 'B 2']);
  assert.deepEqual([...bench.snapshots.keys()], [1, 2]);
});

test('a restored union goes on with the watermarks that it had', async () => {
  const before = new OperatorBench();
  const union = await opened(unionOperator(2)(before.context));
  void union.push(watermark(5), 0);
  void union.push(watermark(3), 1);
  void union.push(barrier(1), 0);
  void union.push(barrier(1), 1);
  const after = new OperatorBench();
  const restored = await opened(unionOperator(2)(after.context), await restoredState(before, 1));
  void restored.push(watermark(3), 1);
  assert.deepEqual(after.trace, []);
  void restored.push(watermark(9), 1);
  assert.deepEqual(after.trace, ['W 5']);
});

test('credit of held rows comes when they have left', async () => {
  const credit = deferred<void>();
  const bench = new OperatorBench({ onEmit: element => (element.kind === 'batch' ? credit.promise : undefined) });
  const union = await opened(unionOperator(2)(bench.context));
  void union.push(barrier(1), 0);
  let hasCredit = false;
  void Promise.resolve(union.push(rows(1), 0)).then(() => {
    hasCredit = true;
  });
  void union.push(barrier(1), 1);
  await turn();
  assert.deepEqual([bench.trace, hasCredit], [['B 1', [1]], false]);
  credit.resolve();
  await turn();
  assert.equal(hasCredit, true);
});

test('a held row that is refused stops the job, and its sender is let go', async () => {
  const bench = new OperatorBench({
    onEmit: element => {
      if (element.kind === 'batch') throw new Error('refused');
    },
  });
  const union = await opened(unionOperator(2)(bench.context));
  void union.push(barrier(1), 0);
  const credit = Promise.resolve(union.push(rows(1), 0));
  void union.push(barrier(1), 1);
  await credit;
  assert.deepEqual(bench.failures, [new Error('refused')]);
});

test('closing lets senders go that wait for a barrier', async () => {
  const bench = new OperatorBench();
  const union = await opened(unionOperator(2)(bench.context));
  const credit = Promise.resolve(union.push(barrier(1), 0));
  await union.close();
  await credit;
  assert.deepEqual(bench.trace, []);
});

/** Steps of three ports, each with its barriers in place: what a port sends is in order, and ports interleave in any way. */
const INTERLEAVING = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 3 })), { maxLength: 60 });

test('property: whatever the interleaving, each barrier divides every port in the same place', async () => {
  await fc.assert(
    fc.asyncProperty(INTERLEAVING, async steps => {
      const bench = new OperatorBench();
      const union = await opened(unionOperator(3)(bench.context));
      const sent = [0, 0, 0];
      const barriers = [0, 0, 0];
      const expected = new Map<number, number[]>();
      const send = (port: number): void => {
        sent[port] = sent[port]! + 1;
        void union.push(rows(port * 10_000 + sent[port]), port);
      };
      const divide = (port: number): void => {
        // The next checkpoint starts when the last one is complete.
        if (barriers[port]! > Math.min(...barriers)) return;
        barriers[port] = barriers[port]! + 1;
        expected.set(barriers[port], Object.assign(expected.get(barriers[port]) ?? [0, 0, 0], { [port]: sent[port]! }));
        void union.push(barrier(barriers[port]), port);
      };
      for (const [port, weight] of steps) {
        if (weight === 1) divide(port);
        else send(port);
      }
      for (const port of [0, 1, 2]) if (barriers[port]! < Math.max(...barriers)) divide(port);
      await turn();
      const seen = [0, 0, 0];
      for (const element of bench.out) {
        if (element.kind === 'barrier') assert.deepEqual(seen, expected.get(element.checkpoint));
        if (element.kind !== 'batch') continue;
        const value = element.columns[0]!.values[0] as number;
        const port = Math.floor(value / 10_000);
        seen[port] = seen[port]! + 1;
        assert.equal(value % 10_000, seen[port]);
      }
      assert.deepEqual(seen, sent);
    }),
  );
});
