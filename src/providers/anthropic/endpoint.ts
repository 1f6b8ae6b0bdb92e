import { MillraceError } from '../../common/error.js';

const PATH = '/v1/messages';

/**
 * The address of the Messages API under an endpoint: a base URL, with or without `/v1`, or the full address. A trailing
 * slash does not matter; a query string stays.
 *
 * @throws {MillraceError} `INVALID_OPTION` when the endpoint is no http or https URL.
 */
export function messagesUrl(endpoint: string): string {
  const address = endpoint.trim();
  if (!/^https?:/i.test(address) || !URL.canParse(address)) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: '"endpoint" is not an http or https address',
      notes: [{ message: 'write a base URL such as "https://api.anthropic.com"' }],
    });
  }
  const url = new URL(address);
  url.pathname = url.pathname.replace(/\/+$/, '').replace(/\/v1(\/messages)?$/i, '') + PATH;
  return url.href;
}
