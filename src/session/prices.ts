import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { MillraceError } from '../common/error.js';
import { DEFAULT_PRICES } from '../inference/default-prices.js';
import type { ModelPrice } from '../inference/model-price.js';

const price = z.number().min(0);
const priceFile = z.record(
  z.string().min(1),
  z.strictObject({ input: price, output: price, 'cached-input': price.optional(), 'cache-write': price.optional() }),
);

/** Prices by the beginning of a model's id. */
export type PriceTable = Readonly<Record<string, ModelPrice>>;

/**
 * The built-in prices with those of a file over them.
 *
 * @param path of a JSON file `{"gpt-x": {"input", "output", "cached-input"?, "cache-write"?}}` in US dollars for a million
 * tokens; `undefined` for none.
 * @throws {MillraceError} `FILE_NOT_FOUND`, or `INVALID_OPTION` saying what in the file is wrong.
 */
export async function loadPrices(path: string | undefined): Promise<PriceTable> {
  if (path === undefined) return DEFAULT_PRICES;
  const given = priceFile.safeParse(parseJson(await readText(path), path));
  if (!given.success) {
    const [issue] = given.error.issues;
    throw broken(path, `${issue!.path.map(part => JSON.stringify(part)).join(' → ')}: ${issue!.message}`);
  }
  const own = Object.entries(given.data).map(([model, each]): [string, ModelPrice] => [
    model,
    { input: each.input, output: each.output, cachedInput: each['cached-input'], cacheWrite: each['cache-write'] },
  ]);
  return { ...DEFAULT_PRICES, ...Object.fromEntries(own) };
}

/**
 * The price of a model: that of the longest entry which its id begins with, followed by nothing, a date or a version. The
 * ids of Bedrock and of gateways have the maker in front: `us.anthropic.claude-…`, `openai/gpt-…`.
 */
export function priceOf(model: string, prices: PriceTable): ModelPrice | undefined {
  const ids = [model, model.slice(model.lastIndexOf('/') + 1), model.replace(/^(?:[a-z]{2,6}\.)?(?:anthropic|openai)\./, '')];
  const known = Object.keys(prices)
    .filter(entry => ids.some(id => id === entry || (id.startsWith(entry) && /^[-@:]v?\d/.test(id.slice(entry.length)))))
    .toSorted((a, b) => b.length - a.length)[0];
  return known === undefined ? undefined : prices[known];
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new MillraceError({
      code: 'FILE_NOT_FOUND',
      message: `the file of prices "${path}" cannot be read: ${(cause as Error).message}`,
      notes: [{ message: "correct 'prices.path', or RESET it to use the built-in prices" }],
      cause,
    });
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw broken(path, (cause as Error).message);
  }
}

function broken(path: string, problem: string): MillraceError {
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `the file of prices "${path}" cannot be used: ${problem}`,
    notes: [{ message: 'write {"model id": {"input": 2, "output": 8, "cached-input": 0.5}} in US dollars for a million tokens' }],
  });
}
