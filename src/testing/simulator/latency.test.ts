import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLatency, sampleLatency } from './latency.js';

test('latency is written in three forms', () => {
  assert.deepEqual(parseLatency('200 ms'), { kind: 'fixed', ms: 200 });
  assert.deepEqual(parseLatency('100 ms..1 s'), { kind: 'uniform', minMs: 100, maxMs: 1_000 });
  assert.deepEqual(parseLatency('p50 200 ms p99 1 s'), { kind: 'lognormal', p50Ms: 200, p99Ms: 1_000 });
  for (const text of ['', 'fast', '1 s..100 ms', '1..2..3', 'p50 2 s p99 1 s', 'p50 0 p99 1 s'])
    assert.equal(parseLatency(text), undefined, text);
});

test('lognormal latency has its percentiles', () => {
  let state = 0;
  // A low-discrepancy sequence in place of chance.
  const random = () => (state = (state + 0.618_033_988_749_895) % 1);
  const samples = Array.from({ length: 20_000 }, () => sampleLatency({ kind: 'lognormal', p50Ms: 100, p99Ms: 400 }, random)).toSorted(
    (a, b) => a - b,
  );
  assert.ok(Math.abs(samples[10_000]! - 100) < 10, String(samples[10_000]));
});
