import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MillraceError } from '../common/error.js';
import type { Meter } from './meter.js';

export interface PrometheusInit {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Of this package, as the version of the meter. */
  readonly version: string;
}

/** Metrics that can be scraped. */
export interface PrometheusEndpoint {
  readonly meter: Meter;
  /** Where they are, such as `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  /** Ends the server and every connection to it. */
  close(): Promise<void>;
}

/**
 * Serves metrics over HTTP in Prometheus' text format, under `/metrics`. Loads the SDK of OpenTelemetry, which programs without
 * metrics do not pay for.
 *
 * @throws {MillraceError} `USAGE` where nobody can listen at that address, because another process does or it is not this machine's.
 */
export async function servePrometheus({ host, port, version }: PrometheusInit): Promise<PrometheusEndpoint> {
  const [{ MeterProvider }, { PrometheusExporter }] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-prometheus'),
  ]);
  // The exporter's own server waits at its end for connections that never ask anything.
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true, withoutTargetInfo: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const server = await listen(createServer(answering((request, response) => exporter.getMetricsRequestHandler(request, response))), {
    host,
    port,
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    meter: provider.getMeter('millrace', version),
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}${PATH}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await provider.shutdown();
    },
  };
}

const PATH = '/metrics';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function answering(scrape: Handler): Handler {
  return (request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const path = request.url?.split('?')[0];
    if (!isRead || path !== PATH) {
      response.writeHead(isRead ? 404 : 405, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`metrics are at ${PATH}\n`);
      return;
    }
    scrape(request, response);
    // The exporter names no version of the format; it sends nothing before the next turn.
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  };
}

async function listen(server: Server, { host, port }: Pick<PrometheusInit, 'host' | 'port'>): Promise<Server> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw cannotListen(host, port, cause as NodeJS.ErrnoException);
  }
  // A run ends by itself, not by its metrics.
  return server.unref();
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): MillraceError {
  const reasons: Readonly<Record<string, readonly [string, string]>> = {
    EADDRINUSE: ['another process listens there', `give --metrics-port another one, or end that process`],
    EACCES: ['this user may not listen there', 'give --metrics-port a number above 1023'],
    EADDRNOTAVAIL: ['it is no address of this machine', 'give --metrics-host 127.0.0.1, or 0.0.0.0 for every address'],
    ENOTFOUND: ['the host is not known', 'give --metrics-host 127.0.0.1, or 0.0.0.0 for every address'],
  };
  const [reason, advice] = reasons[cause.code ?? ''] ?? [cause.message, 'give --metrics-host and --metrics-port another address'];
  return new MillraceError({
    code: 'USAGE',
    message: `metrics cannot be served at ${host}:${port}: ${reason}`,
    notes: [{ message: advice }],
    cause,
  });
}
