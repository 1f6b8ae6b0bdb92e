import type { UsageCounter } from '../../inference/usage.js';

/** What makes instruments: the part of OpenTelemetry's `Meter` that is used. */
export interface MetricsMeter {
  createObservableGauge(name: string, options: { readonly description: string; readonly unit: string }): ObservableInstrument;
  createObservableCounter(name: string, options: { readonly description: string; readonly unit: string }): ObservableInstrument;
}

export interface ObservableInstrument {
  addCallback(callback: ReadInstrument): void;
  removeCallback(callback: ReadInstrument): void;
}

type ReadInstrument = (result: { observe(value: number, attributes: Readonly<Record<string, string>>): void }) => void;

interface Metric {
  readonly kind: 'counter' | 'gauge';
  readonly unit: string;
  readonly doc: string;
  readonly read: (usage: ReturnType<UsageCounter['snapshot']>) => number;
}

/** By the end of its name. */
const METRICS: Readonly<Record<string, Metric>> = {
  'rows.answered': { kind: 'counter', unit: '{row}', doc: 'Rows with a result.', read: usage => usage.rows.answered },
  'rows.failed': { kind: 'counter', unit: '{row}', doc: 'Rows without a result.', read: usage => usage.rows.nulled + usage.rows.failed },
  calls: { kind: 'counter', unit: '{call}', doc: 'Runs of the model, those that failed included.', read: usage => usage.attempts },
  retries: { kind: 'counter', unit: '{call}', doc: 'Runs that repeated a failed one.', read: usage => usage.retries },
  'cache.hits': {
    kind: 'counter',
    unit: '{row}',
    doc: 'Rows that a kept result answered, or that of an equal row in flight.',
    read: usage => usage.cacheHits + usage.sharedAnswers,
  },
  in_flight: { kind: 'gauge', unit: '{call}', doc: 'Runs under way.', read: usage => usage.inFlight },
  'latency.p50': { kind: 'gauge', unit: 'ms', doc: 'Median time of a run.', read: usage => usage.latency.p50Ms },
  'latency.p99': { kind: 'gauge', unit: 'ms', doc: 'Time that 99 of 100 runs stay below.', read: usage => usage.latency.p99Ms },
  'latency.max': { kind: 'gauge', unit: 'ms', doc: 'Time of the slowest run.', read: usage => usage.latency.maxMs },
};

/** All metrics as they are now, by name. */
export function readMetrics(prefix: string, usage: UsageCounter): Map<string, number> {
  const snapshot = usage.snapshot();
  return new Map(Object.entries(METRICS).map(([name, { read }]) => [`${prefix}.${name}`, read(snapshot)]));
}

/** Shows the metrics to a meter until the returned function is called. */
export function showMetrics(
  meter: MetricsMeter,
  { prefix, usage, tags }: { readonly prefix: string; readonly usage: UsageCounter; readonly tags: Readonly<Record<string, string>> },
): () => void {
  const ends = Object.entries(METRICS).map(([name, { kind, unit, doc, read }]) => {
    const declared = { description: doc, unit };
    const instrument =
      kind === 'counter'
        ? meter.createObservableCounter(`${prefix}.${name}`, declared)
        : meter.createObservableGauge(`${prefix}.${name}`, declared);
    const observe: ReadInstrument = result => result.observe(read(usage.snapshot()), tags);
    instrument.addCallback(observe);
    return () => instrument.removeCallback(observe);
  });
  return () => {
    for (const end of ends) end();
  };
}
