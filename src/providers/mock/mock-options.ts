import { z } from 'zod';
import { duration, integer, list, number, oneOf, option, text } from '../../spec/option.js';

const statuses = list().transform((words, context) => {
  const codes = words.map(Number);
  if (codes.length > 0 && codes.every(code => Number.isInteger(code) && code >= 400 && code <= 599)) return codes;
  context.addIssue({ code: 'custom', message: `expected HTTP statuses from 400 to 599 separated by ",", found "${words.join(',')}"` });
  return z.NEVER;
});

/** Options of `'provider' = 'mock'`, besides those of the inference runtime. */
export const mockOptions = z.object({
  task: option(oneOf('chat-completion', 'text-generation', 'embedding', 'classification', 'regression', 'clustering').optional(), {
    doc: 'What the model does: embedding gives an ARRAY<FLOAT> where OUTPUT is left out.',
  }),
  model: option(text().prefault('mock'), {
    doc: 'Any name; another name gives other answers.',
    aliases: ['model_name', 'model-name', 'model.name'],
  }),
  seed: option(text().prefault('0'), { doc: 'Another seed gives other answers and other failures.' }),
  answer: option(text().optional(), {
    doc: 'Mustache template over the INPUT columns for every STRING of OUTPUT, such as "explained {{id}}".',
  }),
  dimension: option(integer({ min: 1 }).prefault('8'), { doc: 'Length of every ARRAY of OUTPUT.', aliases: ['dimensions'] }),
  latency: option(duration().prefault('0 ms'), { doc: 'How long a call takes.' }),
  'latency.jitter': option(duration().prefault('0 ms'), { doc: 'Most that a call takes longer, by its inputs.' }),
  'failure-rate': option(number({ min: 0, max: 1 }).prefault('0'), {
    doc: 'Share of calls that fail, by their inputs and the number of the attempt.',
  }),
  'failure.status': option(statuses.prefault('500'), { doc: 'HTTP statuses that failing calls answer with, separated by commas.' }),
});

export type MockOptions = z.output<typeof mockOptions>;
