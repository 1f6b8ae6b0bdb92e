import type { OpenAiPost } from '../../kit/openai-protocol/ask-chat.js';
import type { OpenAiTask } from '../../kit/openai-protocol/openai-task.js';
import { postJson } from '../../kit/post-json.js';
import type { ModelContext } from '../../spec/provider.js';
import type { AzureAddress } from './azure-address.js';
import type { AzureCredential } from './azure-credential.js';
import { readAzureFailure } from './azure-failure.js';
import { translateHeaders } from './azure-headers.js';

/** What a deployment is reached by. */
export interface AzureTarget {
  readonly address: AzureAddress;
  readonly credential: AzureCredential;
}

/** Posts bodies to the address of `task`; answers have the headers of OpenAI. */
export function createCall(
  { http, clock }: Pick<ModelContext<unknown>, 'http' | 'clock'>,
  { address, credential }: AzureTarget,
  task: OpenAiTask,
): OpenAiPost {
  const url = address.url(task);
  return async (body, { signal, callId }) => {
    const answer = await postJson({
      http,
      service: 'azure-openai',
      url,
      headers: { ...credential.headers, 'x-ms-client-request-id': callId },
      body,
      readFailure: readAzureFailure,
      secrets: [credential.secret],
      signal,
      now: () => clock.now(),
    });
    return { ...answer, headers: translateHeaders(answer.headers) };
  };
}
