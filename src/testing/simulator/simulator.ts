import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MillraceError } from '../../common/error.js';
import type { SimulatedProtocol } from './simulated-protocol.js';
import type { SimulatedRequest } from './simulated-request.js';
import { SimulatedService } from './simulated-service.js';
import type { SimulatorOptions } from './simulator-options.js';
import type { SimulatorStats } from './statistics.js';

/** A running server that speaks the protocol of a service. */
export interface Simulator {
  /** Base URL: what goes into `'endpoint'`. */
  readonly url: string;
  /** Address of the statistics as JSON. */
  readonly statsUrl: string;
  stats(): SimulatorStats;
  /** The request that was read last; absent before the first one. */
  lastRequest(): SimulatedRequest | undefined;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

/**
 * Starts a server for a protocol. Answers, latencies and faults are repeatable: they depend on the seed, the body of the
 * request, and how often that body has come.
 *
 * @throws {MillraceError} `IO` when the address cannot be listened at.
 */
export async function startSimulator(options: SimulatorOptions, protocol: SimulatedProtocol): Promise<Simulator> {
  const service = new SimulatedService(options, protocol);
  const server = createServer((request, response) => void service.serve(request, response));
  const { address, port } = await listen(server, options);
  const origin = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  return {
    url: `${origin}${protocol.basePath}`,
    statsUrl: `${origin}/simulator/stats`,
    stats: () => service.stats(),
    lastRequest: () => service.lastRequest,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: ReturnType<typeof createServer>, { host, port }: SimulatorOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', cause =>
      reject(new MillraceError({ code: 'IO', message: `cannot listen at "${host}:${port}": ${cause.message}`, cause })),
    );
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}
