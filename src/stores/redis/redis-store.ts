import { defineStore } from '../../spec/store.js';
import { parseRedisAddress } from './redis-address.js';
import { RedisConnection } from './redis-connection.js';
import { createRedisLimitStore } from './redis-limit-store.js';

/** Redis and what speaks its protocol, with the optional package `ioredis`. */
export const redis = defineStore({
  name: 'redis',
  schemes: ['redis', 'rediss'],
  async openLimits({ url, timeoutMs, clock }) {
    const connection = await RedisConnection.open({ address: parseRedisAddress(url), timeoutMs, clock });
    return createRedisLimitStore(connection);
  },
});
