import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../common/clock.js';
import { deferred } from '../../common/deferred.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { COPY, JobWorld, rest } from './job-bench.test.fixture.js';
import { BusyClock, FlowMeter } from './operator-flow.js';

/** A clock that moves when a test works. */
function workClock(): { clock: Clock; work: (ms: number) => void } {
  let now = 1_000;
  return { clock: { ...createFakeClock(), monotonic: () => now }, work: ms => void (now += ms) };
}

test('time belongs to the operator that computes, not to those that called it', () => {
  const { clock, work } = workClock();
  const busy = new BusyClock(clock);
  const [upper, lower] = [new FlowMeter(clock), new FlowMeter(clock)];
  work(5);
  busy.charge(upper, () => {
    work(10);
    busy.charge(lower, () => work(200));
    work(3);
    assert.throws(() => {
      busy.charge(lower, () => {
        work(40);
        throw new Error('refused');
      });
    }, /refused/);
    work(1);
  });
  work(7);
  assert.deepEqual([upper.busyMs, lower.busyMs], [14, 240]);
});

test('waits for several credits at once are one wait, and one that goes on counts too', async () => {
  const clock = createFakeClock();
  const meter = new FlowMeter(clock);
  const [first, second] = [deferred<void>(), deferred<void>()];
  const batch = { kind: 'batch', rowCount: 2, columns: [] } as const;
  meter.sent(batch, undefined);
  await clock.advance(100);
  assert.equal(meter.backpressuredMs, 0);
  meter.sent(batch, first.promise);
  await clock.advance(10);
  meter.sent({ kind: 'watermark', time: 7 }, second.promise);
  await clock.advance(10);
  first.resolve();
  await clock.advance(10);
  assert.equal(meter.backpressuredMs, 30);
  second.resolve();
  await clock.advance(50);
  assert.deepEqual([meter.backpressuredMs, meter.rowsOut, meter.watermark], [30, 4, 7]);
});

test('a job counts what flows between its operators', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1, 2, 3], [4]] });
  const out = world.table('out', { writing: deferred<void>() });
  const job = world.job(COPY);
  await job.start();
  await rest();
  await world.clock.advance(250);
  const [source, sink] = job.metrics();
  assert.ok(source!.flow.rowsOut > 0);
  assert.equal(source!.flow.rowsOut, sink!.flow.rowsIn);
  assert.equal(source!.flow.backpressuredMs, 250);
  out.writing!.resolve();
  await job.settled;
  assert.deepEqual([source!.flow.rowsOut, sink!.flow.rowsIn, source!.flow.watermark, source!.flow.backpressuredMs], [4, 4, Infinity, 250]);
});
