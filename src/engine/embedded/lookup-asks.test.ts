import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../../spec/batch.js';
import type { LookupResult, LookupSource } from '../../spec/connector.js';
import { BIGINT, STRING, type Field } from '../../spec/data-type.js';
import type { Prediction } from '../../spec/predictor.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { LookupAsks, type LookupSettings } from './lookup-asks.js';

const FIELDS: readonly Field[] = [
  { name: 'id', type: BIGINT },
  { name: 'word', type: STRING },
];
const SETTINGS: LookupSettings = { async: false, ordered: true, capacity: 100, timeoutMs: 60_000, retryMisses: undefined };

/** An ask that waits for the test to answer it. */
interface Asked {
  readonly ids: Value[];
  readonly signal: AbortSignal;
  /** Gives a row for each key that is not among `missing`. */
  answer(missing?: readonly number[]): void;
  fail(thrown: unknown): void;
}

function setup(source: Partial<LookupSource> = {}, settings: Partial<LookupSettings> = {}) {
  const clock = createFakeClock();
  const asked: Asked[] = [];
  const counts: Record<string, number> = {};
  const state = { closed: 0 };
  const asks = new LookupAsks({
    name: 'words',
    fields: FIELDS,
    source: {
      maxKeys: 1,
      async: false,
      maxRetries: 1,
      lookup: (keys, signal) =>
        new Promise<LookupResult>((resolve, reject) => {
          const ids = Array.from({ length: keys.rowCount }, (_, row) => rowAt(keys, row)[0]!);
          const answer = (missing: readonly number[] = []): void => {
            const found = ids.flatMap((id, key) => (missing.includes(id as number) ? [] : [{ key, id }]));
            resolve({
              rows: batchOfRows(
                FIELDS,
                found.map(({ id }) => [id, `word ${String(id)}`]),
              ),
              inputOf: Uint32Array.from(found, ({ key }) => key),
            });
          };
          asked.push({ ids, signal, answer, fail: reject });
        }),
      close: () => {
        state.closed++;
        return Promise.resolve();
      },
      ...source,
    },
    settings: { ...SETTINGS, ...settings },
    clock,
    random: () => 0.5,
    count: (metric, by) => {
      counts[metric] = (counts[metric] ?? 0) + by;
    },
  });
  return { asks, asked, clock, counts, state, submit: (...ids: number[]) => asks.submit(keysOf(ids)) };
}

function keysOf(ids: readonly number[]): Batch {
  return batchOfRows(
    [FIELDS[0]!],
    ids.map(id => [id]),
  );
}

function idsOf({ outputs, inputOf }: Prediction): string[] {
  return Array.from(inputOf!, (key, row) => `${key}:${String(rowAt(outputs, row)[0])}`);
}

const UNREACHABLE = new MillraceError({ code: 'UNREACHABLE', message: 'nobody there', retry: 'backoff' });

test('one ask after the other; keys that wait gather, and each submission gets its own rows', async () => {
  const { asks, asked, submit, counts } = setup({ maxKeys: 3 });
  assert.deepEqual([asks.rowsPerSubmission, asks.maxPendingRows], [3, 100]);
  const found = [submit(1), submit(2), submit(3, 4), submit(5)];
  assert.deepEqual(
    asked.map(({ ids }) => ids),
    [[1]],
  );
  asked[0]!.answer();
  await found[0];
  await setImmediate();
  assert.deepEqual(asked[1]!.ids, [2, 3, 4]);
  asked[1]!.answer([3]);
  await setImmediate();
  asked[2]!.answer();
  assert.deepEqual((await Promise.all(found)).map(idsOf), [['0:1'], ['0:2'], ['1:4'], ['0:5']]);
  assert.deepEqual(counts, { lookups: 3, lookup_keys: 5 });
});

test('asynchronous asks run at once, as many rows as the capacity has', async () => {
  const { asked, submit, asks } = setup({}, { async: true, capacity: 2 });
  const found = [submit(1), submit(2), submit(3)];
  assert.deepEqual(
    asked.map(({ ids }) => ids),
    [[1], [2]],
  );
  asked[1]!.answer();
  assert.deepEqual(idsOf(await found[1]!), ['0:2']);
  await setImmediate();
  assert.equal(asked.length, 3);
  asked[0]!.answer();
  asked[2]!.answer();
  await Promise.all(found);
  await asks.close();
});

test('what may pass is tried again with backoff; the last failure says how often', async () => {
  const { asked, submit, clock, counts } = setup();
  const first = submit(1);
  asked[0]!.fail(UNREACHABLE);
  await setImmediate();
  await clock.advance(49);
  assert.equal(asked.length, 1);
  await clock.advance(1);
  asked[1]!.answer();
  assert.deepEqual(idsOf(await first), ['0:1']);

  const second = submit(2);
  await setImmediate();
  asked[2]!.fail(UNREACHABLE);
  await setImmediate();
  await clock.advance(50);
  asked[3]!.fail(UNREACHABLE);
  await assert.rejects(second, (error: MillraceError) => error.code === 'UNREACHABLE' && /after 2 attempts/.test(error.notes[0]!.message));
  assert.equal(counts['lookup_retries'], 2);
});

test('what will not pass, and what is no error of ours, ends the ask at once', async () => {
  const { asked, submit } = setup();
  const first = submit(1);
  asked[0]!.fail(new MillraceError({ code: 'UNAUTHORIZED', message: 'no' }));
  await assert.rejects(first, { code: 'UNAUTHORIZED' });
  await setImmediate();
  const second = submit(2);
  asked[1]!.fail(new TypeError('x is not a function'));
  await assert.rejects(second, { code: 'INTERNAL' });
});

test('a key without rows is asked again where the query wants that, the others keep their rows and places', async () => {
  const { asked, submit, clock } = setup({ maxKeys: 4 }, { retryMisses: { attempts: 2, delayMs: 1_000 } });
  const found = submit(1, 2, 3, 4);
  asked[0]!.answer([1, 3]);
  await setImmediate();
  await clock.advance(1_000);
  assert.deepEqual(asked[1]!.ids, [1, 3]);
  asked[1]!.answer([1]);
  await setImmediate();
  await clock.advance(1_000);
  assert.deepEqual(asked[2]!.ids, [1]);
  asked[2]!.answer([1]);
  assert.deepEqual(idsOf(await found), ['1:2', '2:3', '3:4']);
});

test('an ask that takes too long is over, whether the source looks at its signal or not', async () => {
  const { asked, submit, clock } = setup({}, { timeoutMs: 500 });
  const rejected = assert.rejects(submit(1), { code: 'TIMEOUT' });
  await clock.advance(500);
  await rejected;
  assert.ok(asked[0]!.signal.aborted);
});

test('a pause lets asks under way end, starts none, and drops the wait for another attempt', async () => {
  const { asks, asked, submit } = setup({}, { async: true });
  const found = submit(1);
  const failing = submit(2);
  const later = submit(3);
  asked[1]!.fail(UNREACHABLE);
  await setImmediate();
  const paused = asks.pause();
  asked[0]!.answer();
  asked[2]!.answer();
  await paused;
  assert.deepEqual([idsOf(await found), idsOf(await later)], [['0:1'], ['0:3']]);
  const afterwards = submit(4);
  assert.equal(asked.length, 3);
  assert.equal(await Promise.race([failing, afterwards, setImmediate('neither')]), 'neither');
});

test('closing aborts what is under way and closes the source', async () => {
  const { asks, asked, submit, state } = setup();
  const found = submit(1);
  await asks.close();
  assert.ok(asked[0]!.signal.aborted);
  assert.equal(state.closed, 1);
  assert.equal(await Promise.race([found, setImmediate('nothing')]), 'nothing');
});

test('an answer that breaks the contract of a lookup is a defect', async () => {
  const wrong: readonly LookupResult[] = [
    { rows: batchOfRows(FIELDS, [[1, 'a']]), inputOf: new Uint32Array(0) },
    { rows: batchOfRows(FIELDS.slice(1), [['a']]), inputOf: new Uint32Array(1) },
    { rows: batchOfRows(FIELDS, [[1, 'a']]), inputOf: Uint32Array.of(1) },
    {
      rows: batchOfRows(FIELDS, [
        [1, 'a'],
        [1, 'b'],
      ]),
      inputOf: Uint32Array.of(1, 0),
    },
  ];
  for (const result of wrong) {
    const { submit } = setup({ maxKeys: 2, lookup: () => Promise.resolve(result) });
    await assert.rejects(submit(1), { code: 'INTERNAL' });
  }
});
