import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../spec/batch.js';
import type { LookupSource } from '../spec/connector.js';
import { BIGINT, STRING, type Field } from '../spec/data-type.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { lookupCacheOptions, withLookupCache } from './lookup-cache.js';

const FIELDS: readonly Field[] = [
  { name: 'id', type: BIGINT },
  { name: 'word', type: STRING },
];

/** A table that counts how often it was asked: id 1 has one row, 2 has two, all others have none. */
function table(): LookupSource & { readonly asked: Value[][]; closed: number } {
  const asked: Value[][] = [];
  return {
    asked,
    closed: 0,
    maxKeys: 10,
    async: true,
    maxRetries: 2,
    lookup(keys) {
      const ids = idsOf(keys);
      asked.push(ids);
      const rows = ids.flatMap((id, key) =>
        Array.from({ length: id === 1 ? 1 : id === 2 ? 2 : 0 }, (_, n) => ({ key, row: [id!, `${String(id)}-${asked.length}-${n}`] })),
      );
      return Promise.resolve({
        rows: batchOfRows(
          FIELDS,
          rows.map(({ row }) => row),
        ),
        inputOf: Uint32Array.from(rows, ({ key }) => key),
      });
    },
    close() {
      this.closed++;
      return Promise.resolve();
    },
  };
}

function idsOf(keys: Batch): Value[] {
  return Array.from({ length: keys.rowCount }, (_, row) => rowAt(keys, row)[0]!);
}

function cached(given: Record<string, string>) {
  const source = table();
  const clock = createFakeClock();
  const lookup = withLookupCache(source, { options: lookupCacheOptions.parse(given), fields: FIELDS, clock });
  const ask = async (...ids: number[]): Promise<string[]> => {
    const keys = batchOfRows(
      [FIELDS[0]!],
      ids.map(id => [id]),
    );
    const { rows, inputOf } = await lookup.lookup(keys, new AbortController().signal);
    return Array.from(inputOf, (key, row) => `${key}:${String(rowAt(rows, row)[1])}`);
  };
  return { source, clock, lookup, ask };
}

test('without the option nothing is kept', async () => {
  const { source, lookup, ask } = cached({});
  await ask(1);
  await ask(1);
  assert.equal(lookup, source);
  assert.deepEqual(source.asked, [[1], [1]]);
});

test('each key is asked once, in one ask with the others that are not known, and rows keep their places', async () => {
  const { source, ask } = cached({ 'lookup.cache': 'PARTIAL', 'lookup.partial-cache.max-rows': '100' });
  assert.deepEqual(await ask(2, 3, 1, 2), ['0:2-1-0', '0:2-1-1', '2:1-1-0', '3:2-1-0', '3:2-1-1']);
  assert.deepEqual(await ask(4, 1, 3), ['1:1-1-0']);
  assert.deepEqual(source.asked, [[2, 3, 1], [4]]);
});

test('rows leave after their time, counted from when they were found or from their last use', async () => {
  const written = cached({ 'lookup.partial-cache.expire-after-write': '1 s' });
  await written.ask(1);
  await written.clock.advance(999);
  assert.deepEqual(await written.ask(1), ['0:1-1-0']);
  await written.clock.advance(1);
  assert.deepEqual(await written.ask(1), ['0:1-2-0']);

  const used = cached({ 'lookup.partial-cache.expire-after-access': '1 s' });
  await used.ask(1);
  for (let i = 0; i < 3; i++) {
    await used.clock.advance(999);
    assert.deepEqual(await used.ask(1), ['0:1-1-0']);
  }
  await used.clock.advance(1_000);
  assert.deepEqual(await used.ask(1), ['0:1-2-0']);
});

test('the rows that were not used for longest leave when there are too many; a key without rows counts as one', async () => {
  const { source, ask } = cached({ 'lookup.partial-cache.max-rows': '3' });
  await ask(1);
  await ask(2);
  await ask(1);
  await ask(9);
  await ask(1);
  await ask(2);
  assert.deepEqual(source.asked, [[1], [2], [9], [2]]);
});

test('that a key has no rows is kept, unless an option says otherwise', async () => {
  const { source, ask } = cached({ 'lookup.partial-cache.expire-after-write': '1 h', 'lookup.partial-cache.cache-missing-key': 'false' });
  await ask(3, 1);
  await ask(3, 1);
  assert.deepEqual(source.asked, [[3, 1], [3]]);
});

test('it passes on what the source says of itself, and closes it', async () => {
  const { source, lookup } = cached({ 'lookup.partial-cache.expire-after-write': '1 h' });
  assert.deepEqual([lookup.maxKeys, lookup.async, lookup.maxRetries], [10, true, 2]);
  await lookup.close!();
  assert.equal(source.closed, 1);
});

test('a cache without a bound is refused', () => {
  assert.throws(
    () => cached({ 'lookup.cache': 'PARTIAL' }),
    (error: unknown) => MillraceError.is(error) && error.code === 'INVALID_OPTION',
  );
});
