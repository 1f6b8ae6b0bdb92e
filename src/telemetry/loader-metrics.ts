import type { LoadObserver } from '../common/load-observer.js';
import { LOADER_INSTRUMENTS } from './instruments.js';
import { makeInstruments, type MadeInstruments, type Meter } from './meter.js';

/** The metrics of the model files of a session. */
export class LoaderMetrics implements LoadObserver {
  readonly #made: MadeInstruments<typeof LOADER_INSTRUMENTS>;
  readonly #reads = new Set<Parameters<LoadObserver['watch']>[0]>();
  /** Of each model, by name, the version that was opened last. */
  readonly #versions = new Map<string, string>();
  readonly #endReading: () => void;

  constructor(meter: Meter) {
    this.#made = makeInstruments(meter, LOADER_INSTRUMENTS);
    this.#endReading = this.#made.onRead(observe => {
      for (const read of this.#reads) {
        const { count, bytes } = read();
        observe('openModels', count, {});
        observe('openBytes', bytes, {});
      }
      for (const [model, version] of this.#versions) observe('activeVersion', 1, { 'millrace.model': model, 'millrace.version': version });
    });
  }

  loaded({ model, version, phases, bytes }: Parameters<LoadObserver['loaded']>[0]): void {
    this.#versions.set(model, version);
    this.#made.counter('loads').add(1, { 'millrace.outcome': 'loaded' });
    this.#made.counter('fetchedBytes').add(bytes);
    for (const [phase, ms] of phases) this.#made.histogram('loadDuration').record(ms / 1_000, { 'millrace.phase': phase });
  }

  loadFailed(code: Parameters<LoadObserver['loadFailed']>[0]): void {
    this.#made.counter('loads').add(1, { 'millrace.outcome': code });
  }

  hit(): void {
    this.#made.counter('lookups').add(1, { 'millrace.result': 'hit' });
  }

  missed(): void {
    this.#made.counter('lookups').add(1, { 'millrace.result': 'miss' });
  }

  evicted(): void {
    this.#made.counter('evictions').add(1);
  }

  swapped({ model, version }: Parameters<LoadObserver['swapped']>[0]): void {
    this.#versions.set(model, version);
    this.#made.counter('swaps').add(1, { 'millrace.model': model });
  }

  watch(read: Parameters<LoadObserver['watch']>[0]): () => void {
    this.#reads.add(read);
    return () => void this.#reads.delete(read);
  }

  close(): void {
    this.#endReading();
  }
}
