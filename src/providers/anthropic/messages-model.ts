import { readAnthropicRateLimit } from '../../kit/anthropic-rate-limit.js';
import type { ChatReply, ChatRequest } from '../../kit/chat/chat-wire.js';
import { createLanguageModel } from '../../kit/chat/language-model.js';
import { postJson } from '../../kit/post-json.js';
import { quotaOf } from '../../kit/quota.js';
import { createStructuredOutput } from '../../kit/structured-output.js';
import type { Model, ModelCall, ModelContext } from '../../spec/provider.js';
import type { AnthropicOptions } from './anthropic-options.js';
import { canHoldTo } from './anthropic-schema.js';
import { messagesUrl } from './endpoint.js';
import { readAnthropicFailure } from './read-failure.js';
import { createMessagesBody, DEFAULT_MAX_TOKENS } from './messages-body.js';
import { readMessage, readUsage } from './messages-reply.js';

/** `POST /v1/messages`: one answer an input. */
export function openMessagesModel({ options, inputs, outputs, http, clock }: ModelContext<AnthropicOptions>): Model {
  const { endpoint, 'api-key': key, model } = options;
  const url = messagesUrl(endpoint);
  const bodyOf = createMessagesBody(options);

  async function ask(chat: ChatRequest, { signal }: ModelCall): Promise<ChatReply> {
    const { json, headers } = await postJson({
      http,
      service: 'anthropic',
      url,
      headers: { 'x-api-key': key.reveal(), 'anthropic-version': options['anthropic-version'] },
      body: bodyOf(chat),
      secrets: [key],
      signal,
      now: () => clock.now(),
      readFailure: readAnthropicFailure,
    });
    return {
      choices: readMessage(json),
      usage: readUsage(json),
      rateLimit: readAnthropicRateLimit(headers, clock.now()),
      requestId: headers['request-id'],
    };
  }

  return createLanguageModel({
    wire: { service: 'anthropic', hasSchemas: canHoldTo(createStructuredOutput(outputs).schema), choices: 1, ask },
    options: { ...options, 'max-tokens': options['max-tokens'] ?? DEFAULT_MAX_TOKENS },
    inputs,
    outputs,
    version: model,
    quota: quotaOf({ endpoint, credential: key, model }),
  });
}
