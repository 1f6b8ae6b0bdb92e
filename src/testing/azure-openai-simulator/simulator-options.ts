import { z } from 'zod';
import { flag, list, oneOf, option, text } from '../../spec/option.js';
import {
  answerOptions,
  apiKeyOptions,
  faultOptions,
  limit,
  limitWindowOptions,
  rate,
  serverOptions,
  statusOptions,
} from '../simulator/simulator-options.js';
import { batchOptions } from '../simulator/spoil-answers.js';

/** What `millrace simulate azure-openai` takes as flags and `startAzureOpenAiSimulator` as an object. Rates are shares of requests, from 0 to 1; those of `batch-…` are shares of the answers in a reply. */
export const azureOpenAiSimulatorOptions = z.object({
  ...serverOptions,
  ...apiKeyOptions,
  'auth-token': option(text().optional(), { doc: 'The only bearer token that is accepted; any token when absent.' }),
  deployments: option(list().optional(), { doc: 'Names of deployments that exist, separated by commas; any when absent.' }),
  ...answerOptions,
  'requests-per-minute': limit('requests'),
  'tokens-per-minute': limit('tokens; a request counts its prompt and all of its max_tokens'),
  ...limitWindowOptions,
  'limit-headers': option(oneOf('usual', 'unknown', 'none').prefault('usual'), {
    doc: 'How x-ratelimit-* tell the limits: limit and remaining, -1 and 0 in place of what is known, or not at all.',
  }),
  'wait-headers': option(oneOf('both', 'seconds', 'reset', 'none').prefault('both'), {
    doc: 'What a request beyond a limit is told: retry-after and retry-after-ms, retry-after, x-rate-limit-reset-*, or only words.',
  }),
  'out-of-quota': option(flag().prefault('false'), { doc: 'Answers every request as when the volume of the account is used up.' }),
  ...statusOptions,
  ...faultOptions,
  'content-filter-rate': rate('Share of chat answers that the content filter cuts.'),
  'prompt-filter-rate': rate('Share of chats whose prompt the content filter stops with 400.'),
  'refusal-rate': rate('Share of chat answers that are refusals.'),
  'error-424-rate': rate('Share of requests answered with 424.'),
  ...batchOptions,
});

export type AzureOpenAiSimulatorOptions = z.output<typeof azureOpenAiSimulatorOptions>;
