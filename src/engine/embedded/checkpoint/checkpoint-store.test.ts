import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryCheckpointStore } from './checkpoint-store.js';

test('a store in memory gives the last checkpoint, and is gone with the process', async () => {
  const store = memoryCheckpointStore();
  assert.equal(store.isDurable, false);
  assert.equal(await store.load(), undefined);
  await store.save({ id: 1, states: new Map(), finished: false });
  const last = { id: 2, states: new Map([['a', 1]]), finished: true };
  await store.save(last);
  assert.deepEqual(await store.load(), last);
  await store.close();
});
