import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A request as it arrived. */
export interface SimulatedRequest {
  readonly method: string;
  /** Percent-encoded, without the simulator's base path; `undefined` for an address outside of it. */
  readonly path: string | undefined;
  /** Percent-encoded, the base path included. */
  readonly fullPath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Reads a request to its end. @throws when the client leaves first. */
export async function readRequest(message: IncomingMessage, basePath: string): Promise<SimulatedRequest> {
  const { pathname, searchParams } = new URL(message.url ?? '/', 'http://simulator');
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return {
    method: message.method ?? 'GET',
    path: pathname.startsWith(basePath) ? pathname.slice(basePath.length) : undefined,
    fullPath: pathname,
    query: searchParams,
    headers: message.headers,
    body: Buffer.concat(chunks),
  };
}
