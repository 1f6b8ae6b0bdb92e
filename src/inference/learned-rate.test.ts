import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LearnedRate } from './learned-rate.js';

/** So many successes, evenly over `ms` from `from`. */
function succeed(rate: LearnedRate, count: number, from: number, ms: number): void {
  for (let i = 1; i <= count; i++) rate.succeeded(from + (i * ms) / count);
}

test('nothing is known before a throttle, nor from a handful of calls', () => {
  const rate = new LearnedRate();
  succeed(rate, 2, 0, 1_000);
  assert.equal(rate.at(1_000), undefined);
  rate.throttled({ nowMs: 1_000, waitMs: 1_000 });
  assert.equal(rate.at(2_000), undefined);
});

test('the rate is what succeeded between two throttles, the wait included', () => {
  const rate = new LearnedRate();
  rate.throttled({ nowMs: 0, waitMs: 0 });
  succeed(rate, 100, 0, 5_000);
  rate.throttled({ nowMs: 5_000, waitMs: 5_000 });
  assert.equal(rate.at(10_000), 600);
});

test('another throttle makes it less, by a twentieth at least and a half at most', () => {
  const known = (): LearnedRate => {
    const rate = new LearnedRate();
    rate.throttled({ nowMs: 0, waitMs: 0 });
    succeed(rate, 100, 0, 10_000);
    rate.throttled({ nowMs: 10_000, waitMs: 0 });
    return rate;
  };
  const [more, less, much] = [known(), known(), known()];
  succeed(more, 100, 10_000, 5_000);
  more.throttled({ nowMs: 15_000, waitMs: 0 });
  assert.equal(more.at(15_000), 570);
  succeed(less, 40, 10_000, 5_000);
  less.throttled({ nowMs: 15_000, waitMs: 0 });
  assert.equal(less.at(15_000), 480);
  succeed(much, 3, 10_000, 5_000);
  much.throttled({ nowMs: 15_000, waitMs: 0 });
  assert.equal(much.at(15_000), 300);
});

test('without throttles it grows, faster from step to step, until the next one', () => {
  const rate = new LearnedRate();
  rate.throttled({ nowMs: 0, waitMs: 0 });
  succeed(rate, 100, 0, 10_000);
  rate.throttled({ nowMs: 10_000, waitMs: 0 });
  assert.equal(rate.at(19_999), 600);
  assert.equal(Math.round(rate.at(20_000)!), 612);
  assert.equal(Math.round(rate.at(25_000)!), 612);
  assert.equal(Math.round(rate.at(30_000)!), 636);
  for (let nowMs = 40_000; nowMs <= 80_000; nowMs += 10_000) rate.at(nowMs);
  const before = rate.at(80_000)!;
  assert.ok(Math.abs(rate.at(90_000)! / before - 2) < 1e-9, 'it may double at most');
  succeed(rate, 10_000, 90_000, 1_000);
  rate.throttled({ nowMs: 91_000, waitMs: 0 });
  const cut = rate.at(91_000)!;
  assert.ok(Math.abs(rate.at(101_000)! / cut - 1.02) < 1e-9, 'slow again');
});
