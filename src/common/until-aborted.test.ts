import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from './deferred.js';
import { untilAborted } from './until-aborted.js';

test('work that ends first gives its value or its failure', async () => {
  const { signal } = new AbortController();
  assert.equal(await untilAborted(Promise.resolve(1), signal), 1);
  await assert.rejects(untilAborted(Promise.reject(new Error('no')), signal), { message: 'no' });
});

test("an abort ends the wait with its reason, and what the work does later is nobody's", async () => {
  const ending = new AbortController();
  const work = deferred<number>();
  const waiting = untilAborted(work.promise, ending.signal);
  ending.abort(new Error('late'));
  await assert.rejects(waiting, { message: 'late' });
  work.reject(new Error('unheard'));
  await assert.rejects(untilAborted(Promise.reject(new Error('unheard')), ending.signal), { message: 'late' });
});
