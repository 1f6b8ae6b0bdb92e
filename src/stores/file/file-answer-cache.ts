import type { Clock } from '../../common/clock.js';
import { hasSpace } from '../../common/disk-space.js';
import { MillraceError } from '../../common/error.js';
import type { AnswerCache } from '../../spec/answer-cache.js';
import { decodeEntry, encodeEntry, encodeSizes, readSizes, spaceOf } from './layout.js';
import { full, type AnswerDatabase } from './open-folder.js';

export interface FileAnswerCacheInit {
  /** Closed with the cache. */
  readonly database: AnswerDatabase;
  /** Of the database, for messages and the room on its disk. */
  readonly path: string;
  /** Most milliseconds that a write may wait for the disk and for other processes. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly clock: Clock;
}

/** Expired entries that one write removes, so that no write is long. */
const EXPIRED_AT_A_TIME = 16;
/** Oldest entries that one write removes; more than one where the bound was lowered. */
const EVICTED_AT_A_TIME = 256;

/**
 * Answers in LMDB. A write is one transaction, which has the folder for itself among all processes, and is done after its
 * fsync; reads wait for nobody. Entries are removed by later writes.
 */
export class FileAnswerCache implements AnswerCache {
  readonly #init: FileAnswerCacheInit;

  constructor(init: FileAnswerCacheInit) {
    this.#init = init;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    const { database, clock } = this.#init;
    try {
      // What other processes wrote in this turn of the event loop counts too.
      database.resetReadTxn();
      const stored = database.get(['answer', key]);
      const entry = stored && decodeEntry(key, stored);
      return Promise.resolve(entry && entry.expiresAt > clock.now() ? entry.answer : undefined);
    } catch (cause) {
      return Promise.reject(this.#failure('read', cause));
    }
  }

  async set(key: string, answer: Uint8Array, ttlMs: number): Promise<void> {
    const { database, path, maxBytes } = this.#init;
    // One that is as large as everything would only push the others out.
    if (ttlMs <= 0 || spaceOf(answer.length) > maxBytes) return;
    if (!(await hasSpace(path, spaceOf(answer.length)))) throw full(path);
    try {
      await this.#withinTime(database.transaction(() => this.#put(key, answer, ttlMs)));
    } catch (thrown) {
      throw MillraceError.is(thrown) ? thrown : this.#failure('written', await reasonOf(thrown));
    }
  }

  close(): Promise<void> {
    return this.#init.database.close();
  }

  #put(key: string, answer: Uint8Array, ttlMs: number): void {
    const { database, clock, maxBytes } = this.#init;
    const now = clock.now();
    const sizes = readSizes(database);
    const place = sizes.nextPlace;
    const expiresAt = now + ttlMs;
    let bytes = sizes.bytes + spaceOf(answer.length) - this.#remove(key);
    void database.put(['answer', key], encodeEntry(key, { expiresAt, place, answer }));
    void database.put(['age', place], Buffer.from(key, 'latin1'));
    void database.put(['end', expiresAt, key], new Uint8Array(0));
    bytes -= this.#removeExpired(now);
    bytes -= this.#removeOldest(bytes - maxBytes);
    void database.put('sizes', encodeSizes({ nextPlace: place + 1, bytes }));
  }

  /** @returns bytes that are free now. */
  #removeExpired(now: number): number {
    const { database } = this.#init;
    const expired = [...database.getKeys({ start: ['end', 0], end: ['end', now], limit: EXPIRED_AT_A_TIME })];
    return expired.reduce<number>((freed, key) => {
      // Its entry may be gone where that was damaged.
      void database.remove(key);
      return freed + this.#remove((key as [string, number, string])[2]);
    }, 0);
  }

  /** Removes what was written first, until so many bytes are free. @returns how many are. */
  #removeOldest(wanted: number): number {
    const { database } = this.#init;
    if (wanted <= 0) return 0;
    let freed = 0;
    const oldest = [...database.getRange({ start: ['age', 0], end: ['age', Infinity], limit: EVICTED_AT_A_TIME })];
    for (const { key, value } of oldest) {
      if (freed >= wanted) break;
      void database.remove(key);
      freed += this.#remove(Buffer.from(value).toString('latin1'));
    }
    return freed;
  }

  /** @returns bytes that are free now. */
  #remove(key: string): number {
    const { database } = this.#init;
    const stored = database.get(['answer', key]);
    if (stored === undefined) return 0;
    const entry = decodeEntry(key, stored);
    void database.remove(['answer', key]);
    if (entry === undefined) return 0;
    void database.remove(['age', entry.place]);
    void database.remove(['end', entry.expiresAt, key]);
    return spaceOf(entry.answer.length);
  }

  #withinTime(written: Promise<void>): Promise<void> {
    const { timeoutMs, clock, path } = this.#init;
    return new Promise((resolve, reject) => {
      const cancel = clock.setTimer(timeoutMs, () =>
        reject(new MillraceError({ code: 'IO', message: `answers cannot be kept in "${path}": a write took longer than ${timeoutMs} ms` })),
      );
      void written.then(resolve, reject).finally(cancel);
    });
  }

  #failure(what: string, cause: unknown): MillraceError {
    return new MillraceError({
      code: 'IO',
      message: `answers in "${this.#init.path}" cannot be ${what}: ${(cause as Error).message}`,
      cause,
    });
  }
}

/** lmdb tells the reason of a failed commit by a second promise. */
async function reasonOf(thrown: unknown): Promise<unknown> {
  const { commitError } = thrown as { readonly commitError?: Promise<never> };
  return (await commitError?.catch((reason: unknown) => reason)) ?? thrown;
}
