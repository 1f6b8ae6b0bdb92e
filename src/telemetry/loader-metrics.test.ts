import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoaderMetrics } from './loader-metrics.js';
import { scrapedMeter } from './scraped-meter.test.fixture.js';

test('loads, lookups, swaps and what is open are read at the scrape', async context => {
  const { meter, scrape } = await scrapedMeter(context);
  const metrics = new LoaderMetrics(meter);
  const end = metrics.watch(() => ({ count: 2, bytes: 700 }));
  const phases = new Map([
    ['downloading', 2_000],
    ['parsing', 500],
  ] as const);
  metrics.loaded({ model: 'fraud', version: 'v1', phases, bytes: 1_000 });
  metrics.loadFailed('UNREACHABLE');
  metrics.hit();
  metrics.missed();
  metrics.missed();
  metrics.evicted();
  const scraped = await scrape();
  const value = (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
    scraped.sum(`millrace_loader_${name}`, labels);
  assert.deepEqual(
    {
      loaded: value('loads_total', { millrace_outcome: 'loaded' }),
      failed: value('loads_total', { millrace_outcome: 'UNREACHABLE' }),
      bytes: value('fetched_total'),
      hits: value('lookups_total', { millrace_result: 'hit' }),
      misses: value('lookups_total', { millrace_result: 'miss' }),
      evictions: value('evictions_total'),
      downloading: value('load_duration_sum', { millrace_phase: 'downloading' }),
      open: value('models'),
      memory: value('models_size'),
      active: value('version', { millrace_model: 'fraud', millrace_version: 'v1' }),
    },
    { loaded: 1, failed: 1, bytes: 1_000, hits: 1, misses: 2, evictions: 1, downloading: 2, open: 2, memory: 700, active: 1 },
  );
  metrics.swapped({ model: 'fraud', version: 'v2' });
  const later = await scrape();
  assert.equal(later.sum('millrace_loader_swaps_total', { millrace_model: 'fraud' }), 1);
  assert.equal(later.sum('millrace_loader_version', { millrace_version: 'v2' }), 1);
  end();
  metrics.close();
});
