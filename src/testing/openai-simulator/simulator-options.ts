import { z } from 'zod';
import { flag, option, text } from '../../spec/option.js';
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

/** What `millrace simulate openai` takes as flags and `startOpenAiSimulator` as an object. Rates are shares of requests, from 0 to 1; those of `batch-…` are shares of the answers in a reply. */
export const openAiSimulatorOptions = z.object({
  ...serverOptions,
  'base-path': option(text().prefault('/v1'), { doc: 'What stands in front of /chat/completions, /embeddings and /models.' }),
  ...apiKeyOptions,
  ...modelsOptions,
  ...answerOptions,
  'requests-per-minute': limit('requests'),
  'tokens-per-minute': limit('tokens'),
  ...limitWindowOptions,
  'out-of-quota': option(flag().prefault('false'), { doc: 'Answers every request with 429 insufficient_quota.' }),
  ...statusOptions,
  ...faultOptions,
  'content-filter-rate': rate('Share of chat answers that the content filter cuts.'),
  'refusal-rate': rate('Share of chat answers that are refusals.'),
  ...batchOptions,
});

export type OpenAiSimulatorOptions = z.output<typeof openAiSimulatorOptions>;
