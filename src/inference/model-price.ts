import type { Usage } from '../spec/provider.js';

/** What a service asks for its tokens, in US dollars for a million of them. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Of input that came from the service's prompt cache; as `input` when absent. */
  readonly cachedInput?: number | undefined;
  /** Of input that was written into it; as `input` when absent. */
  readonly cacheWrite?: number | undefined;
}

/** Money is counted in billionths of a US dollar, so that sums of many calls stay exact. */
export const NANOS_PER_DOLLAR = 1e9;
/** A price of one dollar for a million tokens is so many billionths for one. */
const NANOS_PER_TOKEN = NANOS_PER_DOLLAR / 1e6;

/** What tokens cost, in whole billionths of a US dollar. */
export function costNanos({ inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 }: Usage, price: ModelPrice): number {
  const { input, output, cachedInput = input, cacheWrite = input } = price;
  const plainTokens = Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens);
  const dollars = plainTokens * input + cachedInputTokens * cachedInput + cacheWriteTokens * cacheWrite + outputTokens * output;
  return Math.round(dollars * NANOS_PER_TOKEN);
}
