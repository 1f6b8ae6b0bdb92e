import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { systemClock, type Clock } from '../../common/clock.js';
import type { LimitStore } from '../../spec/limit-store.js';
import { Secret } from '../../spec/option.js';
import { redis } from './redis-store.js';

/** Of the Redis that the test runner gives; absent where there is none. */
export const redisUrl = process.env['MILLRACE_TEST_REDIS_URL'];

/** Why tests that need Redis cannot run; false where they can. */
export const withoutRedis =
  redisUrl === undefined && (process.env['MILLRACE_TEST_REDIS_URL_ABSENT'] ?? 'MILLRACE_TEST_REDIS_URL is set by node scripts/test.mjs');

export function openStore(
  url = redisUrl!,
  { timeoutMs = 5_000, clock = systemClock }: { timeoutMs?: number; clock?: Clock } = {},
): Promise<LimitStore> {
  return redis.openLimits({ url: new Secret(url), timeoutMs, clock });
}

/** A Redis that a test may stop, or that wants a password. */
export interface OwnRedis {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** `port`: a free one when absent. */
export async function startOwnRedis(options: { readonly password?: string; readonly port?: number } = {}): Promise<OwnRedis> {
  const script = (name: string): string => pathToFileURL(resolve('scripts/services', name)).href;
  const { startService } = (await import(script('start.mjs'))) as {
    startService: (service: unknown, options: object) => Promise<OwnRedis>;
  };
  const { redis: service } = (await import(script('redis.mjs'))) as { redis: unknown };
  return startService(service, options);
}
