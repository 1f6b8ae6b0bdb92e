import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { systemClock } from '../../common/clock.js';
import type { AnswerCache } from '../../spec/answer-cache.js';
import { Secret } from '../../spec/option.js';
import { answerCacheContract } from '../../testing/answer-cache-contract.js';
import { redis } from './redis-store.js';
import { redisUrl, startOwnRedis, withoutRedis } from './redis.test.fixture.js';

function openAnswers(url = redisUrl!): Promise<AnswerCache> {
  return redis.openAnswers({ url: new Secret(url), timeoutMs: 5_000, clock: systemClock });
}

answerCacheContract({
  name: 'redis',
  skip: withoutRedis,
  async open() {
    const [cache, other] = [await openAnswers(), await openAnswers()];
    return {
      cache,
      other,
      prefix: randomUUID(),
      wait: ms => systemClock.sleep(ms),
      close: async () => void (await Promise.all([cache.close(), other.close()])),
    };
  },
});

test('an answer is one key with its time, which Redis forgets by itself', { skip: withoutRedis }, async () => {
  const [cache, client, key] = [await openAnswers(), new Redis(redisUrl!), randomUUID()];
  try {
    await cache.set(key, Uint8Array.of(0, 255), 90_000.9);
    assert.deepEqual([...(await client.getBuffer(`millrace:answer:${key}`))!], [0, 255]);
    const left = await client.pttl(`millrace:answer:${key}`);
    assert.ok(left > 80_000 && left <= 90_000, `${left} ms`);
  } finally {
    await cache.close();
    client.disconnect();
  }
});

test('a Redis that went away fails each step, and is there again when it is back', { skip: withoutRedis }, async () => {
  const own = await startOwnRedis();
  const cache = await openAnswers(own.url);
  try {
    await own.stop();
    await assert.rejects(cache.get('k'), { code: 'UNREACHABLE' });
    await assert.rejects(cache.set('k', Uint8Array.of(1), 1_000), { code: 'UNREACHABLE' });
    const again = await startOwnRedis({ port: own.port });
    await cache.set('k', Uint8Array.of(1), 10_000);
    assert.deepEqual([...(await cache.get('k'))!], [1]);
    await again.stop();
  } finally {
    await cache.close();
  }
});
