import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BIGINT, STRING, timestampLtz, type Field } from '../../spec/data-type.js';
import { rowsOf } from '../batch-rows.js';
import { sourceContract } from '../source-contract.js';
import { tableContext } from '../table-context.js';
import { createFeeds, type FedRow, type Feeds } from './feed-connector.js';

const FIELDS: readonly Field[] = [
  { name: 'id', type: BIGINT },
  { name: 'word', type: STRING },
];

function row(id: string, word: string): FedRow {
  return new Map([
    ['id', id],
    ['word', word],
  ]);
}

async function sourceOf(feeds: Feeds, options: Record<string, string> = {}, metadata: readonly string[] = []) {
  const types = { offset: BIGINT, timestamp: timestampLtz(3) };
  const columns = metadata.map(key => ({ key, field: { name: key, type: types[key as keyof typeof types] } }));
  return feeds.connector.createSource!(tableContext({ connector: feeds.connector, options, fields: FIELDS, metadata: columns }), undefined);
}

const LIMIT = { maxRows: 100, maxBytes: 1_000, waitMs: 5, signal: new AbortController().signal };

sourceContract({
  name: 'feed',
  async open() {
    const feeds = createFeeds({ splits: 2, now: () => 0 });
    feeds.feed('t', [row('1', 'a'), row('2', 'b'), row('3', '(empty)')]);
    feeds.feed('t', [row('NULL', 'NULL'), row('5', 'e')]);
    return {
      source: await sourceOf(feeds),
      rows: [
        [1, 'a'],
        [3, ''],
        [5, 'e'],
        [2, 'b'],
        [null, null],
      ],
    };
  },
});

test('rows that were fed together are one batch, also when they are read again', async () => {
  const feeds = createFeeds({ splits: 1, now: () => 0 });
  feeds.feed('t', [row('1', 'a'), row('2', 'b')]);
  feeds.feed('t', [row('3', 'c')]);
  const source = await sourceOf(feeds);
  const reader = await source.openReader({ id: 'split-0' }, undefined);
  const [first, second] = [await reader.read(LIMIT), await reader.read(LIMIT)];
  assert.deepEqual(
    [first, second].map(({ batch }) => batch?.rowCount),
    [2, 1],
  );
  const again = await source.openReader({ id: 'split-0' }, 1);
  assert.deepEqual(rowsOf((await again.read(LIMIT)).batch!), [[2, 'b']]);
});

test('a reader waits for rows, and ends with the feed', async () => {
  const feeds = createFeeds({ splits: 1, now: () => 0 });
  const reader = await (await sourceOf(feeds)).openReader({ id: 'split-0' }, undefined);
  const waiting = reader.read({ ...LIMIT, waitMs: 3_600_000 });
  feeds.feed('t', [row('1', 'a')]);
  const { batch, end } = await waiting;
  assert.deepEqual([rowsOf(batch!), end], [[[1, 'a']], false]);
  const last = reader.read({ ...LIMIT, waitMs: 3_600_000 });
  feeds.end('t');
  assert.deepEqual(await last, { batch: undefined, position: 1, end: true });
  assert.throws(() => feeds.feed('t', []), { code: 'USAGE' });
});

test('metadata is the place in the table and the time of the feed', async () => {
  let now = 5;
  const feeds = createFeeds({ splits: 1, now: () => now });
  feeds.feed('t', [row('7', 'a')]);
  now = 6;
  feeds.feed('t', [row('8', 'b')]);
  feeds.end('t');
  const source = await sourceOf(feeds, { splits: '2' }, ['timestamp', 'offset']);
  const reader = await source.openReader({ id: 'split-1' }, undefined);
  const { batch, end } = await reader.read(LIMIT);
  assert.deepEqual([rowsOf(batch!), end], [[[8, 'b', 6_000, 1]], true]);
});

test('a cell that is no value of its column is told with the column', async () => {
  const feeds = createFeeds({ splits: 1, now: () => 0 });
  feeds.feed('t', [row('one', 'a')]);
  const reader = await (await sourceOf(feeds)).openReader({ id: 'split-0' }, undefined);
  await assert.rejects(reader.read(LIMIT), { code: 'MALFORMED_RECORD', message: '"one" cannot stand in "id" BIGINT: it is no such value' });
});
