import { open, rm, stat, utimes } from 'node:fs/promises';
import type { Clock } from '../../common/clock.js';
import { errorNumber, fileError } from '../../kit/file-error.js';

/** A holder touches its lock this often … */
const BEAT_MS = 5_000;
/** … and is taken for dead after this long. */
const STALE_MS = 30_000;
const LOOK_MS = 100;

/**
 * Keeps other processes from fetching the same: they wait. A lock whose holder died is taken over. It saves work and protects
 * nothing: two holders of one lock write the same bytes to the same places, and what they publish is renamed into place whole.
 *
 * @param isDone looked at while waiting: whether there is nothing left to fetch.
 * @returns the function that gives it free; `undefined` where there is nothing left to do.
 */
export async function lockFetch(
  path: string,
  { clock, signal, isDone }: { readonly clock: Clock; readonly signal: AbortSignal; readonly isDone: () => Promise<boolean> },
): Promise<(() => Promise<void>) | undefined> {
  for (;;) {
    if (await create(path)) return holding(path, clock);
    if (await isDone()) return undefined;
    const touched = await touchedAt(path);
    if (touched !== undefined && clock.now() - touched > STALE_MS) await rm(path, { force: true });
    else await clock.sleep(LOOK_MS, signal);
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (cause) {
    if (errorNumber(cause) === 'EEXIST') return false;
    throw fileError({ action: 'write', path, cause });
  }
}

function holding(path: string, clock: Clock): () => Promise<void> {
  let cancel = (): void => {};
  const beat = (): void => {
    cancel = clock.setTimer(BEAT_MS, () => {
      const at = clock.now() / 1_000;
      utimes(path, at, at).catch(() => {});
      beat();
    });
  };
  beat();
  return async () => {
    cancel();
    await rm(path, { force: true });
  };
}

async function touchedAt(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
