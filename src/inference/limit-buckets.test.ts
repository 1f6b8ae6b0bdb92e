import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFakeClock } from '../testing/fake-clock.js';
import { LimitBuckets, type ConfiguredLimits, type Taken } from './limit-buckets.js';
import { ONE_REQUEST, type Need } from './token-meter.js';

function setUp(...limits: ConfiguredLimits[]) {
  let nowMs = 0;
  const buckets = new LimitBuckets({ ...createFakeClock(), monotonic: () => nowMs });
  buckets.configure(limits);
  return {
    buckets,
    wait: (ms: number): void => void (nowMs += ms),
    now: () => nowMs,
    /** Takes so many calls at once, and gives the last one. */
    take(count: number, need: Need = ONE_REQUEST): Taken {
      let taken = buckets.take(need);
      for (let i = 1; i < count; i++) taken = buckets.take(need);
      return taken;
    },
    level: (kind: string) => buckets.levels().find(each => each.kind === kind)?.level,
    rates: () => Object.fromEntries(buckets.levels().map(({ kind, perMinute }) => [kind, perMinute])),
  };
}

test('in no 60 seconds, wherever they start, more calls than the limit, and nearly as many', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_500 }),
      // Rests between calls in milliseconds: none, or long enough for the bucket to fill.
      fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90_000 })), { minLength: 1, maxLength: 20 }),
      (limit, rests) => {
        const { buckets, wait, now } = setUp({ requests: limit });
        const starts: number[] = [];
        const callsPerRest = Math.ceil((2 * limit) / rests.length) + 1;
        for (const rest of rests) {
          wait(rest);
          for (let i = 0; i < callsPerRest; i++) {
            wait(buckets.waitFor(ONE_REQUEST));
            buckets.take(ONE_REQUEST);
            starts.push(now());
          }
        }
        for (let from = 0, to = 0; from < starts.length; from++) {
          while (to < starts.length && starts[to]! < starts[from]! + 60_000) to++;
          if (to - from > limit) return false;
        }
        return true;
      },
    ),
    { numRuns: 60 },
  );
  const { buckets, wait, now } = setUp({ requests: 600 });
  for (let i = 0; i < 6_000; i++) {
    wait(buckets.waitFor(ONE_REQUEST));
    buckets.take(ONE_REQUEST);
  }
  assert.ok(now() < 600_000 / 0.97, `6,000 calls at 600 a minute took ${now()} ms`);
});

test('in no 60 seconds more tokens than the limit, by calls of different sizes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 200, maxLength: 300 }), sizes => {
      const limit = 100_000;
      const { buckets, wait, now } = setUp({ tokens: limit });
      const calls = sizes.map(tokens => {
        const need = { ...ONE_REQUEST, tokens };
        wait(buckets.waitFor(need));
        buckets.take(need);
        return { at: now(), tokens };
      });
      return calls.every(({ at }) => {
        const inMinute = calls.filter(each => each.at >= at && each.at < at + 60_000);
        return inMinute.reduce((sum, { tokens }) => sum + tokens, 0) <= limit;
      });
    }),
    { numRuns: 20 },
  );
});

test('a call waits for the bucket that takes longest', () => {
  const { buckets, take } = setUp({ requests: 60, tokens: 6_000 });
  take(1, { ...ONE_REQUEST, tokens: 120 });
  assert.ok(buckets.waitFor({ ...ONE_REQUEST, tokens: 0 }) > 700);
  assert.ok(buckets.waitFor({ ...ONE_REQUEST, tokens: 120 }) > 1_200, 'the tokens');
});

test('what a call used beyond its need is taken, and what it did not is put back', () => {
  const { buckets, take, level } = setUp({ tokens: 60_000 });
  take(1, { ...ONE_REQUEST, tokens: 1_000 });
  buckets.correct({ tokens: 500 });
  assert.equal(level('tokens'), -300);
  buckets.correct({ tokens: -700 });
  assert.equal(level('tokens'), 400);
});

test('without options the limits are those of the headers, and so is what is left', () => {
  const { buckets, take, level, rates, wait } = setUp();
  assert.equal(buckets.waitFor(ONE_REQUEST), 0);
  const taken = take(1);
  wait(1_000);
  take(3);
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 40 }], taken);
  assert.deepEqual(rates(), { requests: 600 });
  // 40, and 10 for the second since; less three that were taken after the call that told.
  assert.equal(level('requests'), 47);
});

test('headers of an older call say nothing after those of a newer one', () => {
  const { buckets, take, level } = setUp();
  const older = take(1);
  const newer = take(1);
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 20 }], newer);
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 500 }], older);
  assert.equal(level('requests'), 20);
});

test('options that are lower than the headers bind; what is left binds where it is less', () => {
  const { buckets, take, level, rates } = setUp({ requests: 100 });
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 599 }], take(1));
  assert.deepEqual(rates(), { requests: 98 });
  assert.equal(level('requests'), 1);
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 0 }], take(1));
  assert.equal(level('requests'), 0);
});

test('headers that are lower than the options bind, until they are higher again', () => {
  const { buckets, take, rates } = setUp({ requests: 100 });
  buckets.follow([{ kind: 'requests', limit: 60, remaining: 59 }], take(1));
  assert.deepEqual(rates(), { requests: 60 });
  buckets.follow([{ kind: 'requests', limit: 80, remaining: 59 }], take(1));
  assert.deepEqual(rates(), { requests: 80 });
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 599 }], take(1));
  assert.deepEqual(rates(), { requests: 98 }, 'never more than the options');
});

test('of several options the lowest binds, and none of a user that is gone', () => {
  const { buckets, rates, take } = setUp({ requests: 100 }, { requests: 50, tokens: 1_000 });
  assert.deepEqual(rates(), { requests: 49, tokens: 980 });
  buckets.configure([{ requests: 100 }]);
  assert.deepEqual(rates(), { requests: 98 });
  const taken = take(1);
  buckets.configure([{}]);
  assert.deepEqual(rates(), {});
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 599 }], taken);
  assert.deepEqual(rates(), { requests: 600 });
});

test('a limit of a day in the headers of a minute is told by its reset', () => {
  const { buckets, take, rates } = setUp();
  // 400 of 1,000 come back in four hours.
  buckets.follow([{ kind: 'requests', limit: 1_000, remaining: 600, resetMs: 14_400_000 }], take(1));
  assert.deepEqual(rates(), { requests: 400 / 240 });
});

test('a rate that throttles told gives way to headers and to options', () => {
  const { buckets, take, rates } = setUp();
  buckets.learn(200);
  assert.deepEqual(rates(), { requests: 196 });
  buckets.learn(100);
  assert.deepEqual(rates(), { requests: 98 });
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 1 }], take(1));
  buckets.learn(50);
  assert.deepEqual(rates(), { requests: 600 });
  const bound = setUp({ requests: 100 });
  bound.buckets.learn(50);
  assert.deepEqual(bound.rates(), { requests: 98 });
});

test('a shared store uses the limit that a service told evenly, since it does not know what is left', () => {
  const { buckets, take } = setUp({ tokens: 1_000 });
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 599 }], take(1));
  assert.deepEqual(buckets.sizes(), [
    { kind: 'tokens', perMinute: 980, burst: 20 },
    { kind: 'requests', perMinute: 588, burst: 12 },
  ]);
});
