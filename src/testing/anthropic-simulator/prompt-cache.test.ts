import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../fake-clock.js';
import { PromptCache, type Breakpoint, type CacheTtl } from './prompt-cache.js';

function cacheOf() {
  const clock = createFakeClock();
  return { clock, cache: new PromptCache({ minTokens: 10, monotonic: () => clock.monotonic() }) };
}

function at(key: string, tokens: number, ttl: CacheTtl = '5m'): Breakpoint {
  return { key, tokens, ttl };
}

test('a prefix is there once it is stored, until its time is over; a read renews it', async () => {
  const { clock, cache } = cacheOf();
  const ask = () => {
    const prompt = cache.plan([at('a', 20)]);
    prompt.store();
    return prompt.readTokens;
  };
  assert.equal(ask(), 0);
  await clock.advance(299_999);
  assert.equal(ask(), 20);
  await clock.advance(299_999);
  assert.equal(ask(), 20);
  await clock.advance(300_000);
  assert.equal(ask(), 0);
});

test('an hour lasts an hour', async () => {
  const { clock, cache } = cacheOf();
  cache.plan([at('a', 20, '1h')]).store();
  await clock.advance(3_599_999);
  assert.equal(cache.plan([at('a', 20, '1h')]).readTokens, 20);
  await clock.advance(1);
  assert.equal(cache.plan([at('a', 20, '1h')]).readTokens, 0);
});

test('what is not stored yet is not found: prompts at the same time all write', () => {
  const { cache } = cacheOf();
  const [first, second] = [cache.plan([at('a', 20)]), cache.plan([at('a', 20)])];
  first.store();
  assert.deepEqual([first.writtenTokens['5m'], second.writtenTokens['5m']], [20, 20]);
});

test('the longest prefix is read, and each further one is written for its own time', () => {
  const { cache } = cacheOf();
  const prefixes = [at('a', 20, '1h'), at('b', 50, '1h'), at('c', 80), at('d', 85)];
  cache.plan(prefixes.slice(0, 1)).store();
  const { readTokens, writtenTokens } = cache.plan(prefixes);
  assert.deepEqual([readTokens, writtenTokens], [20, { '5m': 35, '1h': 30 }]);
});

test('short prefixes are not kept', () => {
  const { cache } = cacheOf();
  const prompt = cache.plan([at('a', 9)]);
  prompt.store();
  assert.deepEqual([prompt.writtenTokens, cache.plan([at('a', 9)]).readTokens], [{ '5m': 0, '1h': 0 }, 0]);
});
