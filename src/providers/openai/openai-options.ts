import { z } from 'zod';
import { chatOptions } from '../../kit/chat/chat-options.js';
import { integer, number, oneOf, option, secret, text } from '../../spec/option.js';

/** Options of `'provider' = 'openai'`, besides those of the inference runtime. */
export const openaiOptions = z.object({
  task: option(oneOf('chat-completion', 'embedding').optional(), {
    doc: 'What the model does; by default told by the end of the endpoint, else by OUTPUT: one ARRAY of FLOAT or DOUBLE is an embedding.',
  }),
  endpoint: option(text().prefault('https://api.openai.com/v1'), {
    doc: 'Base URL of any service that speaks the OpenAI protocol, or its full address ending in /chat/completions or /embeddings.',
    aliases: ['base_url', 'base-url', 'base.url'],
  }),
  'api-key': option(secret(), { doc: 'Sent as a bearer token.', aliases: ['api_key', 'api.key'] }),
  model: option(text(), { doc: 'Model id, as the service names it.', aliases: ['model_name', 'model-name', 'model.name'] }),
  ...chatOptions,
  'presence-penalty': option(number().optional(), {
    doc: 'Lowers the chance of tokens that already occur.',
    aliases: ['presence_penalty', 'presence.penalty', 'presencePenalty'],
  }),
  'frequency-penalty': option(number().optional(), {
    doc: 'Lowers the chance of tokens by how often they already occur.',
    aliases: ['frequency_penalty', 'frequency.penalty', 'frequencyPenalty'],
  }),
  seed: option(integer().optional(), { doc: 'Makes sampling as repeatable as the service can.' }),
  n: option(integer({ min: 1 }).optional(), { doc: 'Answers for each input; every one becomes a row.' }),
  dimension: option(integer({ min: 1 }).optional(), {
    doc: "Length of an embedding; the model's own when absent.",
    aliases: ['dimensions'],
  }),
});

export type OpenAiOptions = z.output<typeof openaiOptions>;
