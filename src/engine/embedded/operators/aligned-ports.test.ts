import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { deferred } from '../../../common/deferred.js';
import { INT } from '../../../spec/data-type.js';
import type { StreamElement } from '../element.js';
import { nextTurn as turn } from '../next-turn.js';
import { AlignedPorts } from './aligned-ports.js';
import { column, OperatorBench, shorten } from './operator-bench.test.fixture.js';

const barrier = (checkpoint: number): StreamElement => ({ kind: 'barrier', checkpoint });

function row(n: number): StreamElement {
  return column({ name: 'n', type: INT }, n);
}

/** What was received, with the port, and where barriers left between. */
function recording(ports = 2): { bench: OperatorBench; aligned: AlignedPorts; received: unknown[] } {
  const received: unknown[] = [];
  const bench = new OperatorBench({ onEmit: element => void received.push(...shorten(element)) });
  const aligned = new AlignedPorts(ports, bench.context, {
    receive: (element, port) => void received.push([port, ...shorten(element)]),
    snapshot: () => received.length,
  });
  return { bench, aligned, received };
}

test('what an input sends behind its barrier is received when the barrier has come from all', async () => {
  const { bench, aligned, received } = recording();
  void aligned.push(row(1), 0);
  void aligned.push(barrier(1), 0);
  void aligned.push(row(2), 0);
  void aligned.push(row(3), 1);
  assert.deepEqual(received, [
    [0, [1]],
    [1, [3]],
  ]);
  void aligned.push(barrier(1), 1);
  assert.deepEqual(received.slice(2), ['B 1', [0, [2]]]);
  assert.equal(await bench.snapshots.get(1), 2);
});

test('the sender that is ahead has no credit until its rows have been taken', async () => {
  const taken = deferred<void>();
  const bench = new OperatorBench();
  const aligned = new AlignedPorts(2, bench.context, { receive: () => taken.promise, snapshot: () => undefined });
  void aligned.push(barrier(1), 0);
  let hasCredit = false;
  void Promise.resolve(aligned.push(row(1), 0)).then(() => (hasCredit = true));
  void aligned.push(barrier(1), 1);
  await turn();
  assert.equal(hasCredit, false);
  taken.resolve();
  await turn();
  assert.equal(hasCredit, true);
});

test('an input may be several barriers ahead', () => {
  const { aligned, received } = recording();
  for (const checkpoint of [1, 2]) {
    void aligned.push(barrier(checkpoint), 0);
    void aligned.push(row(checkpoint), 0);
  }
  void aligned.push(barrier(1), 1);
  void aligned.push(row(9), 1);
  void aligned.push(barrier(2), 1);
  assert.deepEqual(received, ['B 1', [0, [1]], [1, [9]], 'B 2', [0, [2]]]);
});

test('what fails when held rows are taken fails the job', async () => {
  const bench = new OperatorBench();
  const aligned = new AlignedPorts(2, bench.context, {
    receive() {
      throw new Error('no room');
    },
    snapshot: () => undefined,
  });
  void aligned.push(barrier(1), 0);
  void aligned.push(row(1), 0);
  void aligned.push(barrier(1), 1);
  await turn();
  assert.deepEqual(bench.failures.map(String), ['Error: no room']);
});

test('closing lets go of a sender that waits', async () => {
  const { aligned } = recording();
  const credit = aligned.push(barrier(1), 0);
  await aligned.close();
  await credit;
});

test('property: each barrier stands behind all rows before it and before all rows behind it, of every input', () => {
  const steps = fc.array(fc.record({ port: fc.nat(2), isBarrier: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, all => {
      const { aligned, received } = recording(3);
      const sent = [0, 0, 0];
      for (const { port, isBarrier } of all) void aligned.push(isBarrier ? barrier(++sent[port]!) : row(sent[port]!), port);
      let complete = 0;
      for (const each of received as (string | [number, [number]])[]) {
        if (typeof each === 'string') assert.equal(each, `B ${++complete}`);
        else assert.equal(each[1][0], complete);
      }
      assert.equal(complete, Math.min(...sent));
    }),
  );
});
