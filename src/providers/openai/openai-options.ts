import { z } from 'zod';
import { chatOptions } from '../../kit/chat/chat-options.js';
import { openAiProtocolOptions } from '../../kit/openai-protocol/openai-protocol-options.js';
import { openAiTaskOptions } from '../../kit/openai-protocol/openai-task.js';
import { option, secret, text } from '../../spec/option.js';

/** Options of `'provider' = 'openai'`, besides those of the inference runtime. */
export const openaiOptions = z.object({
  ...openAiTaskOptions,
  endpoint: option(text().prefault('https://api.openai.com/v1'), {
    doc: 'Base URL of any service that speaks the OpenAI protocol, or its full address ending in /chat/completions or /embeddings.',
    aliases: ['base_url', 'base-url', 'base.url'],
  }),
  'api-key': option(secret(), { doc: 'Sent as a bearer token.', aliases: ['api_key', 'api.key'] }),
  model: option(text(), { doc: 'Model id, as the service names it.', aliases: ['model_name', 'model-name', 'model.name'] }),
  ...chatOptions,
  ...openAiProtocolOptions,
});

export type OpenAiOptions = z.output<typeof openaiOptions>;
