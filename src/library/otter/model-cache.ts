import { systemClock, type Clock } from '../../common/clock.js';
import { EngineCache } from '../../inference/engine-cache.js';
import type { EngineLease, EnginePutOptions, EngineStore, InferenceEngine } from '../../spec/inference-engine.js';
import { Duration, type DurationLike } from './duration.js';

export interface ModelCacheOptions {
  /** How long after its last use an engine stays. Default: 30 minutes. */
  readonly ttl?: DurationLike;
  /** Most engines; the least recently used leaves first. Default: 100. */
  readonly maxEngines?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

const HALF_AN_HOUR = Duration.ofMinutes(30);

/** The machine's clock, whose timers do not keep the process alive. */
const backgroundClock: Clock = {
  ...systemClock,
  setTimer(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Loaded engines by the name of their model. Sessions made by `createSession` look here for what `ml_score` and tables with
 * `'connector' = 'ml-inference'` name, and put what they load here.
 *
 * An engine that leaves, by `invalidate`, by its time to live, or for another one of its name, is closed when its calls have ended.
 */
export class ModelCache implements EngineStore {
  // One per process: what the Otter reference promises, and what models, which are large, want.
  static #instance: ModelCache | undefined;

  readonly #engines: EngineCache;
  #ttl: Duration;

  /** A cache beside that of the process, for tests and for `createSession({ engines })`. */
  constructor({ ttl = HALF_AN_HOUR, maxEngines, clock = backgroundClock }: ModelCacheOptions = {}) {
    this.#ttl = Duration.from(ttl);
    this.#engines = new EngineCache({
      clock,
      ...(maxEngines !== undefined && { maxEngines }),
      onCloseFailure: (name, thrown) =>
        process.emitWarning(`the engine of model "${name}" did not close: ${thrown instanceof Error ? thrown.message : String(thrown)}`),
    });
  }

  /** The one of the process; of this thread, where a program has several. */
  static getInstance(): ModelCache {
    return (ModelCache.#instance ??= new ModelCache());
  }

  /** How long after its last use an engine stays that is put from now on. */
  get ttl(): Duration {
    return this.#ttl;
  }

  set ttl(value: DurationLike) {
    this.#ttl = Duration.from(value);
  }

  get size(): number {
    return this.#engines.size;
  }

  /** The engine of a name, `null` where there is none. It may be closed when it leaves the cache: use it, do not keep it. */
  getEngine(name: string): InferenceEngine | null {
    return this.#engines.get(name) ?? null;
  }

  /** Puts an engine that is initialised under a name. The cache closes it when it leaves. */
  putEngine(name: string, engine: InferenceEngine): void {
    this.put(name, engine);
  }

  /** Takes one engine out; a table that names the model loads it anew at its next use. */
  invalidate(name: string): void {
    this.#engines.invalidate(name);
  }

  /** Takes all engines out. */
  invalidateAll(): void {
    this.#engines.invalidateAll();
  }

  /** As `invalidateAll`, and waits until those are closed that nobody has on loan. */
  close(): Promise<void> {
    return this.#engines.close();
  }

  lease(name: string): EngineLease | undefined {
    return this.#engines.lease(name);
  }

  put(name: string, engine: InferenceEngine, { keepMs = this.#ttl.toMillis(), origin }: EnginePutOptions = {}): void {
    this.#engines.put(name, engine, { keepMs, origin });
  }

  remove(name: string, engine: InferenceEngine): void {
    this.#engines.remove(name, engine);
  }
}
