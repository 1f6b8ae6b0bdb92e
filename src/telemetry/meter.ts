import type { Attributes, BatchObservableCallback, Counter, Histogram, Meter, Observable } from '@opentelemetry/api';
import type { Instrument } from './instruments.js';

/** OpenTelemetry's own, so that a program can hand over the one of its SDK. */
export type { Attributes, Meter };

type Table = Readonly<Record<string, Instrument>>;
type OfKind<Instruments extends Table, Kind extends Instrument['kind']> = {
  [Name in keyof Instruments]: Instruments[Name]['kind'] extends Kind ? Name : never;
}[keyof Instruments];

/** The instruments of a table that are read when somebody looks. */
export type ReadName<Instruments extends Table> = OfKind<Instruments, 'counter' | 'gauge'> & string;

/** Takes what an instrument shows at this moment. */
export type Observe<Instruments extends Table> = (name: ReadName<Instruments>, value: number, attributes: Attributes) => void;

/** The instruments of a table, as a meter has made them. */
export interface MadeInstruments<Instruments extends Table> {
  histogram(name: OfKind<Instruments, 'histogram'>): Histogram;
  counter(name: OfKind<Instruments, 'event-counter'>): Counter;
  /**
   * @param read called whenever somebody looks at the metrics.
   * @returns ends the reading.
   */
  onRead(read: (observe: Observe<Instruments>) => void | Promise<void>): () => void;
}

/** Declares a table of instruments to a meter. */
export function makeInstruments<Instruments extends Table>(meter: Meter, table: Instruments): MadeInstruments<Instruments> {
  const histograms = new Map<keyof Instruments, Histogram>();
  const counters = new Map<keyof Instruments, Counter>();
  const observables = new Map<keyof Instruments, Observable>();
  for (const [key, { name, kind, unit, doc, buckets }] of Object.entries(table)) {
    const options = { unit, description: doc };
    if (kind === 'histogram')
      histograms.set(key, meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: [...buckets!] } }));
    else if (kind === 'event-counter') counters.set(key, meter.createCounter(name, options));
    else if (kind === 'counter') observables.set(key, meter.createObservableCounter(name, options));
    else observables.set(key, meter.createObservableGauge(name, options));
  }
  return {
    histogram: name => histograms.get(name)!,
    counter: name => counters.get(name)!,
    onRead(read) {
      const all = [...observables.values()];
      const gauges = new ShownGauges();
      const callback: BatchObservableCallback = async result => {
        const shown = new Set<string>();
        await read((name, value, attributes) => {
          const observable = observables.get(name)!;
          result.observe(observable, value, attributes);
          if (table[name]!.kind === 'gauge') shown.add(gauges.add(observable, name, attributes));
        });
        for (const { observable, attributes } of gauges.missing(shown)) result.observe(observable, NaN, attributes);
      };
      meter.addBatchObservableCallback(callback, all);
      return () => meter.removeBatchObservableCallback(callback, all);
    },
  };
}

interface ShownGauge {
  readonly observable: Observable;
  readonly attributes: Attributes;
}

/** Enough for the operators of all jobs that a session shows. */
const MAX_GAUGES = 1_000;

/**
 * Gauges that have been shown. An SDK repeats the last value of one that is not shown any more; so it becomes NaN, with which no
 * alert compares.
 */
class ShownGauges {
  readonly #gauges = new Map<string, ShownGauge>();

  /** @returns what identifies the gauge. */
  add(observable: Observable, name: string, attributes: Attributes): string {
    const key = JSON.stringify([name, attributes]);
    this.#gauges.delete(key);
    this.#gauges.set(key, { observable, attributes });
    return key;
  }

  /** The gauges that are not among those which are shown now, of the latest ones. */
  missing(shown: ReadonlySet<string>): ShownGauge[] {
    for (const key of this.#gauges.keys()) {
      if (this.#gauges.size <= MAX_GAUGES) break;
      this.#gauges.delete(key);
    }
    return [...this.#gauges].filter(([key]) => !shown.has(key)).map(([, gauge]) => gauge);
  }
}
