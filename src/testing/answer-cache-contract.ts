import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnswerCache } from '../spec/answer-cache.js';

/** A cache with nothing under the keys of the tests. */
export interface AnswerCacheUnderTest {
  readonly cache: AnswerCache;
  /** A second one on the same answers, as another process has one. */
  readonly other: AnswerCache;
  /** Begins every key that the test uses, so that what other runs left is not found. */
  readonly prefix: string;
  /** Lets at least so much of the store's time pass. */
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface AnswerCacheContract {
  /** Name of the store, for the tests' names. */
  readonly name: string;
  readonly open: () => Promise<AnswerCacheUnderTest>;
  /** Why the tests cannot run; false to run them. */
  readonly skip?: string | false;
}

/** So long that no test sees the end of it. */
const LONG_MS = 600_000;
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** What every cache of answers must hold to. A store's own test calls this once. */
export function answerCacheContract({ name, open, skip = false }: AnswerCacheContract): void {
  function check(title: string, body: (under: AnswerCacheUnderTest) => Promise<void>): void {
    test(`${name}: ${title}`, { skip }, async () => {
      const under = await open();
      try {
        await body(under);
      } finally {
        await under.close();
      }
    });
  }

  check('a key that nobody has set is unknown', async ({ cache, prefix }) => {
    assert.equal(await cache.get(`${prefix}a`), undefined);
  });

  check('answers come back byte by byte, short and long', async ({ cache, prefix }) => {
    const answers = [new Uint8Array(0), EVERY_BYTE, new Uint8Array(3_000).fill(7), new Uint8Array(200_000).fill(255)];
    for (const [i, answer] of answers.entries()) await cache.set(`${prefix}${i}`, answer, LONG_MS);
    for (const [i, answer] of answers.entries()) assert.deepEqual(bytes(await cache.get(`${prefix}${i}`)), bytes(answer));
  });

  check('others see what was set, at once', async ({ cache, other, prefix }) => {
    for (let i = 0; i < 20; i++) {
      const [writer, reader] = i % 2 === 0 ? [cache, other] : [other, cache];
      assert.equal(await reader.get(`${prefix}${i}`), undefined);
      await writer.set(`${prefix}${i}`, Uint8Array.of(i), LONG_MS);
      assert.deepEqual(bytes(await reader.get(`${prefix}${i}`)), [i]);
    }
  });

  check('the last answer of a key counts, with its own time', async ({ cache, other, prefix, wait }) => {
    await cache.set(`${prefix}a`, Uint8Array.of(1), 50);
    await other.set(`${prefix}a`, Uint8Array.of(2, 2), LONG_MS);
    await cache.set(`${prefix}b`, Uint8Array.of(1), LONG_MS);
    await other.set(`${prefix}b`, Uint8Array.of(2), 50);
    await wait(60);
    assert.deepEqual(bytes(await cache.get(`${prefix}a`)), [2, 2]);
    assert.equal(await cache.get(`${prefix}b`), undefined);
  });

  check('an answer is gone after its time, for all, and can be set again', async ({ cache, other, prefix, wait }) => {
    await cache.set(`${prefix}a`, EVERY_BYTE, 50);
    await wait(60);
    assert.deepEqual([await cache.get(`${prefix}a`), await other.get(`${prefix}a`)], [undefined, undefined]);
    await other.set(`${prefix}a`, Uint8Array.of(3), LONG_MS);
    assert.deepEqual(bytes(await cache.get(`${prefix}a`)), [3]);
  });

  check('without any time nothing is kept', async ({ cache, prefix }) => {
    await cache.set(`${prefix}a`, EVERY_BYTE, 0);
    assert.equal(await cache.get(`${prefix}a`), undefined);
  });

  check('keys that differ in one character or its case are two', async ({ cache, prefix }) => {
    const keys = ['a', 'A', 'aa', 'a-', 'a_'].map(each => prefix + each);
    for (const [i, key] of keys.entries()) await cache.set(key, Uint8Array.of(i), LONG_MS);
    for (const [i, key] of keys.entries()) assert.deepEqual(bytes(await cache.get(key)), [i], key);
  });

  check('what the caller does with the bytes changes nothing that is kept', async ({ cache, prefix }) => {
    const answer = Uint8Array.of(1, 2, 3);
    await cache.set(`${prefix}a`, answer, LONG_MS);
    answer.fill(0);
    (await cache.get(`${prefix}a`))!.fill(9);
    assert.deepEqual(bytes(await cache.get(`${prefix}a`)), [1, 2, 3]);
  });

  check('many at a time lose nothing', async ({ cache, other, prefix }) => {
    const all = Array.from({ length: 200 }, (_, i) => i);
    await Promise.all(all.map(i => (i % 2 === 0 ? cache : other).set(`${prefix}${i}`, Uint8Array.of(i), LONG_MS)));
    const found = await Promise.all(all.map(i => (i % 3 === 0 ? cache : other).get(`${prefix}${i}`)));
    assert.deepEqual(
      found.map(each => each?.[0]),
      all,
    );
  });
}

function bytes(answer: Uint8Array | undefined): number[] | undefined {
  return answer && [...answer];
}
