import { Agent, type Dispatcher } from 'undici';
import { MillraceError } from '../common/error.js';
import type { HttpRequest, HttpResponse, HttpTransport } from '../spec/provider.js';

export interface HttpTransportOptions {
  /** Most connections to one origin; requests beyond that wait for a free one. */
  readonly connections: number;
}

/**
 * HTTP/1.1 over kept-alive connections, one pool per origin.
 *
 * Sets no timeout of its own beyond 10 s for connecting: whoever waits brings an `AbortSignal`. A request ends with any
 * status the service answers, with the signal's reason, or with `UNREACHABLE` (`retry: 'backoff'`) where no complete
 * answer arrived.
 */
export function createHttpTransport({ connections }: HttpTransportOptions): HttpTransport & { close(): Promise<void> } {
  const agent = new Agent({ connections, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } });
  return {
    request: request => exchange(agent, request),
    close: () => agent.close(),
  };
}

async function exchange(agent: Agent, request: HttpRequest): Promise<HttpResponse> {
  const { method, url, headers, body, bytes, answerAs, maxBytes, signal } = request;
  const target = new URL(url);
  try {
    const response = await agent.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method,
      headers,
      signal,
      body: bytes ?? body ?? null,
    });
    const { statusCode: status } = response;
    const answer = { status, headers: joinHeaders(response.headers) };
    const isGood = status >= 200 && status <= 299;
    if (isGood && answerAs === 'stream') return { ...answer, body: '', stream: piecesOf(response.body, { signal, origin: target.origin }) };
    if (maxBytes === undefined) {
      if (isGood && answerAs === 'bytes') return { ...answer, body: '', bytes: await response.body.bytes() };
      return { ...answer, body: await response.body.text() };
    }
    const whole = await boundedBody(response.body, { maxBytes, origin: target.origin });
    return isGood && answerAs === 'bytes' ? { ...answer, body: '', bytes: whole } : { ...answer, body: new TextDecoder().decode(whole) };
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    throw transportError(thrown, target.origin);
  }
}

/** The pieces as they come; one that does not come is told as `exchange` tells it. */
async function* piecesOf(
  body: AsyncIterable<Uint8Array>,
  { signal, origin }: { readonly signal: AbortSignal; readonly origin: string },
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    throw transportError(thrown, origin);
  }
}

async function boundedBody(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, origin }: { readonly maxBytes: number; readonly origin: string },
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > maxBytes)
      throw new MillraceError({ code: 'REFUSED', message: `the answer of "${origin}" is longer than ${maxBytes} bytes` });
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

/** undici gives header names in lower case and repeated headers as arrays. */
function joinHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}

function transportError(thrown: unknown, origin: string): MillraceError {
  if (MillraceError.is(thrown)) return thrown;
  const { code, message } = describe(thrown);
  if (code === 'UND_ERR_INVALID_ARG') {
    return new MillraceError({ code: 'INVALID_OPTION', message: `a request to "${origin}" cannot be sent: ${message}`, cause: thrown });
  }
  return new MillraceError({ code: 'UNREACHABLE', message: `no answer from "${origin}": ${message}`, retry: 'backoff', cause: thrown });
}

/** Connecting to several addresses of one name fails with an AggregateError without a message of its own. */
function describe(thrown: unknown): { readonly code: string | undefined; readonly message: string } {
  const error = thrown as NodeJS.ErrnoException & { readonly errors?: readonly Error[] };
  const message = error.message || error.errors?.[0]?.message || String(error.code);
  return { code: error.code, message };
}
