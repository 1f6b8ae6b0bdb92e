import { mkdir, statfs } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { MillraceError } from '../../../common/error.js';
import type { Checkpoint, CheckpointStore } from './checkpoint-store.js';
import { lockFolder } from './lock-folder.js';

/** What is stored under `checkpoint`: version of the layout, plan, cut. Serialized with the structured clone algorithm of V8. */
interface StoredCheckpoint {
  readonly layout: 1;
  readonly plan: string;
  readonly checkpoint: Checkpoint;
}

export interface LmdbStoreOptions {
  /** A folder; made where it does not exist. */
  readonly path: string;
  /** Identifies the plan: state of another plan is refused. */
  readonly plan: string;
}

/**
 * A store on disk, in LMDB: a save is one transaction, and is resolved after its fsync. The folder belongs to the store
 * until it is closed, or its process has ended.
 *
 * @throws {MillraceError} `IO` when the folder cannot be used, `STATE_IN_USE` when a running job has it, `STATE_MISMATCH` at
 * `load` when it holds another plan's state.
 */
export async function openLmdbCheckpointStore({ path, plan }: LmdbStoreOptions): Promise<CheckpointStore> {
  // Only jobs with state pay for loading the library.
  const { open } = await import('lmdb');
  const { database, unlock } = await openAt(path, open);
  return {
    isDurable: true,
    load() {
      const stored = database.get('checkpoint') as Buffer | undefined;
      if (stored === undefined) return Promise.resolve(undefined);
      const { layout, plan: storedPlan, checkpoint } = deserialize(stored) as StoredCheckpoint;
      if (layout === 1 && storedPlan === plan) return Promise.resolve(checkpoint);
      throw new MillraceError({
        code: 'STATE_MISMATCH',
        message: `the state in "${path}" belongs to another statement`,
        notes: [{ message: 'run the script that made it, give another folder to --state, or delete this one to start over' }],
      });
    },
    async save(checkpoint) {
      const stored = serialize({ layout: 1, plan, checkpoint } satisfies StoredCheckpoint);
      await checkSpace(path, stored.length);
      try {
        await database.put('checkpoint', stored);
      } catch (thrown) {
        throw await saveError(path, thrown);
      }
    },
    async close() {
      await database.close();
      await unlock();
    },
  };
}

/** What LMDB itself needs: it writes into mapped memory, where a full disk ends the process. */
const SPARE_BYTES = 1024 * 1024;

/** @throws {MillraceError} `IO` when the disk has no room for so many bytes more. */
async function checkSpace(path: string, byteCount: number): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(path);
  // Some file systems do not tell.
  if (blocks === 0 || bavail * bsize >= byteCount + SPARE_BYTES) return;
  throw new MillraceError({
    code: 'IO',
    message: `the state in "${path}" cannot be saved: no space is left on the disk`,
    notes: [{ message: 'free some space; started again, the job goes on from its last checkpoint' }],
  });
}

/** lmdb tells why a commit failed by a second promise. */
async function saveError(path: string, thrown: unknown): Promise<MillraceError> {
  const { commitError } = thrown as { readonly commitError?: Promise<never> };
  const cause: unknown = (await commitError?.catch((reason: unknown) => reason)) ?? thrown;
  return new MillraceError({
    code: 'IO',
    message: `the state in "${path}" cannot be saved: ${(cause as Error).message}`,
    notes: [{ message: 'check that the disk is not full; started again, the job goes on from its last checkpoint' }],
    cause,
  });
}

async function openAt(path: string, open: typeof import('lmdb').open) {
  let unlock: (() => Promise<void>) | undefined;
  try {
    await mkdir(path, { recursive: true });
    await checkSpace(path, 0);
    unlock = await lockFolder(path);
    // With overlapping syncs, a database whose write failed cannot be closed; without, a put resolves after its fsync.
    // Batches of one turn have a promise of their own, and nobody awaits it when it fails.
    return { database: open({ path, encoding: 'binary', maxReaders: 8, overlappingSync: false, eventTurnBatching: false }), unlock };
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
