import { defineStore, type StoreContext } from '../../spec/store.js';
import { parseRedisAddress } from './redis-address.js';
import { createRedisAnswerCache } from './redis-answer-cache.js';
import { RedisConnection } from './redis-connection.js';
import { createRedisLimitStore } from './redis-limit-store.js';

/** Redis and what speaks its protocol, with the optional package `ioredis`. */
export const redis = defineStore({
  name: 'redis',
  schemes: ['redis', 'rediss'],
  openLimits: async (context: StoreContext) => createRedisLimitStore(await connect(context)),
  openAnswers: async (context: StoreContext) => createRedisAnswerCache(await connect(context)),
});

function connect({ url, timeoutMs, clock }: StoreContext): Promise<RedisConnection> {
  return RedisConnection.open({ address: parseRedisAddress(url), timeoutMs, clock });
}
