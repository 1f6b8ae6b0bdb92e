import type { Key, RootDatabase } from 'lmdb';
import { systemClock } from '../../../common/clock.js';
import { deferred, type Deferred } from '../../../common/deferred.js';
import { nextTurn } from '../next-turn.js';
import { checkSpace, commitFailure } from './state-errors.js';

/** The state of a job: everything in one database, so that one transaction can change all of it. */
export type StateDatabase = RootDatabase<Uint8Array>;

/** One change: a value for a key, or its removal. */
export type StateWrite = { readonly key: Key; readonly value: Uint8Array } | { readonly key: Key; readonly value?: undefined };

/**
 * Between two commits: at 1,000 answers a second a commit then takes several of them, and an answer, which took a model
 * some 100 ms, waits that much longer. Real time, as the disk's.
 */
const COMMIT_GAP_MS = 5;

/** Writes that are done with the next commit, at the latest when there are so many of them. */
const MAX_LAZY_WRITES = 1_000;

/**
 * Writes of many callers, in the order in which they came, in few transactions: one commit with one fsync is under way at a
 * time, and takes everything that came during the one before it and the gap behind that. The first one waits for a turn of
 * the event loop only, so that answers which arrive together are written together.
 */
export class GroupCommit {
  readonly #database: StateDatabase;
  readonly #path: string;
  #writes: StateWrite[] = [];
  /** Resolves with the commit that takes `#writes`; `undefined` while nobody waits for it. */
  #next: Deferred<void> | undefined;
  /** Settles when nothing is left to commit; never rejects. */
  #running: Promise<void> | undefined;

  /** @param path of the database, for messages and the room on its disk. */
  constructor(database: StateDatabase, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /**
   * @returns when the writes, and all that came before them, are on disk. Who does not wait misses no failure: the next
   * write meets it too.
   * @throws {MillraceError} `IO`; then nothing of the commit is on disk.
   */
  write(writes: readonly StateWrite[]): Promise<void> {
    for (const each of writes) this.#writes.push(each);
    if (!this.#next) {
      this.#next = deferred();
      this.#next.promise.catch(() => {});
    }
    this.#running ??= this.#run();
    return this.#next.promise;
  }

  /** Does writes with some later commit; what is not written when the process ends is lost. */
  writeLazily(writes: readonly StateWrite[]): void {
    for (const each of writes) this.#writes.push(each);
    if (this.#writes.length >= MAX_LAZY_WRITES) void this.write([]);
  }

  /** Commits what has come so far. Never rejects: failures were told to those who wrote. */
  async finish(): Promise<void> {
    if (this.#writes.length > 0) void this.write([]);
    await this.#running;
  }

  async #run(): Promise<void> {
    await nextTurn();
    while (this.#next) {
      const writes = this.#writes;
      const committed = this.#next;
      this.#writes = [];
      this.#next = undefined;
      try {
        await this.#commit(writes);
        committed.resolve();
      } catch (thrown) {
        committed.reject(await commitFailure(this.#path, thrown));
      }
      await systemClock.sleep(COMMIT_GAP_MS);
    }
    this.#running = undefined;
  }

  async #commit(writes: readonly StateWrite[]): Promise<void> {
    if (writes.length === 0) return;
    await checkSpace(
      this.#path,
      writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
    );
    await this.#database.batch(() => {
      for (const { key, value } of writes) void (value ? this.#database.put(key, value) : this.#database.remove(key));
    });
  }
}
