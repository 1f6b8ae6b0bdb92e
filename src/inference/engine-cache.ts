import type { Clock } from '../common/clock.js';
import type { EngineLease, EnginePutOptions, EngineStore, InferenceEngine } from '../spec/inference-engine.js';

export interface EngineCacheInit {
  readonly clock: Clock;
  /** Most engines; the one that was not used for longest leaves first. */
  readonly maxEngines?: number;
  /** How long after its last use an engine stays, in milliseconds. */
  readonly ttlMs?: number;
  /** Told of an engine that failed to close; nobody waits for it. */
  readonly onCloseFailure?: (name: string, thrown: unknown) => void;
}

interface Entry {
  readonly name: string;
  readonly engine: InferenceEngine;
  keepMs: number;
  origin: string | undefined;
  uses: number;
  isOut: boolean;
  /** Ends the time that it is kept. */
  cancel: (() => void) | undefined;
}

const MOST_ENGINES = 100;
const HALF_AN_HOUR_MS = 30 * 60_000;
/** Longer timers of Node fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Engines by name, for a time after their last use. An engine that leaves is closed, but not before everybody who has leased
 * it gave it back.
 */
export class EngineCache implements EngineStore {
  readonly #init: Required<Omit<EngineCacheInit, 'onCloseFailure'>> & Pick<EngineCacheInit, 'onCloseFailure'>;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<Promise<void>>();

  constructor({ clock, maxEngines = MOST_ENGINES, ttlMs = HALF_AN_HOUR_MS, onCloseFailure }: EngineCacheInit) {
    this.#init = { clock, maxEngines, ttlMs, ...(onCloseFailure && { onCloseFailure }) };
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The engine without a lease: it may be closed by the next change of the cache. */
  get(name: string): InferenceEngine | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    this.#used(entry);
    return entry.engine;
  }

  lease(name: string): EngineLease | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    entry.uses++;
    this.#used(entry);
    let isReleased = false;
    return {
      engine: entry.engine,
      origin: entry.origin,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        entry.uses--;
        if (entry.isOut) this.#closeIfIdle(entry);
        else this.#used(entry);
      },
    };
  }

  put(name: string, engine: InferenceEngine, { keepMs = this.#init.ttlMs, origin }: EnginePutOptions = {}): void {
    const before = this.#entries.get(name);
    if (before?.engine === engine) {
      before.keepMs = keepMs;
      before.origin = origin;
      this.#used(before);
      return;
    }
    if (before) this.#takeOut(before);
    this.#used({ name, engine, keepMs, origin, uses: 0, isOut: false, cancel: undefined });
    for (const entry of this.#entries.values()) {
      if (this.#entries.size <= this.#init.maxEngines) break;
      if (entry.uses === 0 && entry.engine !== engine) this.#takeOut(entry);
    }
  }

  remove(name: string, engine: InferenceEngine): void {
    const entry = this.#entries.get(name);
    if (entry?.engine === engine) this.#takeOut(entry);
  }

  invalidate(name: string): void {
    const entry = this.#entries.get(name);
    if (entry) this.#takeOut(entry);
  }

  invalidateAll(): void {
    for (const entry of this.#entries.values()) this.#takeOut(entry);
  }

  /** Takes all engines out, and resolves when those are closed that nobody has on loan. */
  async close(): Promise<void> {
    this.invalidateAll();
    await Promise.all(this.#closing);
  }

  /** Makes it the last one to leave, and starts its time anew; while it is on loan there is none. */
  #used(entry: Entry): void {
    entry.cancel?.();
    entry.cancel = undefined;
    this.#entries.delete(entry.name);
    this.#entries.set(entry.name, entry);
    if (entry.uses > 0) return;
    entry.cancel = this.#init.clock.setTimer(Math.min(entry.keepMs, LONGEST_TIMER_MS), () => this.#takeOut(entry));
  }

  #takeOut(entry: Entry): void {
    entry.cancel?.();
    entry.isOut = true;
    if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
    this.#closeIfIdle(entry);
  }

  #closeIfIdle(entry: Entry): void {
    if (entry.uses > 0) return;
    const closing = Promise.resolve()
      .then(() => entry.engine.close())
      .catch((thrown: unknown) => this.#init.onCloseFailure?.(entry.name, thrown))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
