import type { Clock } from '../common/clock.js';
import { MillraceError, toMillraceError } from '../common/error.js';
import type { LoadObserver } from '../common/load-observer.js';
import { OpenedModel, type OpenedModelInit } from './opened-model.js';
import { SingleFlight } from './single-flight.js';

export interface ModelCacheInit {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Most bytes of the models that nobody uses at the moment, and those in use. */
  readonly maxBytes: number;
  /** Most models, likewise. */
  readonly maxModels: number;
  /** How long a model stays open that nobody uses, in milliseconds. */
  readonly idleMs: number;
  readonly observer: LoadObserver;
}

/** What a load tells of the version that it found, before it is read. */
export interface FoundVersion {
  /** Unlike that of every other version; `undefined` where that cannot be told. */
  readonly version: string | undefined;
  /** Reads it. */
  load(): Promise<Omit<OpenedModelInit, 'now' | 'onIdle'>>;
  /** Called in place of `load` where the version is open already. */
  discard?(): Promise<void>;
}

interface Failure {
  readonly error: MillraceError;
  readonly count: number;
  /** Monotonic clock in milliseconds. */
  readonly until: number;
}

const FIRST_REFUSAL_MS = 500;
const LONGEST_REFUSAL_MS = 60_000;

/**
 * The models of a process that are open. What is in use is never closed; of the others those leave first that were used longest
 * ago, when there are too many, too large, or idle for too long. A load that failed is not repeated for a while, which grows
 * with each failure.
 */
export class ModelCache {
  readonly #init: ModelCacheInit;
  readonly #flights = new SingleFlight<OpenedModel>();
  /** By address and engine options, then by version. */
  readonly #opened = new Map<string, Map<string, OpenedModel>>();
  readonly #failures = new Map<string, Failure>();
  readonly #endWatch: () => void;
  #cancelSweep: (() => void) | undefined;
  #unnamed = 0;

  constructor(init: ModelCacheInit) {
    this.#init = init;
    this.#endWatch = init.observer.watch(() => this.size);
  }

  /** What is open, in use or not. */
  get size(): { readonly count: number; readonly bytes: number } {
    const all = this.#all();
    return { count: all.length, bytes: all.reduce((sum, { model }) => sum + model.memoryBytes, 0) };
  }

  /**
   * The version that `find` finds: an open one, or a new one, for which the others drain. Who asks for the same key at the same
   * time gets the same.
   *
   * @param key all that tells a model and the way it is run from others.
   * @returns it, lent once; whoever got it gives it back.
   * @throws {MillraceError} what `find` or `load` threw, for some time without trying again; the signal's reason.
   */
  async open(
    key: string,
    find: (signal: AbortSignal) => Promise<FoundVersion>,
    signal?: AbortSignal,
  ): Promise<{ readonly opened: OpenedModel; readonly release: () => Promise<void> }> {
    for (;;) {
      this.#refuse(key);
      const opened = await this.#flights.run(key, ending => this.#find(key, find, ending), signal);
      const release = opened.lend();
      // Nobody may have used it for a moment in which room was made.
      if (!release) continue;
      // Only now that it is in use, whatever room there is.
      this.#tidy();
      return { opened, release };
    }
  }

  /** Closes all that nobody uses, and the rest when it comes back. */
  async drain(): Promise<void> {
    await Promise.all(this.#all().map(opened => opened.drain()));
    this.#opened.clear();
    this.#failures.clear();
  }

  /** Closes everything. Called once, when nobody uses a model any more. */
  async close(): Promise<void> {
    this.#cancelSweep?.();
    this.#endWatch();
    await Promise.all(this.#all().map(opened => opened.close()));
    this.#opened.clear();
  }

  async #find(key: string, find: (signal: AbortSignal) => Promise<FoundVersion>, signal: AbortSignal): Promise<OpenedModel> {
    const { clock, observer } = this.#init;
    try {
      const found = await find(signal);
      const known = found.version === undefined ? undefined : this.#opened.get(key)?.get(found.version);
      if (known?.state === 'ready') {
        observer.hit();
        await found.discard?.();
        return known;
      }
      observer.missed();
      const opened: OpenedModel = new OpenedModel({ ...(await found.load()), now: () => clock.now(), onIdle: () => this.#tidy() });
      this.#failures.delete(key);
      this.#keep(key, found.version ?? `unnamed ${++this.#unnamed}`, opened);
      return opened;
    } catch (thrown) {
      if (!signal.aborted) this.#failed(key, toMillraceError(thrown));
      throw thrown;
    }
  }

  #keep(key: string, version: string, opened: OpenedModel): void {
    const versions = this.#opened.get(key) ?? new Map<string, OpenedModel>();
    this.#opened.set(key, versions);
    for (const older of versions.values()) older.drain().catch(() => {});
    versions.set(version, opened);
  }

  #failed(key: string, error: MillraceError): void {
    const { clock, random, observer } = this.#init;
    observer.loadFailed(error.code);
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const waitMs = Math.min(FIRST_REFUSAL_MS * 2 ** (count - 1), LONGEST_REFUSAL_MS) * (0.5 + random() / 2);
    this.#failures.set(key, { error, count, until: clock.monotonic() + waitMs });
  }

  #refuse(key: string): void {
    const failure = this.#failures.get(key);
    // What the user has to mend is looked at again at once: the file may be there now.
    if (failure && failure.error.domain !== 'user' && this.#init.clock.monotonic() < failure.until) throw failure.error;
  }

  /** Closes what is too much, and looks again when something will have been idle for too long. */
  #tidy(): void {
    const { clock, maxBytes, maxModels, idleMs, observer } = this.#init;
    for (const [key, versions] of this.#opened) {
      for (const [version, { state }] of versions) if (state !== 'ready') versions.delete(version);
      if (versions.size === 0) this.#opened.delete(key);
    }
    const idle = this.#all()
      .filter(opened => opened.isIdle)
      .toSorted((a, b) => a.usedAt - b.usedAt);
    let { count, bytes } = this.size;
    const now = clock.now();
    let nextMs: number | undefined;
    for (const opened of idle) {
      const leftMs = opened.usedAt + idleMs - now;
      if (leftMs > 0 && bytes <= maxBytes && count <= maxModels) {
        nextMs ??= leftMs;
        continue;
      }
      count--;
      bytes -= opened.model.memoryBytes;
      observer.evicted();
      opened.close().catch(() => {});
    }
    this.#cancelSweep?.();
    this.#cancelSweep = nextMs === undefined ? undefined : clock.setTimer(nextMs, () => this.#tidy());
  }

  #all(): OpenedModel[] {
    return [...this.#opened.values()].flatMap(versions => [...versions.values()]).filter(({ state }) => state === 'ready');
  }
}
