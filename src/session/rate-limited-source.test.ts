import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows } from '../spec/batch.js';
import type { ReadLimit, Source } from '../spec/connector.js';
import { INT } from '../spec/data-type.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { atRate } from './rate-limited-source.js';

/** A source that always has as many rows as one asks for, and notes when it gave them. */
function endless(log: [number, number][], now: () => number): Source<number> {
  return {
    boundedness: 'unbounded',
    changelogMode: 'insert-only',
    discoveryIntervalMs: 77,
    listSplits: () => Promise.resolve([{ id: 'a' }, { id: 'b' }]),
    openReader: (_split, from = 0) =>
      Promise.resolve({
        read: ({ maxRows }) => {
          log.push([now(), maxRows]);
          const rows = Array.from({ length: maxRows }, () => [1]);
          return Promise.resolve({ batch: batchOfRows([{ name: 'n', type: INT }], rows), position: from + maxRows, end: false });
        },
        close: () => Promise.resolve(),
      }),
  };
}

function limitOf(signal: AbortSignal, maxRows = 1_000): ReadLimit {
  return { maxRows, maxBytes: 1_000_000, waitMs: 10, signal };
}

test('without a rate the source is as it is', () => {
  const source = endless([], () => 0);
  assert.equal(atRate(undefined, createFakeClock(), source), source);
});

test('rows come at the rate, a twentieth of a second at a time', async () => {
  const clock = createFakeClock();
  const log: [number, number][] = [];
  const source = atRate(100, clock, endless(log, clock.monotonic));
  const reader = await source.openReader({ id: 'a' }, undefined);
  const { signal } = new AbortController();
  const reading = (async () => {
    for (let i = 0; i < 5; i++) await reader.read(limitOf(signal));
  })();
  await clock.advance(1_000);
  await reading;
  assert.deepEqual(log, [
    [0, 5],
    [50, 5],
    [100, 5],
    [150, 5],
    [200, 5],
  ]);
});

test('the rate is that of all splits together', async () => {
  const clock = createFakeClock();
  const log: [number, number][] = [];
  const source = atRate(20, clock, endless(log, clock.monotonic));
  const { signal } = new AbortController();
  const readers = await Promise.all(['a', 'b'].map(id => source.openReader({ id }, undefined)));
  const reading = readers.map(async reader => {
    for (;;) await reader.read(limitOf(signal));
  });
  await clock.advance(1_000);
  assert.equal(reading.length, 2);
  const rows = log.reduce((sum, [, count]) => sum + count, 0);
  assert.ok(rows >= 20 && rows <= 22, `${rows} rows in a second`);
});

test('a slow rate gives a row at a time, and never more than one asks for', async () => {
  const clock = createFakeClock();
  const log: [number, number][] = [];
  const { signal } = new AbortController();
  const slow = await atRate(2, clock, endless(log, clock.monotonic)).openReader({ id: 'a' }, undefined);
  await slow.read(limitOf(signal));
  const second = slow.read(limitOf(signal));
  await clock.advance(500);
  await second;
  const fast = await atRate(1_000, clock, endless(log, clock.monotonic)).openReader({ id: 'a' }, undefined);
  await fast.read(limitOf(signal, 3));
  assert.deepEqual(log, [
    [0, 1],
    [500, 1],
    [500, 3],
  ]);
});

test('a reader that was late catches up for a second at most', async () => {
  const clock = createFakeClock();
  const log: [number, number][] = [];
  const { signal } = new AbortController();
  const reader = await atRate(20, clock, endless(log, clock.monotonic)).openReader({ id: 'a' }, undefined);
  await reader.read(limitOf(signal));
  await clock.advance(60_000);
  const reading = (async () => {
    for (;;) await reader.read(limitOf(signal));
  })();
  await clock.advance(0);
  assert.ok(reading instanceof Promise);
  const burst = log.filter(([at]) => at === 60_000).length;
  assert.ok(burst >= 20 && burst <= 22, `${burst} rows at once`);
});

test('a stop ends the wait', async () => {
  const clock = createFakeClock();
  const log: [number, number][] = [];
  const controller = new AbortController();
  const reader = await atRate(1, clock, endless(log, clock.monotonic)).openReader({ id: 'a' }, undefined);
  await reader.read(limitOf(controller.signal));
  const second = reader.read(limitOf(controller.signal));
  await clock.advance(10);
  controller.abort();
  await second;
  assert.deepEqual([log.length, clock.pendingTimers], [2, 0]);
});

test('everything else of the source stays', async () => {
  const source = atRate(
    10,
    createFakeClock(),
    endless([], () => 0),
  );
  assert.deepEqual([source.boundedness, source.discoveryIntervalMs, (await source.listSplits()).length], ['unbounded', 77, 2]);
});
