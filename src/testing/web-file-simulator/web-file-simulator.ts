import { createHash } from 'node:crypto';
import { rangeOf, sendFile } from '../file-simulator/file-fault.js';
import { startFileServer, type FileServer } from '../file-simulator/file-server.js';

export interface WebFile {
  readonly body: Uint8Array;
  /** Made from the content when absent; `null` for a server that sends none. */
  readonly etag?: string | null;
  /** Such as `Sat, 21 Nov 2026 08:00:00 GMT`; not sent when absent. */
  readonly lastModified?: string;
  /** Whether `HEAD` is known; yes when absent. */
  readonly takesHead?: boolean;
  /** Whether parts can be asked for; yes when absent. */
  readonly takesRanges?: boolean;
  /** A place that the request is sent on to, with the status. */
  readonly redirect?: { readonly status: number; readonly location: string };
  /** What `authorization` must be. */
  readonly authorization?: string;
}

/** A running web server with files. */
export interface WebFileSimulator extends FileServer {
  /** @param path as in the URL, with a slash in front. */
  put(path: string, file: WebFile): void;
  remove(path: string): void;
}

/** Starts a web server that answers HEAD and GET with entity tags, conditions, ranges and redirects as RFC 9110 says. */
export async function startWebFileSimulator(): Promise<WebFileSimulator> {
  const files = new Map<string, WebFile>();
  const server = await startFileServer(async (request, response, fault) => {
    const isHead = request.method === 'HEAD';
    const plain = (status: number, headers: Record<string, string> = {}) =>
      sendFile(response, { status, headers, body: Buffer.from(`status ${status}`) }, { isHead, fault });
    const file = files.get(new URL(request.url!, 'http://host').pathname);
    if (file === undefined) return await plain(404);
    if (file.authorization !== undefined && request.headers.authorization !== file.authorization) return await plain(401);
    if (file.redirect) return await plain(file.redirect.status, { location: file.redirect.location });
    if (isHead && file.takesHead === false) return await plain(405);
    const etag = file.etag === undefined ? etagOf(file.body) : file.etag;
    const headers: Record<string, string> = {
      ...(etag !== null && { etag }),
      ...(file.lastModified !== undefined && { 'last-modified': file.lastModified }),
    };
    const isSame = etag === null ? false : request.headers['if-none-match'] === etag;
    const isOld = file.lastModified !== undefined && request.headers['if-modified-since'] === file.lastModified;
    if (isSame || isOld) {
      response.writeHead(304, headers).end();
      return;
    }
    const mayRange = file.takesRanges !== false && (request.headers['if-range'] === undefined || request.headers['if-range'] === etag);
    const part = rangeOf(file.body, mayRange && !isHead ? request.headers.range : undefined);
    return await sendFile(response, { status: part.status, headers: { ...headers, ...part.headers }, body: part.body }, { isHead, fault });
  });
  return {
    ...server,
    put: (path, file) => void files.set(path, file),
    remove: path => void files.delete(path),
  };
}

function etagOf(body: Uint8Array): string {
  return `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
}
