import { MillraceError } from '../../common/error.js';
import { splitTaskPath, taskPath, type OpenAiTask } from '../../kit/openai-protocol/openai-task.js';

/**
 * The address of a task under an endpoint, which is a base URL or the full address of either task. A trailing slash does
 * not matter; a query string stays.
 *
 * @throws {MillraceError} `INVALID_OPTION` when the endpoint is no http or https URL.
 */
export function taskUrl(endpoint: string, task: OpenAiTask): string {
  const url = parseEndpoint(endpoint);
  url.pathname = taskPath(splitTaskPath(url.pathname).base, task);
  return url.href;
}

/** The task whose path the endpoint ends in; `undefined` for a base URL. */
export function taskOfEndpoint(endpoint: string): OpenAiTask | undefined {
  return splitTaskPath(parseEndpoint(endpoint).pathname).task;
}

function parseEndpoint(endpoint: string): URL {
  const address = endpoint.trim();
  if (/^https?:/i.test(address) && URL.canParse(address)) return new URL(address);
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: '"endpoint" is not an http or https address',
    notes: [{ message: 'write a base URL such as "https://api.openai.com/v1"' }],
  });
}
