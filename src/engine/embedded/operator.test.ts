import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../common/deferred.js';
import { joinCredits } from './operator.js';

test('no credit to wait for is none, one is itself', () => {
  assert.equal(joinCredits([]), undefined);
  assert.equal(joinCredits([undefined, undefined]), undefined);
  const credit = Promise.resolve();
  assert.equal(joinCredits([undefined, credit, undefined]), credit);
});

test('several are there when all are', async () => {
  const [a, b] = [deferred<void>(), deferred<void>()];
  let hasCredit = false;
  const joined = Promise.resolve(joinCredits([a.promise, undefined, b.promise])).then(() => {
    hasCredit = true;
  });
  a.resolve();
  await a.promise;
  assert.equal(hasCredit, false);
  b.resolve();
  await joined;
});
