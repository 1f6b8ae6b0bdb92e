import type { OpenAiPost } from '../../kit/openai-protocol/ask-chat.js';
import type { OpenAiTask } from '../../kit/openai-protocol/openai-task.js';
import { postJson } from '../../kit/post-json.js';
import type { ModelContext } from '../../spec/provider.js';
import { taskUrl } from './endpoint.js';
import type { OpenAiOptions } from './openai-options.js';

/** Posts bodies to the address of `task`, with the key and the call's idempotency key. */
export function createCall({ options, http, clock }: ModelContext<OpenAiOptions>, task: OpenAiTask): OpenAiPost {
  const url = taskUrl(options.endpoint, task);
  const key = options['api-key'];
  return (body, { signal, callId }) =>
    postJson({
      http,
      service: 'openai',
      url,
      headers: { authorization: `Bearer ${key.reveal()}`, 'idempotency-key': callId },
      body,
      secrets: [key],
      signal,
      now: () => clock.now(),
    });
}
