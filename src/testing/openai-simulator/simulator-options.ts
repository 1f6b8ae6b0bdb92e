import { z } from 'zod';
import { duration, flag, integer, list, number, option, text } from '../../spec/option.js';
import { parseLatency } from './latency.js';

function latency() {
  return z
    .string()
    .meta({ format: 'latency', examples: ['200 ms', '100 ms..300 ms', 'p50 200 ms p99 1 s'] })
    .transform((value, context) => {
      const parsed = parseLatency(value);
      if (parsed !== undefined) return parsed;
      context.addIssue({ code: 'custom', message: `expected "200 ms", "100 ms..300 ms" or "p50 200 ms p99 1 s", found "${value}"` });
      return z.NEVER;
    });
}

function rate(doc: string) {
  return option(number({ min: 0, max: 1 }).prefault('0'), { doc });
}

/** What `millrace simulate openai` takes as flags and `startOpenAiSimulator` as an object. Rates are shares of requests, from 0 to 1. */
export const openAiSimulatorOptions = z.object({
  host: option(text().prefault('127.0.0.1'), { doc: 'Address to listen at.' }),
  port: option(integer({ min: 0, max: 65_535 }).prefault('0'), { doc: 'Port to listen at; 0 takes a free one.' }),
  'base-path': option(text().prefault('/v1'), { doc: 'What stands in front of /chat/completions, /embeddings and /models.' }),
  'api-key': option(text().optional(), { doc: 'The only key that is accepted; any key when absent.' }),
  models: option(list().optional(), { doc: 'Model ids that exist, separated by commas; any when absent.' }),
  seed: option(text().prefault('0'), { doc: 'Another seed gives other answers, latencies and faults.' }),
  latency: option(latency().prefault('0 ms'), { doc: 'How long an answer takes: fixed, uniform, or lognormal by its percentiles.' }),
  'requests-per-minute': option(integer({ min: 1 }).optional(), { doc: 'Limit of requests; none when absent.' }),
  'tokens-per-minute': option(integer({ min: 1 }).optional(), { doc: 'Limit of tokens; none when absent.' }),
  'limit-window': option(duration().prefault('1 min'), {
    doc: 'How much of its limit a client may use at once, as the time that the limit takes to come back.',
  }),
  'out-of-quota': option(flag().prefault('false'), { doc: 'Answers every request with 429 insufficient_quota.' }),
  status: option(integer({ min: 400, max: 599 }).optional(), { doc: 'Answers every request with this HTTP status.' }),
  'error-500-rate': rate('Share of requests answered with 500.'),
  'error-503-rate': rate('Share of requests answered with 503 and retry-after.'),
  'reset-rate': rate('Share of requests whose connection is reset.'),
  'slow-rate': rate('Share of requests that take slow-latency longer.'),
  'slow-latency': option(duration().prefault('10 s'), { doc: 'What slow requests take on top.' }),
  'truncated-rate': rate('Share of requests answered with the first half of the JSON.'),
  'empty-rate': rate('Share of requests answered with 200 and no body.'),
  'error-body-rate': rate('Share of requests answered with 200 and an error as the body.'),
  'content-filter-rate': rate('Share of chat answers that the content filter cuts.'),
  'refusal-rate': rate('Share of chat answers that are refusals.'),
});

export type OpenAiSimulatorOptions = z.output<typeof openAiSimulatorOptions>;
