import type { AnswerCache } from '../../spec/answer-cache.js';
import type { RedisConnection } from './redis-connection.js';

/** Answers in Redis, one key each, which Redis forgets by its own clock. */
export function createRedisAnswerCache(connection: RedisConnection): AnswerCache {
  return {
    get: key => connection.get(nameOf(key)),

    async set(key, answer, ttlMs) {
      const wholeMs = Math.floor(ttlMs);
      if (wholeMs > 0) await connection.set(nameOf(key), answer, wholeMs);
    },

    close: () => connection.end(),
  };
}

function nameOf(key: string): string {
  return `millrace:answer:${key}`;
}
