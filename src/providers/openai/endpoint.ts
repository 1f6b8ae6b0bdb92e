import { MillraceError } from '../../common/error.js';

export type OpenAiTask = 'chat-completion' | 'embedding';

const PATHS: Readonly<Record<OpenAiTask, string>> = { 'chat-completion': '/chat/completions', embedding: '/embeddings' };

/**
 * The address of a task under an endpoint, which is a base URL or the full address of either task. A trailing slash does
 * not matter; a query string stays.
 *
 * @throws {MillraceError} `INVALID_OPTION` when the endpoint is no http or https URL.
 */
export function taskUrl(endpoint: string, task: OpenAiTask): string {
  const url = parseEndpoint(endpoint);
  url.pathname = basePath(url) + PATHS[task];
  return url.href;
}

/** The task whose path the endpoint ends in; `undefined` for a base URL. */
export function taskOfEndpoint(endpoint: string): OpenAiTask | undefined {
  const path = trimSlashes(parseEndpoint(endpoint).pathname).toLowerCase();
  return Object.entries(PATHS).find(([, suffix]) => path.endsWith(suffix))?.[0] as OpenAiTask | undefined;
}

function basePath(url: URL): string {
  const path = trimSlashes(url.pathname);
  const suffix = Object.values(PATHS).find(candidate => path.toLowerCase().endsWith(candidate));
  return suffix === undefined ? path : trimSlashes(path.slice(0, -suffix.length));
}

function trimSlashes(path: string): string {
  return path.replace(/\/+$/, '');
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
