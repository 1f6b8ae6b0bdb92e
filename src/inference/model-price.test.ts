import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costNanos } from './model-price.js';

const PRICE = { input: 2, cachedInput: 0.5, cacheWrite: 2.5, output: 8 };

test('input and output tokens have their prices, in billionths of a dollar', () => {
  assert.equal(costNanos({ inputTokens: 1_000_000, outputTokens: 0 }, PRICE), 2e9);
  assert.equal(costNanos({ inputTokens: 0, outputTokens: 1_000_000 }, PRICE), 8e9);
  assert.equal(costNanos({ inputTokens: 3, outputTokens: 2 }, PRICE), 22_000);
});

test('tokens of the prompt cache are part of the input, at prices of their own', () => {
  const usage = { inputTokens: 100, outputTokens: 0, cachedInputTokens: 60, cacheWriteTokens: 30 };
  assert.equal(costNanos(usage, PRICE), 10 * 2_000 + 60 * 500 + 30 * 2_500);
});

test('where the cache has no price it costs as other input', () => {
  const usage = { inputTokens: 100, outputTokens: 0, cachedInputTokens: 60, cacheWriteTokens: 30 };
  assert.equal(costNanos(usage, { input: 2, output: 8 }), 100 * 2_000);
});

test('a service that reports more cached tokens than input is not paid less than nothing for the rest', () => {
  assert.equal(costNanos({ inputTokens: 10, outputTokens: 0, cachedInputTokens: 20 }, PRICE), 20 * 500);
});

test('sums of many small calls are exact', () => {
  let sum = 0;
  for (let call = 0; call < 1_000_000; call++) sum += costNanos({ inputTokens: 7, outputTokens: 3 }, { input: 0.15, output: 0.6 });
  assert.equal(sum, 1_000_000 * (7 * 150 + 3 * 600));
});
