import { z } from 'zod';
import { duration, flag, integer, option, text } from '../../spec/option.js';
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

/** What `millrace simulate bedrock` takes as flags and `startBedrockSimulator` as an object. Rates are shares of requests, from 0 to 1; those of `batch-…` are shares of the answers in a reply. */
export const bedrockSimulatorOptions = z.object({
  ...serverOptions,
  region: option(text().prefault('us-east-1'), { doc: 'Region that signatures must be for.' }),
  'access-key-id': option(text().prefault('AKIASIMULATED'), { doc: 'The only access key that is known.' }),
  'secret-access-key': option(text().prefault('simulated-secret'), { doc: 'What requests must be signed with.' }),
  'session-token': option(text().optional(), { doc: 'The token that requests must carry, as with temporary keys; none when absent.' }),
  'session-expired': option(flag().prefault('false'), { doc: 'Whether the session token has expired.' }),
  'clock-skew': option(duration().prefault('0 ms'), { doc: "How far the service's clock is ahead of this machine's." }),
  ...apiKeyOptions,
  ...modelsOptions,
  ...answerOptions,
  'context-window': option(integer({ min: 1 }).prefault('200000'), { doc: 'Most tokens of a prompt; a longer one is refused.' }),
  'requests-per-minute': limit('requests'),
  'tokens-per-minute': limit('tokens'),
  ...limitWindowOptions,
  'out-of-quota': option(flag().prefault('false'), { doc: 'Answers every request with ServiceQuotaExceededException.' }),
  ...statusOptions,
  ...faultOptions,
  'error-424-rate': rate('Share of requests answered with 424 ModelErrorException.'),
  'not-ready-rate': rate('Share of requests answered with 429 ModelNotReadyException.'),
  'content-filter-rate': rate('Share of answers that the content filter cuts.'),
  'guardrail-rate': rate('Share of answers that the guardrail withholds, of requests that name one.'),
  ...batchOptions,
});

export type BedrockSimulatorOptions = z.output<typeof bedrockSimulatorOptions>;
