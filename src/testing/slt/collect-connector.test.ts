import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows, RowKind, type Batch, type Value } from '../../spec/batch.js';
import type { Sink } from '../../spec/connector.js';
import { INT, STRING, type Field } from '../../spec/data-type.js';
import { rowsOf } from '../batch-rows.js';
import { sinkContract } from '../sink-contract.js';
import { tableContext } from '../table-context.js';
import { createCollections, type Collections } from './collect-connector.js';

const FIELDS: readonly Field[] = [
  { name: 'id', type: INT },
  { name: 'word', type: STRING },
];

function openSink({ connector }: Collections, primaryKey: readonly string[] = []): Sink | Promise<Sink> {
  return connector.createSink!({ ...tableContext({ connector, fields: FIELDS }), primaryKey }, undefined);
}

async function write(collections: Collections, batch: Batch, primaryKey: readonly string[] = []): Promise<void> {
  const sink = await openSink(collections, primaryKey);
  const writer = await sink.openWriter(`attempt-${Math.random()}`);
  await writer.write(batch);
  await sink.commit!([await writer.prepareCommit()]);
}

function changes(rows: readonly (readonly [RowKind, ...Value[]])[]): Batch {
  return batchOfRows(
    FIELDS,
    rows.map(([, ...values]) => values),
    Uint8Array.from(rows.map(([kind]) => kind)),
  );
}

sinkContract({
  name: 'collect',
  visibleBy: 'commit',
  open() {
    const collections = createCollections();
    const batch = (rows: readonly (readonly Value[])[]): Batch => batchOfRows(FIELDS, rows);
    return Promise.resolve({
      openSink: () => openSink(collections),
      batches: [
        batch([[1, 'a']]),
        batch([
          [2, ''],
          [3, null],
        ]),
      ],
      visible: () => Promise.resolve(collections.snapshot('t')),
      expected: ({ rowCount, ...rest }) =>
        rowsOf({ rowCount, ...rest }).map(([id, word]) => `${String(id)} | ${word === '' ? '(empty)' : String(word ?? 'NULL')}`),
    });
  },
});

test('a changelog is told from the last look on, with row kinds', async () => {
  const collections = createCollections();
  await write(collections, changes([[RowKind.INSERT, 1, 'a']]));
  assert.deepEqual(collections.changelog('t'), ['+I | 1 | a']);
  await write(
    collections,
    changes([
      [RowKind.UPDATE_BEFORE, 1, 'a'],
      [RowKind.UPDATE_AFTER, 1, 'b'],
    ]),
  );
  assert.deepEqual(collections.changelog('t'), ['-U | 1 | a', '+U | 1 | b']);
  assert.deepEqual(collections.changelog('t'), []);
  assert.deepEqual(collections.snapshot('t'), ['1 | b']);
});

test('a change that retracts what is not there is a failure', async () => {
  const collections = createCollections();
  await write(collections, changes([[RowKind.DELETE, 1, 'a']]));
  assert.throws(() => collections.snapshot('t'), { code: 'INVALID_VALUE' });
});

test('a table with a primary key keeps one row a key', async () => {
  const collections = createCollections();
  await write(
    collections,
    changes([
      [RowKind.INSERT, 1, 'a'],
      [RowKind.UPDATE_AFTER, 1, 'b'],
      [RowKind.INSERT, 2, 'c'],
      [RowKind.DELETE, 2, 'c'],
    ]),
    ['id'],
  );
  assert.deepEqual(collections.snapshot('t'), ['1 | b']);
});

test('a table that no job has opened is not known', () => {
  assert.throws(() => createCollections().changelog('t'), { code: 'UNKNOWN_TABLE' });
});
