import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../common/clock.js';
import type { CacheLayout } from './cache-layout.js';

/** A lease is touched this often … */
const BEAT_MS = 60_000;
/** … and is over, for other processes, when nobody has touched it for this long. */
const OVER_MS = 10 * 60_000;

export interface LeasesInit {
  readonly layout: CacheLayout;
  readonly clock: Clock;
  /** Unique each time. */
  readonly newId: () => string;
}

/** Who uses what of a cache, in files that all processes see: what is leased is not cleared away. */
export class Leases {
  readonly #init: LeasesInit;
  readonly #held = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(init: LeasesInit) {
    this.#init = init;
  }

  /** @returns the function that gives it back; further calls do nothing. */
  async take(content: string): Promise<() => Promise<void>> {
    const path = join(this.#init.layout.leases, `${content}.${this.#init.newId()}`);
    await writeFile(path, '');
    this.#held.add(path);
    this.#beat();
    return async () => {
      if (!this.#held.delete(path)) return;
      if (this.#held.size === 0) this.#stop();
      await rm(path, { force: true });
    };
  }

  /** What somebody uses, here or in another process. */
  async leased(): Promise<ReadonlySet<string>> {
    const { layout, clock } = this.#init;
    const leased = new Set<string>();
    for (const name of await readdir(layout.leases)) {
      const path = join(layout.leases, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue;
      if (this.#held.has(path) || clock.now() - found.mtimeMs < OVER_MS) leased.add(name.split('.')[0]!);
      else await rm(path, { force: true });
    }
    return leased;
  }

  async close(): Promise<void> {
    this.#stop();
    for (const path of this.#held) await rm(path, { force: true });
    this.#held.clear();
  }

  #beat(): void {
    this.#cancel ??= this.#init.clock.setTimer(BEAT_MS, () => {
      const at = this.#init.clock.now() / 1_000;
      for (const path of this.#held) utimes(path, at, at).catch(() => {});
      this.#stop();
      if (this.#held.size > 0) this.#beat();
    });
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
