import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LatencyHistogram } from './latency-histogram.js';

test('without durations everything is zero', () => {
  assert.deepEqual(new LatencyHistogram().summary(), { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 });
});

test('quantiles are at most 10 % above the exact ones, and never below', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.001, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 200 }), durations => {
      const histogram = new LatencyHistogram();
      for (const ms of durations) histogram.record(ms);
      const sorted = durations.toSorted((a, b) => a - b);
      const { p50Ms, p99Ms, maxMs, count } = histogram.summary();
      assert.equal(count, durations.length);
      assert.equal(maxMs, sorted.at(-1));
      for (const [share, found] of [
        [0.5, p50Ms],
        [0.99, p99Ms],
      ] as const) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1]!;
        assert.ok(found >= exact * 0.999_999 && found <= exact * 1.100_001, `${found} for ${exact}`);
      }
    }),
  );
});

test('durations beyond the buckets still count', () => {
  const histogram = new LatencyHistogram();
  histogram.record(0);
  histogram.record(1e12);
  assert.deepEqual(histogram.summary().maxMs, 1e12);
});
