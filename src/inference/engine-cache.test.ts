import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { InferenceResult, type InferenceEngine } from '../spec/inference-engine.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { EngineCache, type EngineCacheInit } from './engine-cache.js';

interface CountedEngine extends InferenceEngine {
  closed: number;
}

function engine(): CountedEngine {
  return {
    closed: 0,
    initialize: () => Promise.resolve(),
    infer: () => Promise.resolve(InferenceResult.success({ y: 1 })),
    close() {
      this.closed++;
      return Promise.resolve();
    },
  };
}

function setup(init: Partial<EngineCacheInit> = {}) {
  const clock = createFakeClock();
  return { clock, cache: new EngineCache({ clock, ...init }) };
}

const MINUTE_MS = 60_000;

test('what is put is found until half an hour has passed since its last use, and is then closed', async () => {
  const { cache, clock } = setup();
  const a = engine();
  cache.put('a', a);
  await clock.advance(29 * MINUTE_MS);
  assert.equal(cache.get('a'), a);
  await clock.advance(29 * MINUTE_MS);
  assert.equal(cache.get('a'), a);
  await clock.advance(30 * MINUTE_MS);
  assert.equal(cache.get('a'), undefined);
  await setImmediate();
  assert.equal(a.closed, 1);
  assert.equal(clock.pendingTimers, 0);
});

test('the time to live is an option of the cache and of an entry', async () => {
  const { cache, clock } = setup({ ttlMs: 1_000 });
  cache.put('short', engine());
  cache.put('long', engine(), { keepMs: 5_000 });
  await clock.advance(1_000);
  assert.deepEqual([cache.get('short') === undefined, cache.get('long') === undefined], [true, false]);
  await clock.advance(5_000);
  assert.equal(cache.size, 0);
});

test('an engine on loan is not closed, whatever takes it out, and closed once when it comes back', async () => {
  for (const takeOut of [
    (cache: EngineCache) => cache.invalidate('a'),
    (cache: EngineCache) => cache.invalidateAll(),
    (cache: EngineCache) => cache.put('a', engine()),
    (cache: EngineCache, a: InferenceEngine) => cache.remove('a', a),
  ]) {
    const { cache } = setup();
    const a = engine();
    cache.put('a', a);
    const [one, two] = [cache.lease('a')!, cache.lease('a')!];
    takeOut(cache, a);
    one.release();
    one.release();
    await setImmediate();
    assert.equal(a.closed, 0);
    two.release();
    await setImmediate();
    assert.equal(a.closed, 1);
  }
});

test('no time passes for an engine on loan', async () => {
  const { cache, clock } = setup({ ttlMs: 1_000 });
  const a = engine();
  cache.put('a', a);
  const lease = cache.lease('a')!;
  await clock.advance(10_000);
  assert.equal(cache.get('a'), a);
  lease.release();
  await clock.advance(1_000);
  await setImmediate();
  assert.equal(a.closed, 1);
});

test('the one that was not used for longest leaves when there are too many, but none on loan', async () => {
  const { cache } = setup({ maxEngines: 2 });
  const [a, b, c, d] = [engine(), engine(), engine(), engine()];
  cache.put('a', a);
  cache.put('b', b);
  cache.get('a');
  cache.put('c', c);
  await setImmediate();
  assert.deepEqual([a.closed, b.closed, c.closed], [0, 1, 0]);
  const lease = cache.lease('a')!;
  cache.put('d', d);
  await setImmediate();
  assert.deepEqual([a.closed, c.closed, d.closed], [0, 1, 0]);
  lease.release();
});

test('putting the same engine again keeps it, with another time', async () => {
  const { cache, clock } = setup();
  const a = engine();
  cache.put('a', a);
  cache.put('a', a, { keepMs: 10, origin: 'text' });
  const lease = cache.lease('a')!;
  assert.equal(lease.origin, 'text');
  lease.release();
  assert.equal(a.closed, 0);
  await clock.advance(10);
  assert.equal(cache.get('a'), undefined);
});

test('removing names the engine, so that a newer one of the name stays', () => {
  const { cache } = setup();
  const [a, b] = [engine(), engine()];
  cache.put('a', b);
  cache.remove('a', a);
  assert.equal(cache.get('a'), b);
});

test('closing waits for engines to close, and a failure of one is told', async () => {
  const told: string[] = [];
  const { cache } = setup({ onCloseFailure: (name, thrown) => told.push(`${name}: ${String(thrown)}`) });
  cache.put('bad', { ...engine(), close: () => Promise.reject(new Error('no')) });
  const good = engine();
  cache.put('good', good);
  await cache.close();
  assert.deepEqual([good.closed, told], [1, ['bad: Error: no']]);
});
