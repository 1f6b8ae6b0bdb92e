import { MillraceError } from '../../common/error.js';

/** The addresses of a server and of one model on it, without a slash at their end. */
export interface ModelUrls {
  /** `…/v2` */
  readonly server: string;
  /** `…/v2/models/{model}`, with `/versions/{version}` where one is wanted. */
  readonly model: string;
}

/**
 * The addresses under an endpoint, which may end in `/v2` or `/v2/models`.
 *
 * @param version `undefined` for the one that the server chooses.
 * @throws {MillraceError} `INVALID_OPTION` when the endpoint is no http or https URL.
 */
export function modelUrls(endpoint: string, model: string, version: string | undefined): ModelUrls {
  const address = endpoint.trim();
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: '"endpoint" is not an http or https address',
      notes: [{ message: 'write a base URL such as "http://localhost:8000"' }],
    });
  }
  const { origin, pathname } = new URL(address);
  const base = pathname.replace(/\/+$/, '').replace(/\/v2(\/models)?$/i, '');
  const server = `${origin}${base}/v2`;
  const versions = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`;
  return { server, model: `${server}/models/${encodeURIComponent(model)}${versions}` };
}
