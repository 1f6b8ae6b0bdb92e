import { z } from 'zod';
import { chatOptions } from '../../kit/chat/chat-options.js';
import { integer, number, oneOf, option, secret, text } from '../../spec/option.js';

/** Options of `'provider' = 'anthropic'`, besides those of the inference runtime. */
export const anthropicOptions = z.object({
  task: option(oneOf('messages', 'chat-completion', 'text-generation', 'embedding').optional(), {
    doc: 'What the model does. All words mean the Messages API, but for embedding, which Anthropic does not have and which is refused.',
  }),
  endpoint: option(text().prefault('https://api.anthropic.com'), {
    doc: 'Base URL of the service or of a proxy for it, or the full address ending in /v1/messages.',
    aliases: ['base_url', 'base-url', 'base.url'],
  }),
  'api-key': option(secret(), { doc: 'Sent as x-api-key.', aliases: ['api_key', 'api.key'] }),
  model: option(text(), { doc: 'Model id, such as claude-haiku-4-5.', aliases: ['model_name', 'model-name', 'model.name'] }),
  ...chatOptions,
  temperature: option(number({ min: 0, max: 1 }).optional(), {
    doc: 'Sampling temperature, from 0 to 1; 0 for the likeliest answer. Models after Claude Opus 4.6 refuse every value but 1.',
  }),
  'max-tokens': option(integer({ min: 1 }).optional(), {
    doc: 'Most tokens of the answer to one row, thinking included; 4,096 when absent, and 32,000 for all rows of a call. A longer answer is cut, which counts as a bad answer.',
    aliases: ['max_tokens', 'max.tokens', 'maxTokens'],
  }),
  'top-k': option(integer({ min: 1 }).optional(), {
    doc: 'Samples from so many of the likeliest tokens only. Models after Claude Opus 4.6 refuse it.',
    aliases: ['top_k', 'top.k', 'topK'],
  }),
  thinking: option(oneOf('disabled', 'adaptive', 'default').prefault('disabled'), {
    doc: 'Whether the model thinks before it answers, at the price of output tokens; default leaves it to the model.',
  }),
  effort: option(oneOf('low', 'medium', 'high', 'xhigh', 'max').optional(), {
    doc: "How many tokens the model spends on an answer, where the model can be told; the model's own when absent.",
  }),
  'prompt-caching': option(oneOf('none', '5m', '1h').prefault('5m'), {
    doc: 'How long the service keeps what all prompts of the model begin with, counted from its last use; none does not ask for it.',
    aliases: ['prompt_caching', 'prompt.caching', 'promptCaching'],
  }),
  'anthropic-version': option(text().prefault('2023-06-01'), {
    doc: 'Version of the API, sent as the header of that name.',
    aliases: ['anthropic_version', 'anthropic.version'],
  }),
});

export type AnthropicOptions = z.output<typeof anthropicOptions>;
