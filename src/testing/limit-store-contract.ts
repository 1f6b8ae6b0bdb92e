import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BucketSize, LimitStore } from '../spec/limit-store.js';

/** A store with nothing in it, or with quotas that no test has named before. */
export interface LimitStoreUnderTest {
  /** A quota that nobody has used. */
  readonly quota: string;
  readonly store: LimitStore;
  /** A second store on the same buckets, as another process has one. */
  readonly other: LimitStore;
  /** Lets so much of the store's time pass. */
  wait(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface LimitStoreContract {
  /** Name of the store, for the tests' names. */
  readonly name: string;
  readonly open: () => Promise<LimitStoreUnderTest>;
  /** Why the tests cannot run; false to run them. */
  readonly skip?: string | false;
}

/** So slow that what comes back while a test asks does not count: a request in 10 s, a token in 60 ms. */
const TEN: BucketSize = { kind: 'requests', perMinute: 6, burst: 10 };
const THOUSAND: BucketSize = { kind: 'tokens', perMinute: 1_000, burst: 1_000 };
const BOTH = [TEN, THOUSAND];
/** Most milliseconds that a machine may take for the steps of one test. */
const PATIENCE_MS = 8_000;
/** So quick that a test can wait: a request in 10 ms, a token in 1 ms. */
const QUICK: readonly BucketSize[] = [
  { kind: 'requests', perMinute: 6_000, burst: 10 },
  { kind: 'tokens', perMinute: 60_000, burst: 1_000 },
];

/** What every store of limits must hold to. A store's own test calls this once. */
export function limitStoreContract({ name, open, skip = false }: LimitStoreContract): void {
  function check(title: string, body: (under: LimitStoreUnderTest) => Promise<void>): void {
    test(`${name}: ${title}`, { skip }, async () => {
      const under = await open();
      try {
        await body(under);
      } finally {
        await under.close();
      }
    });
  }

  check('a bucket that was never seen is full, and no fuller', async ({ store, quota }) => {
    assert.equal(await store.take(quota, [TEN], { requests: 10 }), 0);
    assertWait(await store.take(quota, [TEN], { requests: 1 }), 10_000);
  });

  check('what was asked for is there after the wait that was told', async ({ store, quota, wait }) => {
    await store.take(quota, QUICK, { requests: 10, tokens: 1_000 });
    for (const amounts of [{ requests: 5 }, { tokens: 300 }, { requests: 10, tokens: 1 }, { requests: 1, tokens: 1_000 }]) {
      const told = await store.take(quota, QUICK, amounts);
      if (told === 0) continue;
      await wait(told);
      assert.equal(await store.take(quota, QUICK, amounts), 0, JSON.stringify(amounts));
    }
  });

  check('all buckets give, or none', async ({ store, quota }) => {
    await store.take(quota, BOTH, { tokens: 1_000 });
    assert.ok((await store.take(quota, BOTH, { requests: 10, tokens: 500 })) > 0);
    assert.equal(await store.take(quota, BOTH, { requests: 10 }), 0, 'the requests are still there');
  });

  check('the wait is that of the bucket that takes longest', async ({ store, quota }) => {
    await store.take(quota, BOTH, { requests: 10, tokens: 1_000 });
    assertWait(await store.take(quota, BOTH, { requests: 1, tokens: 500 }), 30_000);
    assertWait(await store.take(quota, BOTH, { requests: 8, tokens: 1 }), 80_000);
  });

  check('a call takes only of buckets that are there', async ({ store, quota }) => {
    for (let call = 0; call < 3; call++) assert.equal(await store.take(quota, [TEN], { requests: 1, tokens: 1_000 }), 0);
    assert.equal(await store.take(quota, [], { requests: 1_000 }), 0);
    assert.equal(await store.take(quota, [TEN], { requests: 7 }), 0, 'the calls took one each');
  });

  check('more than a bucket holds is given when it is full, and the next calls wait for it', async ({ store, quota }) => {
    assert.equal(await store.take(quota, [THOUSAND], { tokens: 1_500 }), 0);
    assertWait(await store.take(quota, [THOUSAND], { tokens: 1 }), 30_060);
    assertWait(await store.take(quota, [THOUSAND], { tokens: 1_500 }), 90_000);
  });

  check('a correction takes more, below 0 too', async ({ store, quota }) => {
    await store.take(quota, [THOUSAND], { tokens: 900 });
    await store.correct(quota, { tokens: 600 });
    assertWait(await store.take(quota, [THOUSAND], { tokens: 1 }), 30_060);
  });

  check('a correction puts back, but never more than was taken', async ({ store, quota }) => {
    await store.take(quota, [THOUSAND], { tokens: 1_000 });
    await store.correct(quota, { tokens: -400 });
    assert.equal(await store.take(quota, [THOUSAND], { tokens: 400 }), 0);
    await store.correct(quota, { tokens: -5_000 });
    assert.equal(await store.take(quota, [THOUSAND], { tokens: 1_000 }), 0);
    assertWait(await store.take(quota, [THOUSAND], { tokens: 500 }), 30_000);
  });

  check('while it is closed nobody takes anything, for the longest time that was asked', async ({ store, other, quota }) => {
    await store.close(quota, 60_000);
    await other.close(quota, 10_000);
    assertWait(await other.take(quota, [TEN], { requests: 1 }), 60_000);
    assertWait(await store.take(quota, [], {}), 60_000);
  });

  check('what was closed opens, and the buckets were left alone', async ({ store, quota, wait }) => {
    await store.close(quota, 100);
    const left = await store.take(quota, [TEN], { requests: 10 });
    if (left === 0) return;
    await wait(left);
    assert.equal(await store.take(quota, [TEN], { requests: 10 }), 0);
  });

  check('quotas know nothing of each other', async ({ store, quota }) => {
    await store.take(quota, [TEN], { requests: 10 });
    await store.close(quota, 60_000);
    await store.correct(quota, { requests: 5 });
    assert.equal(await store.take(`${quota}-b`, [TEN], { requests: 10 }), 0);
  });

  check('a new size counts at once', async ({ store, quota }) => {
    await store.take(quota, [TEN], { requests: 10 });
    assert.equal(await store.take(quota, [{ ...TEN, burst: 30 }], { requests: 20 }), 0);
    assertWait(await store.take(quota, [{ ...TEN, perMinute: 60, burst: 30 }], { requests: 20 }), 20_000);
  });

  check('what others take is gone, however they come together', async ({ store, other, quota }) => {
    const asked = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? store : other).take(quota, [THOUSAND], { tokens: 50 }));
    const waits = await Promise.all(asked);
    const taken = waits.filter(wait => wait === 0).length * 50;
    const mayHaveComeBack = (PATIENCE_MS / 60_000) * THOUSAND.perMinute;
    assert.ok(taken >= 1_000 && taken <= 1_000 + mayHaveComeBack, `${taken} tokens of 1000`);
  });

  check('who asks again after each wait loses nothing', async ({ store, quota, wait }) => {
    await store.take(quota, QUICK, { requests: 10 });
    let waited = 0;
    for (let taken = 0; taken < 50;) {
      const told = await store.take(quota, QUICK, { requests: 5 });
      if (told === 0) taken += 5;
      else await wait(told);
      waited += told;
    }
    // 50 requests come back in 500 ms; each wait is rounded up to a millisecond.
    assert.ok(waited <= 510, `${waited} ms`);
  });
}

/** A wait less what has passed while the test asked. */
function assertWait(told: number, expected: number): void {
  assert.ok(Number.isInteger(told), `${told} is not a whole number of milliseconds`);
  assert.ok(told <= expected && told > expected - PATIENCE_MS, `told to wait ${told} ms instead of about ${expected}`);
}
