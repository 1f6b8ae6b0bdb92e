import { MillraceError } from '../../common/error.js';
import { serviceError } from '../../kit/service-error.js';
import { Secret } from '../../spec/option.js';
import type { HttpRequest, HttpResponse, ModelContext } from '../../spec/provider.js';
import type { TritonOptions } from './triton-options.js';

/** HTTP with a server: one attempt each, with the credentials of the options. */
export interface TritonServer {
  /** Any status. */
  get(url: string): Promise<HttpResponse>;
  /** @throws {MillraceError} as `failed` for an answer that is no 2xx. */
  post(request: TritonPost): Promise<HttpResponse>;
  /** The error of an answer that is no success, in the server's own words. */
  failed(response: HttpResponse): MillraceError;
}

export type TritonPost = Pick<HttpRequest, 'url' | 'headers' | 'body' | 'bytes' | 'answerAs' | 'signal'>;

/** How long a question at open may take, in milliseconds. */
const OPEN_TIMEOUT_MS = 10_000;

export function createTritonServer({
  options,
  http,
  clock,
}: Pick<ModelContext<TritonOptions>, 'options' | 'http' | 'clock'>): TritonServer {
  const token = withoutScheme(options['auth-token']);
  const custom = [...(options['custom-headers'] ?? [])];
  const secrets = [...(token === undefined ? [] : [token]), ...custom.map(([, value]) => value)];
  const common = {
    'user-agent': 'millrace',
    ...(token !== undefined && { authorization: `Bearer ${token.reveal()}` }),
    ...Object.fromEntries(custom.map(([name, value]) => [name, value.reveal()])),
  };
  const failed = (response: HttpResponse): MillraceError => serviceError({ service: 'triton', response, nowMs: clock.now(), secrets });
  return {
    failed,
    async get(url) {
      const controller = new AbortController();
      const { origin } = new URL(url);
      const timeout = (): void =>
        controller.abort(
          new MillraceError({
            code: 'TIMEOUT',
            message: `no answer from "${origin}" within ${OPEN_TIMEOUT_MS / 1_000} s`,
            retry: 'backoff',
          }),
        );
      const cancel = clock.setTimer(OPEN_TIMEOUT_MS, timeout);
      try {
        return await http.request({ method: 'GET', url, headers: { accept: 'application/json', ...common }, signal: controller.signal });
      } finally {
        cancel();
      }
    },
    async post({ headers, ...request }) {
      const response = await http.request({ method: 'POST', headers: { ...headers, ...common }, ...request });
      if (response.status < 200 || response.status > 299) throw failed(response);
      return response;
    },
  };
}

/** Examples of others write the token with its scheme. */
function withoutScheme(token: Secret | undefined): Secret | undefined {
  return token && new Secret(token.reveal().replace(/^Bearer\s+/i, ''));
}
