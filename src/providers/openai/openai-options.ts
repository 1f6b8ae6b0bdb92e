import { z } from 'zod';
import { integer, list, number, oneOf, option, secret, text } from '../../spec/option.js';

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
  'system-prompt': option(text().optional(), {
    doc: 'System message in front of every prompt.',
    aliases: ['system_prompt', 'system.prompt', 'systemPrompt'],
  }),
  prompt: option(text().optional(), {
    doc: 'Mustache template of the user message over the INPUT columns, such as "Translate: {{body}}".',
  }),
  temperature: option(number({ min: 0 }).optional(), { doc: 'Sampling temperature; 0 for the likeliest answer.' }),
  'max-tokens': option(integer({ min: 1 }).optional(), {
    doc: 'Most tokens of one answer; a longer answer is cut, which counts as a bad answer.',
    aliases: ['max_tokens', 'max.tokens', 'maxTokens'],
  }),
  'top-p': option(number({ min: 0, max: 1 }).optional(), {
    doc: 'Nucleus sampling: the share of probability to choose from.',
    aliases: ['top_p', 'top.p', 'topP'],
  }),
  'presence-penalty': option(number().optional(), {
    doc: 'Lowers the chance of tokens that already occur.',
    aliases: ['presence_penalty', 'presence.penalty', 'presencePenalty'],
  }),
  'frequency-penalty': option(number().optional(), {
    doc: 'Lowers the chance of tokens by how often they already occur.',
    aliases: ['frequency_penalty', 'frequency.penalty', 'frequencyPenalty'],
  }),
  seed: option(integer().optional(), { doc: 'Makes sampling as repeatable as the service can.' }),
  stop: option(list().optional(), { doc: 'Words, separated by commas, before which an answer ends.' }),
  n: option(integer({ min: 1 }).optional(), { doc: 'Answers for each input; every one becomes a row.' }),
  'response-format': option(oneOf('text', 'json_object', 'json_schema').optional(), {
    doc: 'Form of the answer; with several OUTPUT columns, or one that is no STRING, json_schema unless set.',
    aliases: ['response_format', 'responseFormat'],
  }),
  dimension: option(integer({ min: 1 }).optional(), {
    doc: "Length of an embedding; the model's own when absent.",
    aliases: ['dimensions'],
  }),
});

export type OpenAiOptions = z.output<typeof openaiOptions>;
