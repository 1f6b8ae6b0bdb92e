import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../common/deferred.js';
import { MillraceError } from '../common/error.js';
import type { JobStatus, OperatorMetrics } from '../engine/embedded/job.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { JobMetrics } from './job-metrics.js';
import { scrapedMeter } from './scraped-meter.test.fixture.js';

const FLOW = { rowsIn: 0, rowsOut: 0, busyMs: 0, backpressuredMs: 0, watermark: -Infinity };

function jobOf(name: string, ...operators: OperatorMetrics[]) {
  const settled = deferred<JobStatus>();
  return { name, settled: settled.promise, metrics: () => operators, end: settled };
}

test('operators, watermarks and backlogs of a running job; what it did is still there after its end', async context => {
  const { meter, scrape } = await scrapedMeter(context);
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const jobs = new JobMetrics(meter, clock);
  const source: OperatorMetrics = {
    id: 'source-1',
    name: 'Source (source-1)',
    table: 'orders',
    counters: new Map([
      ['rows_in', 120],
      ['skipped_records', 3],
    ]),
    flow: { ...FLOW, rowsOut: 100, busyMs: 1_500, backpressuredMs: 250, watermark: (Date.UTC(2026, 0, 1) - 5_000) * 1_000 },
    backlog: () => Promise.resolve({ unit: 'bytes', amount: 4_096 }),
  };
  const window: OperatorMetrics = {
    id: 'window-2',
    name: 'Window (window-2)',
    counters: new Map([['late_rows', 2]]),
    flow: { ...FLOW, rowsIn: 100, watermark: Infinity },
  };
  const job = jobOf('nightly', source, window);
  jobs.watch(job);
  const read = async (): Promise<Record<string, number | undefined>> => {
    const scraped = await scrape();
    const value = (name: string, operator: string): number | undefined =>
      scraped.sum(`millrace_${name}`, { millrace_job: 'nightly', millrace_operator: operator });
    return {
      read: value('operator_rows_in_total', 'source-1'),
      sent: value('operator_rows_out_total', 'source-1'),
      came: value('operator_rows_in_total', 'window-2'),
      skipped: value('operator_records_skipped_total', 'source-1'),
      late: value('operator_rows_late_total', 'window-2'),
      busy: value('operator_busy_time_total', 'source-1'),
      held: value('operator_backpressured_time_total', 'source-1'),
      watermark: value('operator_watermark', 'source-1'),
      lag: value('operator_watermark_lag', 'source-1'),
      atEnd: value('operator_watermark_lag', 'window-2'),
      backlog: value('source_backlog_size', 'source-1'),
      running: scraped.sum('millrace_jobs_running'),
      finished: scraped.sum('millrace_jobs_ended_total', { millrace_status: 'finished' }),
    };
  };
  const counts = { read: 120, sent: 100, came: 100, skipped: 3, late: 2, busy: 1.5, held: 0.25 };
  assert.deepEqual(await read(), {
    ...counts,
    watermark: Date.UTC(2026, 0, 1) / 1_000 - 5,
    lag: 5,
    atEnd: undefined,
    backlog: 4_096,
    running: 1,
    finished: undefined,
  });
  await clock.advance(2_000);
  assert.equal((await read())['lag'], 7);
  job.end.resolve('finished');
  await clock.advance(0);
  assert.deepEqual(await read(), {
    ...counts,
    watermark: NaN,
    lag: NaN,
    atEnd: undefined,
    backlog: NaN,
    running: 0,
    finished: 1,
  });
});

test('ends are counted by how they came', async context => {
  const { meter, scrape } = await scrapedMeter(context);
  const clock = createFakeClock();
  const jobs = new JobMetrics(meter, clock);
  const all = ['a', 'b', 'c', 'd'].map(name => jobOf(name));
  for (const job of all) jobs.watch(job);
  all[0]!.end.resolve('stopped');
  all[1]!.end.reject(new MillraceError({ code: 'IO', message: 'full' }));
  all[2]!.end.reject(new MillraceError({ code: 'INTERRUPTED', message: 'cancelled' }));
  await clock.advance(0);
  const scraped = await scrape();
  const ended = (status: string): number | undefined => scraped.sum('millrace_jobs_ended_total', { millrace_status: status });
  assert.deepEqual([ended('stopped'), ended('failed'), ended('cancelled'), scraped.sum('millrace_jobs_running')], [1, 1, 1, 1]);
});

test('a session with many jobs shows the last ones only', async context => {
  const { meter, scrape } = await scrapedMeter(context);
  const clock = createFakeClock();
  const jobs = new JobMetrics(meter, clock);
  for (let i = 1; i <= 200; i++) {
    const job = jobOf(`job-${i}`, { id: 'sink-1', name: 'Sink', counters: new Map(), flow: { ...FLOW, rowsIn: i } });
    jobs.watch(job);
    job.end.resolve('finished');
  }
  await clock.advance(0);
  const scraped = await scrape();
  const shown = new Set(scraped.samples.map(({ labels }) => labels['millrace_job']).filter(Boolean));
  assert.deepEqual([shown.size, shown.has('job-200'), shown.has('job-180')], [20, true, false]);
});

test('checkpoints and restores', async context => {
  const { meter, scrape } = await scrapedMeter(context);
  const observer = new JobMetrics(meter, createFakeClock()).observer('nightly');
  observer.restored(7);
  observer.checkpointTaken({ id: 8, durationMs: 40, bytes: 2_000 });
  observer.checkpointTaken({ id: 9, durationMs: 60, bytes: 0 });
  observer.checkpointFailed(10);
  const scraped = await scrape();
  const value = (name: string): number | undefined => scraped.sum(`millrace_${name}`, { millrace_job: 'nightly' });
  assert.deepEqual(
    [value('checkpoint_duration_count'), value('checkpoint_duration_sum'), value('checkpoint_size_count'), value('checkpoint_size_sum')],
    [2, 0.1, 1, 2_000],
  );
  assert.deepEqual([value('checkpoint_failures_total'), value('job_restores_total')], [1, 1]);
});
