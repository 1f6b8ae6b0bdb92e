import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong with one answer of a store of files. */
export type FileFault =
  /** Another status in place of the answer. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection is closed behind so many bytes of the body, which have time to arrive; then something may happen on the server. */
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly afterwards?: () => void }
  /** Nothing comes for so long. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** Pieces of so many bytes come so many milliseconds apart. */
  | { readonly kind: 'slow'; readonly pieceBytes: number; readonly gapMs: number }
  /** More bytes than the header says. */
  | { readonly kind: 'longer'; readonly extraBytes: number }
  /** The length is not told. */
  | { readonly kind: 'no-length' }
  /** One byte of the body is another. */
  | { readonly kind: 'corrupt' }
  /** Something happens on the server between the headers and the last byte. */
  | { readonly kind: 'meanwhile'; readonly action: () => void };

/** A request as a simulator of files saw it. */
export interface FileRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface Injected {
  readonly fault: FileFault;
  readonly matches: (request: FileRequest) => boolean;
  left: number;
}

/** Faults that wait for their requests. */
export class FaultQueue {
  readonly #injected: Injected[] = [];

  /** The next `times` requests that match meet the fault; 1 where absent. */
  inject(
    fault: FileFault,
    { times = 1, matches = () => true }: { times?: number; matches?: (request: FileRequest) => boolean } = {},
  ): void {
    this.#injected.push({ fault, matches, left: times });
  }

  take(request: FileRequest): FileFault | undefined {
    const found = this.#injected.find(({ left, matches }) => left > 0 && matches(request));
    if (found) found.left--;
    return found?.fault;
  }
}

export interface FileReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Sends a reply as the fault wants it. A HEAD is answered by headers. */
export async function sendFile(
  response: ServerResponse,
  reply: FileReply,
  { isHead, fault }: { isHead: boolean; fault: FileFault | undefined },
): Promise<void> {
  if (fault?.kind === 'status') {
    const body = Buffer.from(fault.body ?? '');
    response.writeHead(fault.status, { 'content-length': body.length, ...fault.headers });
    response.end(isHead ? undefined : body);
    return;
  }
  if (fault?.kind === 'wait') await sleep(fault.ms);
  let body = Buffer.from(reply.body);
  if (fault?.kind === 'corrupt' && body.length > 0) body[body.length >> 1]! ^= 0xff;
  if (fault?.kind === 'longer') body = Buffer.concat([body, Buffer.alloc(fault.extraBytes, 0x78)]);
  const length = fault?.kind === 'no-length' || fault?.kind === 'longer' ? {} : { 'content-length': String(body.length) };
  response.writeHead(reply.status, { ...length, ...reply.headers });
  if (isHead) {
    response.end();
    return;
  }
  switch (fault?.kind) {
    case 'cut':
      response.write(body.subarray(0, fault.afterBytes));
      await sleep(50);
      fault.afterwards?.();
      response.socket?.destroy();
      return;
    case 'slow':
      for (let at = 0; at < body.length && !response.destroyed; at += fault.pieceBytes) {
        response.write(body.subarray(at, at + fault.pieceBytes));
        await sleep(fault.gapMs);
      }
      response.end();
      return;
    case 'meanwhile':
      response.write(body.subarray(0, body.length >> 1));
      fault.action();
      response.end(body.subarray(body.length >> 1));
      return;
    default:
      response.end(body);
  }
}

/** The part of a body that `range: bytes=from-to` names, with status and header. */
export function rangeOf(
  body: Uint8Array,
  range: string | undefined,
): { status: 200 | 206 | 416; headers: Record<string, string>; body: Uint8Array } {
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (!match) return { status: 200, headers: {}, body };
  const from = Number(match[1]);
  if (from >= body.length) return { status: 416, headers: { 'content-range': `bytes */${body.length}` }, body: new Uint8Array() };
  const to = match[2] === '' ? body.length - 1 : Math.min(Number(match[2]), body.length - 1);
  return { status: 206, headers: { 'content-range': `bytes ${from}-${to}/${body.length}` }, body: body.subarray(from, to + 1) };
}
