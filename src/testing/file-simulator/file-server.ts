import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FaultQueue, type FileFault, type FileRequest } from './file-fault.js';

/** A running store of files that can be told to fail. */
export interface FileServer {
  /** `http://127.0.0.1:port`, without a slash behind it. */
  readonly url: string;
  /** What was asked, the first first. */
  readonly requests: readonly FileRequest[];
  /** The next `times` requests that match meet the fault; 1 where absent. */
  inject: FaultQueue['inject'];
  /** Ends all connections at once. */
  close(): Promise<void>;
}

export type FileHandler = (request: IncomingMessage, response: ServerResponse, fault: FileFault | undefined) => void | Promise<void>;

/** Starts a server on a free port of this machine. */
export async function startFileServer(handle: FileHandler): Promise<FileServer> {
  const faults = new FaultQueue();
  const requests: FileRequest[] = [];
  const server = createServer((request, response) => {
    const seen: FileRequest = { method: request.method ?? '', url: request.url ?? '', headers: request.headers };
    requests.push(seen);
    // Who asked may have left.
    response.on('error', () => {});
    Promise.resolve()
      .then(() => handle(request, response, faults.take(seen)))
      .catch(thrown => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(thrown));
      });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    inject: (fault, options) => faults.inject(fault, options),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
