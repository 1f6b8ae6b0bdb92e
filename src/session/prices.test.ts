import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_PRICES } from '../inference/default-prices.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { loadPrices, priceOf } from './prices.js';

const PRICES = {
  'gpt-4o': { input: 2, output: 8 },
  'gpt-4o-mini': { input: 0.1, output: 0.4 },
  'claude-sonnet-5': { input: 3, output: 15 },
};

test('the price of a model is that of its id, also with a date or a version behind it', () => {
  for (const id of ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o@20240806', 'gpt-4o:0']) assert.equal(priceOf(id, PRICES), PRICES['gpt-4o'], id);
  assert.equal(priceOf('gpt-4o-mini-2024-07-18', PRICES), PRICES['gpt-4o-mini']);
});

test('another model whose id begins alike has another price, or none', () => {
  for (const id of ['gpt-4o-audio', 'gpt-4omega', 'gpt-4', '']) assert.equal(priceOf(id, PRICES), undefined, id);
});

test('ids of gateways and of Bedrock have the maker in front', () => {
  const claude = PRICES['claude-sonnet-5'];
  for (const id of ['anthropic.claude-sonnet-5-20260101-v1:0', 'us.anthropic.claude-sonnet-5-v1:0', 'anthropic/claude-sonnet-5'])
    assert.equal(priceOf(id, PRICES), claude, id);
  assert.equal(priceOf('openai/gpt-4o', PRICES), PRICES['gpt-4o']);
});

test('a file goes over the built-in prices, entry by entry', async context => {
  const folder = await temporaryFolder();
  context.after(folder.remove);
  const path = join(folder.path, 'prices.json');
  await writeFile(
    path,
    JSON.stringify({ 'gpt-4o': { input: 9, output: 19, 'cached-input': 4, 'cache-write': 10 }, mine: { input: 0, output: 0 } }),
  );
  const prices = await loadPrices(path);
  assert.deepEqual(prices['gpt-4o'], { input: 9, output: 19, cachedInput: 4, cacheWrite: 10 });
  assert.deepEqual(priceOf('mine', prices), { input: 0, output: 0, cachedInput: undefined, cacheWrite: undefined });
  assert.equal(prices['gpt-4o-mini'], DEFAULT_PRICES['gpt-4o-mini']);
  assert.equal(await loadPrices(undefined), DEFAULT_PRICES);
});

test('a file that is missing or wrong is refused with the place', async context => {
  const folder = await temporaryFolder();
  context.after(folder.remove);
  const path = join(folder.path, 'prices.json');
  await assert.rejects(loadPrices(join(folder.path, 'none.json')), { code: 'FILE_NOT_FOUND' });
  const wrong = async (text: string, message: RegExp): Promise<void> => {
    await writeFile(path, text);
    await assert.rejects(loadPrices(path), { code: 'INVALID_OPTION', message });
  };
  await wrong('{"gpt-4o": ', /JSON/);
  await wrong('{"gpt-4o": {"input": 1}}', /"gpt-4o" → "output"/);
  await wrong('{"gpt-4o": {"input": -1, "output": 1}}', /"gpt-4o" → "input"/);
  await wrong('{"gpt-4o": {"input": 1, "output": 1, "cached": 1}}', /"gpt-4o".*cached/);
});
