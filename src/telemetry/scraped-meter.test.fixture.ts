import type { TestContext } from 'node:test';
import { readPrometheusText, type Scrape } from '../testing/prometheus-text.js';
import type { Meter } from './meter.js';
import { servePrometheus } from './prometheus.js';

/** A meter whose metrics are looked at over HTTP. */
export async function scrapedMeter(context: TestContext): Promise<{ readonly meter: Meter; readonly scrape: () => Promise<Scrape> }> {
  const endpoint = await servePrometheus({ host: '127.0.0.1', port: 0, version: '0' });
  context.after(() => endpoint.close());
  return { meter: endpoint.meter, scrape: async () => readPrometheusText(await (await fetch(endpoint.url)).text()) };
}
