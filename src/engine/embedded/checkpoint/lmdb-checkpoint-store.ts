import { mkdir } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { MillraceError } from '../../../common/error.js';
import type { Checkpoint, CheckpointStore } from './checkpoint-store.js';
import { GroupCommit, type StateDatabase } from './group-commit.js';
import { journalKeys, openLmdbAnswerJournal } from './lmdb-answer-journal.js';
import { lockFolder } from './lock-folder.js';
import { checkSpace, stateMismatch } from './state-errors.js';

const CHECKPOINT = 'checkpoint';
/** Where the plan of the journal stands: its entries can be older than the first checkpoint. */
const JOURNAL_PLAN = 'journal-plan';

/** What is stored under `CHECKPOINT`: version of the layout, plan, cut. Serialized with the structured clone algorithm of V8. */
interface StoredCheckpoint {
  readonly layout: 1;
  readonly plan: string;
  readonly checkpoint: Checkpoint;
}

/** What is stored under `JOURNAL_PLAN`: version of the layout of the journal's entries, and the plan that they belong to. */
interface StoredJournalPlan {
  readonly layout: 1;
  readonly plan: string;
}

export interface LmdbStoreOptions {
  /** A folder; made where it does not exist. */
  readonly path: string;
  /** Identifies the plan: state of another plan is refused. */
  readonly plan: string;
}

/**
 * A store on disk, in LMDB: a save is part of one transaction, and is resolved after its fsync. The folder belongs to the
 * store until it is closed, or its process has ended. Journals are in the same database; the checkpoint of a finished job
 * removes their entries.
 *
 * @throws {MillraceError} `IO` when the folder cannot be used, `STATE_IN_USE` when a running job has it, `STATE_MISMATCH` at
 * `load` and `openJournal` when it holds another plan's state.
 */
export async function openLmdbCheckpointStore({ path, plan }: LmdbStoreOptions): Promise<CheckpointStore> {
  // Only jobs with state pay for loading the library.
  const { open } = await import('lmdb');
  const { database, unlock } = await openAt(path, open);
  const commits = new GroupCommit(database, path);
  return {
    isDurable: true,
    load() {
      const stored = database.get(CHECKPOINT);
      if (stored === undefined) return Promise.resolve(undefined);
      const { layout, plan: storedPlan, checkpoint } = deserialize(stored) as StoredCheckpoint;
      if (layout === 1 && storedPlan === plan) return Promise.resolve(checkpoint);
      throw stateMismatch(path);
    },
    async save(checkpoint) {
      const value = serialize({ layout: 1, plan, checkpoint } satisfies StoredCheckpoint);
      // What is under way is in the database before it is asked which entries there are.
      if (checkpoint.finished) await commits.finish();
      const forgotten = checkpoint.finished ? journalKeys(database) : [];
      await commits.write([{ key: CHECKPOINT, value }, ...forgotten.map(key => ({ key: [...key] }))]);
      return value.length;
    },
    async openJournal(callSite) {
      const stored = database.get(JOURNAL_PLAN);
      if (stored === undefined) {
        await commits.write([{ key: JOURNAL_PLAN, value: serialize({ layout: 1, plan } satisfies StoredJournalPlan) }]);
      } else {
        const { layout, plan: storedPlan } = deserialize(stored) as StoredJournalPlan;
        if (layout !== 1 || storedPlan !== plan) throw stateMismatch(path);
      }
      return openLmdbAnswerJournal({ database, commits, path, callSite });
    },
    async close() {
      await commits.finish();
      await database.close();
      await unlock();
    },
  };
}

async function openAt(
  path: string,
  open: typeof import('lmdb').open,
): Promise<{ readonly database: StateDatabase; readonly unlock: () => Promise<void> }> {
  let unlock: (() => Promise<void>) | undefined;
  try {
    await mkdir(path, { recursive: true });
    await checkSpace(path, 0);
    unlock = await lockFolder(path);
    // With overlapping syncs, a database whose write failed cannot be closed; without, a put resolves after its fsync.
    // Batches of one turn have a promise of their own, and nobody awaits it when it fails.
    return {
      database: open<Uint8Array>({ path, encoding: 'binary', maxReaders: 8, overlappingSync: false, eventTurnBatching: false }),
      unlock,
    };
  } catch (cause) {
    await unlock?.();
    if (MillraceError.is(cause)) throw cause;
    throw new MillraceError({
      code: 'IO',
      message: `the state folder "${path}" cannot be opened: ${(cause as Error).message}`,
      notes: [{ message: 'check that it can be written to and that the disk is not full' }],
      cause,
    });
  }
}
