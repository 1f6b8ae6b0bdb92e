import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../testing/fake-clock.js';
import { LimitBuckets } from './limit-buckets.js';
import type { Need } from './token-meter.js';

const CALL: Need = { requests: 1, tokens: 10, 'input-tokens': 5, 'output-tokens': 5 };

test('a rate is guessed from throttles only where the service tells no limit', () => {
  const silent = new LimitBuckets(createFakeClock());
  silent.learn(300);
  assert.deepEqual(
    silent.sizes().map(({ kind, perMinute }) => [kind, perMinute]),
    [['requests', 294]],
  );
  const telling = new LimitBuckets(createFakeClock());
  const taken = telling.take(CALL);
  telling.follow([{ kind: 'tokens', limit: 10_000, remaining: 0 }], taken);
  telling.learn(300);
  assert.deepEqual(
    telling.sizes().map(({ kind }) => kind),
    ['tokens'],
  );
});

test('what the service told is shared evenly, since the store does not know what is left', () => {
  const buckets = new LimitBuckets(createFakeClock());
  buckets.follow([{ kind: 'requests', limit: 600, remaining: 599 }], buckets.take(CALL));
  assert.deepEqual(buckets.sizes(), [{ kind: 'requests', perMinute: 588, burst: 12 }]);
  const given = new LimitBuckets(createFakeClock());
  given.configure([{ requests: 600 }, { requests: 1_200 }]);
  assert.deepEqual(given.sizes(), [{ kind: 'requests', perMinute: 588, burst: 12 }]);
});
