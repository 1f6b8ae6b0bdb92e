import type { HttpResponse } from '../../spec/provider.js';

type Headers = HttpResponse['headers'];

/**
 * Azure's headers as OpenAI writes them.
 *
 * Azure puts −1 and 0 where it does not know a limit, and then the reset of it says nothing either
 * (https://github.com/openai/openai-dotnet/issues/838). A reset of 0 is never told with a known limit. One spelling of
 * the reset has another hyphen (https://github.com/openai/openai-python/issues/937). The id that support asks for is
 * `apim-request-id`.
 */
export function translateHeaders(headers: Headers): Headers {
  const told = new Map(Object.entries(headers).map(([name, value]) => [name.replace(/^x-rate-limit-/, 'x-ratelimit-'), value]));
  for (const kind of ['requests', 'tokens']) {
    const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map(part => `x-ratelimit-${part}-${kind}`) as [
      string,
      string,
      string,
    ];
    const isUnknown = !isCount(told.get(limit), 1) || !isCount(told.get(remaining), 0);
    if (isUnknown) for (const name of [limit, remaining]) told.delete(name);
    if (isUnknown || Number(told.get(reset)) === 0) told.delete(reset);
  }
  const id = headers['apim-request-id'];
  if (id !== undefined) told.set('x-request-id', id);
  return Object.fromEntries(told);
}

/** Whether a header is a whole number of at least `min`, or is not there. */
function isCount(text: string | undefined, min: number): boolean {
  return text === undefined || (/^\s*\d+\s*$/.test(text) && Number(text) >= min);
}
