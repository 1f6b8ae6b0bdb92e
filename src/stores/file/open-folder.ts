import { mkdir } from 'node:fs/promises';
import type { RootDatabase } from 'lmdb';
import { hasSpace } from '../../common/disk-space.js';
import { MillraceError } from '../../common/error.js';
import { isReadable } from './check-file.js';
import { layoutOf, LAYOUT } from './layout.js';

export type AnswerDatabase = RootDatabase<Uint8Array>;

/** Threads of all processes that may read at the same time; each takes 64 bytes of the lock file. */
const MAX_READERS = 1_024;

/** What the system says of a path that cannot be a folder of ours, whatever the state of the disk. */
const WRONG_PATH: ReadonlySet<string | undefined> = new Set(['EACCES', 'EEXIST', 'ELOOP', 'ENAMETOOLONG', 'ENOTDIR', 'EPERM', 'EROFS']);

/**
 * Opens the database of answers in a folder, which is made where it does not exist, for its user alone.
 *
 * @throws {MillraceError} `INVALID_OPTION` for a path that cannot be written to and a folder that holds something else or is
 * broken, `IO` for a full disk.
 */
export async function openFolder(path: string): Promise<AnswerDatabase> {
  await makeFolder(path);
  if (!(await hasSpace(path, 0))) throw full(path);
  const database = await openDatabase(path);
  try {
    // Slots of processes that were killed.
    database.readerCheck();
    if (!(await isOurs(database))) throw broken(path, 'it holds something else than answers of this version');
    return database;
  } catch (thrown) {
    await database.close();
    throw MillraceError.is(thrown) ? thrown : broken(path, (thrown as Error).message, thrown);
  }
}

/** The error that the disk has no room for another answer. */
export function full(path: string): MillraceError {
  return new MillraceError({
    code: 'IO',
    message: `answers cannot be kept in "${path}": no space is left on the disk`,
    notes: [{ message: 'free some space, or give another folder to cache.store' }],
  });
}

async function makeFolder(path: string): Promise<void> {
  try {
    // Answers may be as confidential as the rows that they are about.
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new MillraceError({
      code: WRONG_PATH.has(code) ? 'INVALID_OPTION' : 'IO',
      message: `answers cannot be kept in "${path}": ${message}`,
      notes: [{ message: 'give a folder to cache.store that can be written to' }],
      cause,
    });
  }
}

async function openDatabase(path: string): Promise<AnswerDatabase> {
  // Only sessions that keep answers pay for loading the library.
  const { open } = await import('lmdb');
  try {
    // With overlapping syncs, a database whose write failed cannot be closed. Batches of one turn have a promise of their own,
    // and nobody awaits it when it fails.
    if (!(await isReadable(path))) throw new Error('its data.mdb is no database, or is damaged');
    return open<Uint8Array>({ path, encoding: 'binary', maxReaders: MAX_READERS, overlappingSync: false, eventTurnBatching: false });
  } catch (cause) {
    throw broken(path, (cause as Error).message, cause);
  }
}

/** Marks a folder that is empty. */
function isOurs(database: AnswerDatabase): Promise<boolean> {
  return database.transaction(() => {
    const layout = layoutOf(database);
    if (layout !== undefined) return layout === LAYOUT.version;
    if (database.getKeysCount({ limit: 1 }) > 0) return false;
    void database.put(LAYOUT.key, LAYOUT.value);
    return true;
  });
}

function broken(path: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `the folder "${path}" of cache.store cannot be used: ${reason}`,
    notes: [{ message: 'give another folder; one that holds only answers may also be deleted' }],
    cause,
  });
}
