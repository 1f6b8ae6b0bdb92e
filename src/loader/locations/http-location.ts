import type { Lookup } from '../../kit/private-address.js';
import type { ModelFileAccess } from '../../spec/model-file-access.js';
import type { HttpRequest, HttpResponse, HttpTransport } from '../../spec/provider.js';
import { bodyOf, drop, MAX_WORDS, totalOf } from './http-answer.js';
import { changedWhileRead, statusError } from './location-error.js';
import type { FileBody, LocatedFile, ModelLocation, Observation } from './location.js';
import { maskAddress } from './mask-address.js';
import { followRedirects, type Followed } from './redirects.js';

export interface HttpLocationInit {
  /** `http://` or `https://`, with a user and password or without. */
  readonly url: string;
  readonly access: ModelFileAccess;
  readonly http: HttpTransport;
  readonly lookup: Lookup;
}

/**
 * A file behind an address of the web. Its version is the entity tag, else the time of its last change; a server that gives
 * neither is read again to see whether anything has changed.
 */
export function httpLocation({ url, access, http, lookup }: HttpLocationInit): ModelLocation {
  const target = new URL(url);
  target.hash = '';
  const { bearerToken } = access;
  const basic = basicOf(target);
  const authorization = bearerToken === undefined ? basic : `Bearer ${bearerToken.reveal()}`;
  target.username = '';
  target.password = '';
  const address = maskAddress(url);

  function send(request: Pick<HttpRequest, 'method' | 'headers' | 'signal'>, to = target.href): Promise<Followed> {
    const headers = {
      'user-agent': 'millrace',
      'accept-encoding': 'identity',
      ...(authorization !== undefined && { authorization }),
      ...request.headers,
    };
    return followRedirects(
      { ...request, url: to, headers, answerAs: 'stream', maxBytes: MAX_WORDS },
      { http, lookup, allowPrivate: access.allowPrivateRedirects },
    );
  }

  function failed({ status, headers }: HttpResponse) {
    const notes =
      status === 401 || status === 403
        ? [{ message: "'model.http.bearer-token' gives a token, and the address may hold user and password" }]
        : [];
    // Pages of errors are long and for browsers; the status says what a script can use.
    return statusError({ address, status, headers, words: '', notes });
  }

  async function observe(signal: AbortSignal, last?: Observation): Promise<Observation> {
    const known = last?.files[0]?.tag;
    const condition = known === undefined ? {} : conditionOf(known);
    let { response } = await send({ method: 'HEAD', headers: condition, signal });
    // Servers without HEAD, and addresses that are signed for GET only.
    if ([400, 403, 405, 501].includes(response.status)) {
      ({ response } = await send({ method: 'GET', headers: { ...condition, range: 'bytes=0-0' }, signal }));
      if (response.status === 416) ({ response } = await send({ method: 'GET', headers: condition, signal }));
    }
    await drop(response);
    if (response.status === 304 && last !== undefined) return last;
    if (response.status < 200 || response.status > 299) throw failed(response);
    const file: LocatedFile = { path: '', size: totalOf(response), tag: tagOf(response) };
    return { kind: 'file', files: [file], version: file.tag, isComplete: false };
  }

  async function read(file: LocatedFile, { from, signal }: { readonly from: number; readonly signal: AbortSignal }): Promise<FileBody> {
    const isStrong = file.tag?.startsWith('"') === true;
    const range = from > 0 ? { range: `bytes=${from}-`, ...(isStrong && { 'if-range': file.tag }) } : {};
    const { response } = await send({ method: 'GET', headers: range, signal });
    if (response.status === 416 || response.status === 412) throw changedWhileRead(address);
    if (response.status < 200 || response.status > 299) throw failed(response);
    const tag = tagOf(response);
    if (file.tag !== undefined && tag !== undefined && tag !== file.tag) {
      await drop(response);
      throw changedWhileRead(address);
    }
    return bodyOf(response, { from, tag });
  }

  async function readBeside(suffix: string, signal: AbortSignal): Promise<string | undefined> {
    const beside = new URL(target);
    // A signed address is signed for one path.
    if (beside.search !== '') return undefined;
    beside.pathname += suffix;
    const { response } = await send({ method: 'GET', headers: {}, signal }, beside.href);
    if (response.stream === undefined) return undefined;
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of response.stream) {
      pieces.push(piece);
      length += piece.length;
      if (length > MAX_WORDS) return undefined;
    }
    return new TextDecoder().decode(Buffer.concat(pieces));
  }

  return { address, identity: target.href, localPath: undefined, observe, read, readBeside };
}

/** `user:password` of an address as the header of RFC 7617. */
function basicOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
}

/** The entity tag as the server writes it, else the time of the last change. */
function tagOf({ headers }: HttpResponse): string | undefined {
  return headers['etag'] ?? headers['last-modified'];
}

function conditionOf(tag: string): Record<string, string> {
  return /^(W\/)?"/.test(tag) ? { 'if-none-match': tag } : { 'if-modified-since': tag };
}
