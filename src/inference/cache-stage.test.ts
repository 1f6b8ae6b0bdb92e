import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnswerCache } from '../spec/answer-cache.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { encodeSettled } from './answer-codec.js';
import { answerKey } from './answer-key.js';
import { CacheStage, createMemoryCache } from './cache-stage.js';
import { ANSWERS, answered, createScriptedStage, failed, row, watch } from './scripted-stage.test.fixture.js';
import { UsageCounter } from './usage.js';

const TTL_MS = 1_000;

function setUp({ kept, maxRows = 10 }: { kept?: AnswerCache; maxRows?: number } = {}) {
  const clock = createFakeClock();
  const inner = createScriptedStage();
  const usage = new UsageCounter();
  const warnings: string[] = [];
  const stage = new CacheStage({
    inner,
    memory: createMemoryCache({ maxRows, ttlMs: TTL_MS, clock }),
    kept,
    ttlMs: TTL_MS,
    identity: 'identity',
    answers: ANSWERS,
    usage,
    log: { debug() {}, info() {}, error() {}, warn: message => void warnings.push(message) },
    name: 'm',
  });
  const ask = (...ids: number[]): ReturnType<typeof watch> => watch(ids.map(id => stage.submit(row(id))));
  return { clock, inner, usage, warnings, stage, ask, settle: () => clock.advance(0) };
}

/** A cache that keeps everything, and notes what it was told. */
function keptCache(entries = new Map<string, Uint8Array>()) {
  const ttls: number[] = [];
  const cache: AnswerCache = {
    get: key => Promise.resolve(entries.get(key)),
    set(key, answer, ttlMs) {
      entries.set(key, answer);
      ttls.push(ttlMs);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return { cache, entries, ttls };
}

test('equal rows in flight share one call, later ones its answer', async () => {
  const { inner, usage, ask, settle } = setUp();
  const seen = ask(1, 2, 1, 1);
  await settle();
  assert.equal(inner.submissions.length, 2);
  inner.submissions[0]!.resolve(answered('one'));
  await settle();
  assert.deepEqual(seen, ['one', 'open', 'one', 'one']);
  const later = ask(1);
  await settle();
  assert.deepEqual([later, inner.submissions.length], [['one'], 2]);
  const { cacheHits, sharedAnswers } = usage.snapshot();
  assert.deepEqual([cacheHits, sharedAnswers], [1, 2]);
});

test('only the row that made the call has paid for it', async () => {
  const { inner, stage, settle } = setUp();
  const submitted = [stage.submit(row(1)), stage.submit(row(1))];
  inner.submissions[0]!.resolve(answered('one'));
  await settle();
  submitted.push(stage.submit(row(1)));
  const facts = (await Promise.all(submitted)).map(({ answered: [part] }) => part!.facts);
  assert.deepEqual(
    facts.map(({ isCached, usage, costNanos }) => [isCached, usage?.inputTokens, costNanos]),
    [
      [false, 5, 90],
      [true, 0, 0],
      [true, 0, 0],
    ],
  );
});

test('a failure is told to the rows that waited for it, and not kept', async () => {
  const { inner, ask, settle } = setUp();
  const seen = ask(1, 1);
  inner.submissions[0]!.resolve(failed('BAD_ANSWER'));
  await settle();
  assert.deepEqual(seen, ['BAD_ANSWER', 'BAD_ANSWER']);
  const again = ask(1);
  inner.submissions[1]!.reject(new Error('stopped'));
  await settle();
  assert.deepEqual(again, ['rejected: Error: stopped']);
  ask(1);
  assert.equal(inner.submissions.length, 3);
});

test('an answer is given for as long as cache.ttl says, and leaves when there are more than cache.max-rows', async () => {
  const { clock, inner, ask, settle } = setUp({ maxRows: 2 });
  ask(1);
  inner.submissions[0]!.resolve(answered('one'));
  await clock.advance(TTL_MS);
  ask(1);
  assert.equal(inner.submissions.length, 1);
  await clock.advance(1);
  ask(1, 2, 3);
  assert.equal(inner.submissions.length, 4);
  inner.submissions.forEach((each, i) => each.resolve(answered(String(i))));
  await settle();
  ask(3, 2);
  assert.equal(inner.submissions.length, 4);
  ask(1);
  assert.equal(inner.submissions.length, 5, 'the least recently used one has left');
});

test('a kept answer is found by another process, with its time to live', async () => {
  const { cache, ttls } = keptCache();
  const first = setUp({ kept: cache });
  first.ask(1);
  await first.settle();
  first.inner.submissions[0]!.resolve(answered('one'));
  await first.settle();
  assert.deepEqual(ttls, [TTL_MS]);
  const second = setUp({ kept: cache });
  const seen = second.ask(1, 1);
  await second.settle();
  assert.deepEqual([seen, second.inner.submissions.length], [['one', 'one'], 0]);
  assert.equal(second.usage.snapshot().cacheHits, 1);
});

test('failures are not kept for other processes either', async () => {
  const { cache, entries } = keptCache();
  const { inner, ask, settle } = setUp({ kept: cache });
  ask(1);
  await settle();
  inner.submissions[0]!.resolve(failed('BAD_ANSWER'));
  await settle();
  assert.equal(entries.size, 0);
});

test('a kept cache that does not work costs calls, not rows, and is complained about once', async () => {
  const broken: AnswerCache = {
    get: () => Promise.reject(new Error('gone')),
    set: () => Promise.reject(new Error('gone')),
    close: () => Promise.resolve(),
  };
  const { inner, warnings, ask, settle } = setUp({ kept: broken });
  const seen = ask(1, 2);
  await settle();
  inner.submissions.forEach(each => each.resolve(answered('x')));
  await settle();
  assert.deepEqual(seen, ['x', 'x']);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /the cache of answers does not work: .*gone/);
});

test('kept bytes that cannot be read, or are of another layout, are no answer', async () => {
  const halved = encodeSettled(answered('one')).subarray(0, 9);
  const { cache } = keptCache(new Map([[answerKey('identity', row(1), 0), halved]]));
  const { inner, warnings, ask, settle } = setUp({ kept: cache });
  const seen = ask(1);
  await settle();
  inner.submissions[0]?.resolve(answered('asked'));
  await settle();
  assert.deepEqual([seen, warnings.length], [['asked'], 1]);
});
