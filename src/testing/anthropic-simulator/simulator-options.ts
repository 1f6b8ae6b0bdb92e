import { z } from 'zod';
import { integer, oneOf, option } from '../../spec/option.js';
import {
  answerOptions,
  apiKeyOptions,
  faultOptions,
  limit,
  limitWindowOptions,
  modelsOptions,
  rate,
  serverOptions,
  statusOptions,
} from '../simulator/simulator-options.js';
import { batchOptions } from '../simulator/spoil-answers.js';

/** What `millrace simulate anthropic` takes as flags and `startAnthropicSimulator` as an object. Rates are shares of requests, from 0 to 1; those of `batch-…` are shares of the answers in a reply. */
export const anthropicSimulatorOptions = z.object({
  ...serverOptions,
  ...apiKeyOptions,
  ...modelsOptions,
  ...answerOptions,
  'requests-per-minute': limit('requests'),
  'input-tokens-per-minute': limit('input tokens; what is read from the prompt cache does not count'),
  'output-tokens-per-minute': limit('output tokens'),
  ...limitWindowOptions,
  account: option(oneOf('paid', 'no-credit', 'usage-limit', 'spend-limit', 'billing-error').prefault('paid'), {
    doc: 'Refuses every request that is not paid for: with 400 (no-credit, usage-limit), 429 (spend-limit) or 402 (billing-error).',
  }),
  'context-window': option(integer({ min: 1 }).prefault('200000'), { doc: 'Most tokens of a prompt with its answer.' }),
  'cache-minimum': option(integer({ min: 0 }).prefault('1024'), { doc: 'Tokens below which a prompt is not cached.' }),
  ...statusOptions,
  ...faultOptions,
  'error-429-rate': rate('Share of requests refused for a sudden rise in traffic, with 429 and retry-after.'),
  'error-529-rate': rate('Share of requests answered with 529, overloaded.'),
  'refusal-rate': rate('Share of answers that are refusals.'),
  ...batchOptions,
});

export type AnthropicSimulatorOptions = z.output<typeof anthropicSimulatorOptions>;
