import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MillraceError } from '../../common/error.js';
import { SimulatedService } from './simulated-service.js';
import { openAiSimulatorOptions, type OpenAiSimulatorOptions } from './simulator-options.js';
import type { OpenAiSimulatorStats } from './statistics.js';

/** A running server that speaks OpenAI's protocol. */
export interface OpenAiSimulator {
  /** Base URL: what goes into `'endpoint'`. */
  readonly url: string;
  /** Address of the statistics as JSON. */
  readonly statsUrl: string;
  stats(): OpenAiSimulatorStats;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

/**
 * Starts a server that answers chat completions, embeddings and model lists as OpenAI does, repeatably: answers,
 * latencies and faults depend on the seed, the input, and how often that input has come.
 *
 * @param options those that differ from the defaults, in the parsed form of `openAiSimulatorOptions`.
 * @throws {MillraceError} `IO` when the address cannot be listened at.
 */
export async function startOpenAiSimulator(options: Partial<OpenAiSimulatorOptions> = {}): Promise<OpenAiSimulator> {
  const settings: OpenAiSimulatorOptions = { ...openAiSimulatorOptions.parse({}), ...options };
  const service = new SimulatedService(settings);
  const server = createServer((request, response) => void service.serve(request, response));
  const { address, port } = await listen(server, settings);
  const origin = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  return {
    url: `${origin}${settings['base-path']}`,
    statsUrl: `${origin}/simulator/stats`,
    stats: () => service.stats(),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: ReturnType<typeof createServer>, { host, port }: OpenAiSimulatorOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', cause =>
      reject(new MillraceError({ code: 'IO', message: `cannot listen at "${host}:${port}": ${cause.message}`, cause })),
    );
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}
