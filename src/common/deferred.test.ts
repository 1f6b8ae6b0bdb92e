import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from './deferred.js';

test('somebody else settles it, once', async () => {
  const one = deferred<number>();
  one.resolve(1);
  one.reject(new Error('late'));
  assert.equal(await one.promise, 1);
  const other = deferred<number>();
  other.reject(new Error('no'));
  await assert.rejects(other.promise, /no/);
});
