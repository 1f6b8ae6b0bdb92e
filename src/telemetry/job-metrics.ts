import type { Clock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';
import type { JobStatus, OperatorMetrics } from '../engine/embedded/job.js';
import type { JobObserver } from '../engine/embedded/job-observer.js';
import { JOB_INSTRUMENTS } from './instruments.js';
import { makeInstruments, type Attributes, type MadeInstruments, type Meter, type Observe } from './meter.js';

/** A job as its metrics see it. */
export interface MeasuredJob {
  readonly name: string;
  /** As `EmbeddedJob.settled`. */
  readonly settled: Promise<JobStatus>;
  metrics(): readonly OperatorMetrics[];
}

/** Jobs that have ended are shown until so many later ones have: a scrape must see short ones, and a session has many. */
const ENDED_JOBS = 20;

/** The metrics of all jobs of a session. */
export class JobMetrics {
  readonly #made: MadeInstruments<typeof JOB_INSTRUMENTS>;
  readonly #clock: Clock;
  readonly #running = new Set<MeasuredJob>();
  /** What operators of ended jobs did in all. */
  readonly #ended: { readonly name: string; readonly operators: readonly OperatorMetrics[] }[] = [];
  readonly #endReading: () => void;

  constructor(meter: Meter, clock: Clock) {
    this.#made = makeInstruments(meter, JOB_INSTRUMENTS);
    this.#clock = clock;
    this.#endReading = this.#made.onRead(observe => this.#read(observe));
  }

  /** Shows a job until some time after its end. */
  watch(job: MeasuredJob): void {
    this.#running.add(job);
    job.settled.then(
      status => this.#settled(job, status),
      (thrown: unknown) => this.#settled(job, MillraceError.is(thrown) && thrown.code === 'INTERRUPTED' ? 'cancelled' : 'failed'),
    );
  }

  /** Watches the checkpoints of a job. */
  observer(job: string): JobObserver {
    const attributes = { 'millrace.job': job };
    const [durations, sizes] = [this.#made.histogram('checkpointDuration'), this.#made.histogram('checkpointSize')];
    const [failures, restores] = [this.#made.counter('checkpointFailures'), this.#made.counter('restores')];
    return {
      restored: () => restores.add(1, attributes),
      checkpointTaken({ durationMs, bytes }) {
        durations.record(durationMs / 1_000, attributes);
        if (bytes > 0) sizes.record(bytes, attributes);
      },
      checkpointFailed: () => failures.add(1, attributes),
    };
  }

  close(): void {
    this.#endReading();
  }

  #settled(job: MeasuredJob, status: string): void {
    this.#running.delete(job);
    this.#made.counter('jobsEnded').add(1, { 'millrace.status': status });
    // Copies: the job and its state can go.
    this.#ended.push({ name: job.name, operators: job.metrics().map(lastOf) });
    if (this.#ended.length > ENDED_JOBS) this.#ended.shift();
  }

  async #read(observe: Observe<typeof JOB_INSTRUMENTS>): Promise<void> {
    observe('jobsRunning', this.#running.size, {});
    for (const { name, operators } of this.#ended) for (const operator of operators) readOperator(name, operator, observe);
    await Promise.all([...this.#running].map(job => this.#readRunning(job, observe)));
  }

  async #readRunning(job: MeasuredJob, observe: Observe<typeof JOB_INSTRUMENTS>): Promise<void> {
    for (const operator of job.metrics()) {
      readOperator(job.name, operator, observe);
      readWatermark(job.name, operator, observe, this.#clock.now() / 1_000);
      const backlog = await operator.backlog?.();
      if (backlog) observe(backlog.unit === 'bytes' ? 'backlogBytes' : 'backlogRecords', backlog.amount, attributesOf(job.name, operator));
    }
  }
}

/** Where the counters that operators keep by name are shown. */
const COUNTERS = {
  late_rows: 'lateRows',
  skipped_records: 'skippedRecords',
  lookups: 'lookups',
  lookup_keys: 'lookupKeys',
  lookup_retries: 'lookupRetries',
} as const;

function readOperator(job: string, operator: OperatorMetrics, observe: Observe<typeof JOB_INSTRUMENTS>): void {
  const { flow, counters } = operator;
  const attributes = attributesOf(job, operator);
  // A source has no operator before it; it counts what it reads.
  observe('rowsIn', flow.rowsIn || (counters.get('rows_in') ?? 0), attributes);
  observe('rowsOut', flow.rowsOut, attributes);
  observe('busyTime', flow.busyMs / 1_000, attributes);
  observe('backpressuredTime', flow.backpressuredMs / 1_000, attributes);
  for (const [counter, name] of Object.entries(COUNTERS)) {
    const count = counters.get(counter);
    if (count !== undefined) observe(name, count, attributes);
  }
}

function readWatermark(job: string, operator: OperatorMetrics, observe: Observe<typeof JOB_INSTRUMENTS>, nowSeconds: number): void {
  const seconds = operator.flow.watermark / 1_000_000;
  if (!Number.isFinite(seconds)) return;
  const attributes = attributesOf(job, operator);
  observe('watermark', seconds, attributes);
  observe('watermarkLag', nowSeconds - seconds, attributes);
}

function attributesOf(job: string, { id, table, model }: OperatorMetrics): Attributes {
  return {
    'millrace.job': job,
    'millrace.operator': id,
    ...(table !== undefined && { 'millrace.table': table }),
    ...(model !== undefined && { 'millrace.model': model }),
  };
}

function lastOf({ id, name, table, model, counters, flow }: OperatorMetrics): OperatorMetrics {
  const { rowsIn, rowsOut, busyMs, backpressuredMs, watermark } = flow;
  return { id, name, table, model, counters: new Map(counters), flow: { rowsIn, rowsOut, busyMs, backpressuredMs, watermark } };
}
