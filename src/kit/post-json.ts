import type { Secret } from '../spec/option.js';
import { MillraceError } from '../common/error.js';
import type { HttpResponse, HttpTransport } from '../spec/provider.js';
import { serviceError } from './service-error.js';

export interface JsonPost {
  readonly http: HttpTransport;
  /** How messages call the service: the provider's name. */
  readonly service: string;
  readonly url: string;
  /** Besides `content-type`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON; members that are `undefined` are left out. */
  readonly body: unknown;
  /** Credentials among the headers; they are masked in every message. */
  readonly secrets: readonly Secret[];
  readonly signal: AbortSignal;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
}

export interface JsonAnswer {
  readonly json: unknown;
  readonly headers: HttpResponse['headers'];
}

/**
 * One POST with a JSON body, answered by 2xx and JSON.
 *
 * @throws {MillraceError} as `serviceError` for other statuses and for a 2xx whose body is `{"error": …}`;
 * `SERVICE_ERROR` with `retry: 'backoff'` for a body that is not JSON.
 */
export async function postJson({ http, service, url, headers, body, secrets, signal, now }: JsonPost): Promise<JsonAnswer> {
  const response = await http.request({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'millrace', ...headers },
    body: JSON.stringify(body),
    signal,
  });
  const { status } = response;
  if (status < 200 || status > 299) throw serviceError({ service, response, nowMs: now(), secrets });
  let json: unknown;
  try {
    json = JSON.parse(response.body);
  } catch (cause) {
    const problem = response.body.trim() === '' ? 'an empty body' : 'a body that is not complete JSON';
    throw new MillraceError({
      code: 'SERVICE_ERROR',
      message: `${service} answered ${status} with ${problem}`,
      retry: 'backoff',
      context: { httpStatus: status },
      cause,
    });
  }
  const hidden = hiddenStatus(json);
  if (hidden !== undefined) throw serviceError({ service, response: { ...response, status: hidden }, nowMs: now(), secrets });
  return { json, headers: response.headers };
}

/** Proxies answer 200 with `{"error": {"code": 429, …}}`: the status they mean, 500 where they do not tell. */
function hiddenStatus(json: unknown): number | undefined {
  const error = (json as { error?: { code?: unknown } | null } | null)?.error;
  if (error === undefined || error === null) return undefined;
  const code = Number(error.code);
  return Number.isInteger(code) && code >= 400 && code <= 599 ? code : 500;
}
