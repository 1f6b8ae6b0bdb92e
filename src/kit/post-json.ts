import type { Secret } from '../spec/option.js';
import { MillraceError } from '../common/error.js';
import type { HttpResponse, HttpTransport } from '../spec/provider.js';
import { serviceError, type FailureReader } from './service-error.js';

export interface JsonPost {
  readonly http: HttpTransport;
  /** How messages call the service: the provider's name. */
  readonly service: string;
  readonly url: string;
  /** Besides `content-type`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON; members that are `undefined` are left out. */
  readonly body: unknown;
  /** Headers that depend on the whole request, such as a signature; sent besides the others. */
  readonly sign?: ((request: UnsignedRequest) => Promise<Readonly<Record<string, string>>>) | undefined;
  /** What the provider knows of failures of its service. */
  readonly readFailure?: FailureReader | undefined;
  /** Credentials among the headers; they are masked in every message. */
  readonly secrets: readonly Secret[];
  readonly signal: AbortSignal;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
}

/** A request as it will be sent, but for its signature. */
export interface UnsignedRequest {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface JsonAnswer {
  readonly json: unknown;
  /** The body as it came, for numbers that a double does not hold. */
  readonly text: string;
  readonly headers: HttpResponse['headers'];
}

/**
 * One POST with a JSON body, answered by 2xx and JSON.
 *
 * @throws {MillraceError} as `serviceError` for other statuses and for a 2xx whose body is `{"error": …}`;
 * `SERVICE_ERROR` with `retry: 'backoff'` for a body that is not JSON.
 */
export async function postJson(post: JsonPost): Promise<JsonAnswer> {
  const { service, sign, signal } = post;
  const request: UnsignedRequest = {
    method: 'POST',
    url: post.url,
    headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'millrace', ...post.headers },
    body: JSON.stringify(post.body),
  };
  const headers = sign === undefined ? request.headers : { ...request.headers, ...(await sign(request)) };
  const response = await post.http.request({ ...request, headers, signal });
  const { status } = response;
  if (status < 200 || status > 299) throw failed(post, response);
  let json: unknown;
  try {
    json = JSON.parse(response.body);
  } catch {
    // The parser's own error quotes the body, which is the user's.
    const problem = response.body.trim() === '' ? 'an empty body' : 'a body that is not complete JSON';
    throw new MillraceError({
      code: 'SERVICE_ERROR',
      message: `${service} answered ${status} with ${problem}`,
      retry: 'backoff',
      context: { httpStatus: status },
    });
  }
  const hidden = hiddenStatus(json);
  if (hidden !== undefined) throw failed(post, { ...response, status: hidden });
  return { json, text: response.body, headers: response.headers };
}

function failed({ service, secrets, readFailure, now }: JsonPost, response: HttpResponse): MillraceError {
  return serviceError({ service, response, nowMs: now(), secrets, read: readFailure });
}

/** The statuses that go with the types of Anthropic's errors. https://platform.claude.com/docs/en/api/errors */
const STATUS_OF_TYPE: ReadonlyMap<unknown, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

/**
 * Proxies answer 200 with `{"error": {"code": 429, …}}`, or with a type in place of the code: the status that they mean, 500
 * where they do not tell.
 */
function hiddenStatus(json: unknown): number | undefined {
  const error = (json as { error?: { code?: unknown; type?: unknown } | null } | null)?.error;
  if (error === undefined || error === null) return undefined;
  const code = Number(error.code);
  return Number.isInteger(code) && code >= 400 && code <= 599 ? code : (STATUS_OF_TYPE.get(error.type) ?? 500);
}
