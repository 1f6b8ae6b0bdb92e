import type { LimitStore } from '../../spec/limit-store.js';
import { CLOSE, CORRECT, TAKE } from './limit-scripts.js';
import type { RedisConnection } from './redis-connection.js';

/**
 * Buckets in Redis: each step is one Lua script, which Redis runs without anything in between, by its own clock.
 *
 * A call that takes more than a bucket holds goes when the bucket is full, and the level falls below 0.
 */
export function createRedisLimitStore(connection: RedisConnection): LimitStore {
  return {
    async take(quota, sizes, amounts) {
      const args = sizes.flatMap(({ kind, perMinute, burst }) => {
        const amount = amounts[kind] ?? 0;
        return amount > 0 ? [kind, String(perMinute / 60_000), String(burst), String(amount)] : [];
      });
      return Number(await connection.run(TAKE, keyOf(quota), args));
    },

    async correct(quota, amounts) {
      const args = Object.entries(amounts).flatMap(([kind, amount]) => (amount === 0 ? [] : [kind, String(amount)]));
      if (args.length > 0) await connection.run(CORRECT, keyOf(quota), args);
    },

    async close(quota, forMs) {
      await connection.run(CLOSE, keyOf(quota), [String(forMs)]);
    },

    end: () => connection.end(),
  };
}

/** The braces keep all keys of a quota on one node where keys are spread over several. */
function keyOf(quota: string): string {
  return `millrace:{${quota}}:limits`;
}
