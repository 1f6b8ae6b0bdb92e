import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowIds } from './row-ids.js';

test('ids are different, of nine digits, and follow from the id of the call alone', () => {
  const ids = rowIds('call-1', 1_000);
  assert.equal(new Set(ids).size, 1_000);
  for (const id of ids) assert.match(id, /^[1-9]\d{8}$/);
  assert.deepEqual(rowIds('call-1', 1_000), ids);
  assert.deepEqual(rowIds('call-1', 10), ids.slice(0, 10));
  assert.ok(!rowIds('call-2', 1_000).some(id => ids.includes(id)));
});
