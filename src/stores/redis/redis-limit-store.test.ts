import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { systemClock } from '../../common/clock.js';
import type { BucketSize } from '../../spec/limit-store.js';
import { limitStoreContract } from '../../testing/limit-store-contract.js';
import { openStore, redisUrl, withoutRedis } from './redis.test.fixture.js';

limitStoreContract({
  name: 'redis',
  skip: withoutRedis,
  async open() {
    const [store, other] = [await openStore(), await openStore()];
    return {
      quota: randomUUID(),
      store,
      other,
      wait: ms => systemClock.sleep(ms),
      close: async () => void (await Promise.all([store.end(), other.end()])),
    };
  },
});

const SLOW: BucketSize = { kind: 'requests', perMinute: 60, burst: 30 };
/** A request in 10 s. */
const SLOWER: BucketSize = { kind: 'requests', perMinute: 6, burst: 30 };

/** A store, and a client that looks at what it keeps. */
async function inRedis(body: (under: { store: Awaited<ReturnType<typeof openStore>>; client: Redis; quota: string }) => Promise<void>) {
  const store = await openStore();
  const client = new Redis(redisUrl!);
  try {
    await body({ store, client, quota: randomUUID() });
  } finally {
    await store.end();
    client.disconnect();
  }
}

test('what is kept expires a minute after the bucket is full again', { skip: withoutRedis }, () =>
  inRedis(async ({ store, client, quota }) => {
    await store.take(quota, [SLOW], { requests: 30 });
    const key = `millrace:{${quota}}:limits`;
    const first = await client.pttl(key);
    assert.ok(first > 80_000 && first <= 90_000, `${first} ms`);
    await store.correct(quota, { requests: 60 });
    const after = await client.pttl(key);
    assert.ok(after > 135_000 && after <= 150_000, `${after} ms`);
    await store.close(quota, 300_000);
    const closed = await client.pttl(key);
    assert.ok(closed > 350_000 && closed <= 360_000, `${closed} ms`);
  }),
);

test('a correction of buckets that have expired leaves nothing for ever', { skip: withoutRedis }, () =>
  inRedis(async ({ store, client, quota }) => {
    await store.correct(quota, { requests: 10 });
    assert.ok((await client.pttl(`millrace:{${quota}}:limits`)) > 0);
    assert.equal(await store.take(quota, [SLOWER], { requests: 20 }), 0);
    assert.ok((await store.take(quota, [SLOWER], { requests: 5 })) > 0, 'the correction counts');
  }),
);

test('a server that lost its scripts gets them again', { skip: withoutRedis }, () =>
  inRedis(async ({ store, client, quota }) => {
    await store.take(quota, [SLOWER], { requests: 10 });
    await client.script('FLUSH');
    assert.equal(await store.take(quota, [SLOWER], { requests: 20 }), 0);
    assert.ok((await store.take(quota, [SLOWER], { requests: 10 })) > 0, 'the buckets were kept');
  }),
);

test('a clock of the server that is set back neither fills nor blocks a bucket', { skip: withoutRedis }, () =>
  inRedis(async ({ store, client, quota }) => {
    await store.take(quota, [SLOWER], { requests: 30 });
    // The same as a server whose clock was an hour ahead until now.
    await client.hset(`millrace:{${quota}}:limits`, 'requests:at', String(Date.now() + 3_600_000));
    const told = await store.take(quota, [SLOWER], { requests: 1 });
    assert.ok(told > 0 && told <= 10_000, `${told} ms`);
  }),
);
