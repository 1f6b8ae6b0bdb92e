import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../../common/error.js';
import { isRunning, processMark, type ProcessMark } from './process-mark.js';

/** Stands in a folder while a job uses it, and holds the mark of the job's process. */
const LOCK = 'job.lock';

/**
 * Claims a folder for one job. A lock that a killed process left behind is taken over.
 *
 * @returns the function that gives the folder free.
 * @throws {MillraceError} `STATE_IN_USE`, which names the process that has it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const lock = join(folder, LOCK);
  const claim = await writeClaim(folder);
  try {
    for (;;) {
      // A link appears with its content or not at all.
      if (await succeeds(link(claim.path, lock), 'EEXIST')) return () => releaseLock(lock, claim);
      const text = await readText(lock);
      const holder = text === undefined ? undefined : parseMark(text);
      if (holder && isRunning(holder)) throw inUse(folder, holder);
      if (text !== undefined) await removeStale(lock, text, claim);
    }
  } finally {
    await rm(claim.path, { force: true });
  }
}

interface Claim {
  readonly path: string;
  /** Unlike that of any other process. */
  readonly text: string;
}

async function writeClaim(folder: string): Promise<Claim> {
  const mark = processMark();
  for (let n = 0; ; n++) {
    const path = join(folder, `${LOCK}.${mark.pid}-${n}`);
    const text = JSON.stringify({ ...mark, claim: n });
    if (await succeeds(writeFile(path, text, { flag: 'wx' }), 'EEXIST')) return { path, text };
    // Left behind by a killed process with the same number.
    const before = await readText(path);
    if (before === undefined || !isSameProcess(parseMark(before), mark)) await rm(path, { force: true });
  }
}

/** Between reading a stale lock and removing it, another process may have put its own in its place: that one is put back. */
async function removeStale(lock: string, text: string, claim: Claim): Promise<void> {
  const aside = `${claim.path}-stale`;
  if (!(await succeeds(rename(lock, aside), 'ENOENT'))) return;
  if ((await readText(aside)) !== text) await succeeds(link(aside, lock), 'EEXIST');
  await rm(aside, { force: true });
}

async function releaseLock(lock: string, { text }: Claim): Promise<void> {
  if ((await readText(lock)) === text) await rm(lock, { force: true });
}

/** Whether an action was done; false where it fails with `code`. */
async function succeeds(action: Promise<void>, code: string): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === code) return false;
    throw thrown;
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  });
}

/** `undefined` for what a loss of power left of a lock. */
function parseMark(text: string): ProcessMark | undefined {
  try {
    const mark = JSON.parse(text) as Partial<ProcessMark> | null;
    return Number.isSafeInteger(mark?.pid) && mark!.pid! > 0 ? { pid: mark!.pid!, start: mark!.start } : undefined;
  } catch {
    return undefined;
  }
}

function isSameProcess(one: ProcessMark | undefined, other: ProcessMark): boolean {
  return one?.pid === other.pid && one.start === other.start;
}

function inUse(folder: string, { pid }: ProcessMark): MillraceError {
  const holder = pid === process.pid ? 'another job of this process' : `process ${pid}, which is running`;
  return new MillraceError({
    code: 'STATE_IN_USE',
    message: `the state folder "${folder}" is used by ${holder}`,
    notes: [{ message: 'stop that job, or give another folder to --state' }],
  });
}
