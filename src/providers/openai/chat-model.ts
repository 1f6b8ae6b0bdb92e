import { createLanguageModel } from '../../kit/chat/language-model.js';
import { createChatAsk } from '../../kit/openai-protocol/ask-chat.js';
import { quotaOf } from '../../kit/quota.js';
import type { Model, ModelContext } from '../../spec/provider.js';
import { createCall } from './openai-call.js';
import type { OpenAiOptions } from './openai-options.js';

/** `POST …/chat/completions`: `n` answers an input. */
export function openChatModel(context: ModelContext<OpenAiOptions>): Model {
  const { options, inputs, outputs } = context;
  const choices = options.n ?? 1;
  const ask = createChatAsk({
    post: createCall(context, 'chat-completion'),
    options,
    members: { model: options.model },
    maxTokensMember: maxTokensMember(options),
  });

  return createLanguageModel({
    wire: { service: 'openai', hasSchemas: true, reservesOutput: true, choices, ask },
    options,
    inputs,
    outputs,
    version: options.model,
    quota: quotaOf({ endpoint: options.endpoint, credential: options['api-key'], model: options.model }),
  });
}

/**
 * OpenAI's own models take `max_completion_tokens`, and the reasoning ones refuse `max_tokens`; other servers know only
 * `max_tokens`. https://platform.openai.com/docs/api-reference/chat/create
 */
function maxTokensMember({ endpoint, model }: OpenAiOptions): string {
  const own = new URL(endpoint).hostname === 'api.openai.com' || /^(o\d|gpt-5)/.test(model);
  return own ? 'max_completion_tokens' : 'max_tokens';
}
