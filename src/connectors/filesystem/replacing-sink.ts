import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorNumber, fileError } from '../../kit/file-error.js';
import type { Sink, SinkWriter } from '../../spec/connector.js';
import { syncFolder } from './sync-folder.js';
import { hasEnded, thisProcess } from './writer-process.js';

// INSERT OVERWRITE writes a new file or folder beside the target, as any INSERT would, in a hidden folder
// `.<target>.replacing-<attempt>.<process>`. Nothing of the target is touched before the last row was written and the
// checkpoint that says so is durable. Then the hidden folder is renamed to `.<target>.ready-…`, which says durably that
// the target is to be replaced, and what is in it takes the target's place: a file by one rename, a folder by two, the
// old one into the hidden folder and the new one out of it. Whoever finds such a folder after a crash can complete this.

/** What belongs to a replacement at a checkpoint. */
export interface Replacement {
  /** `<attempt>.<process>` of the start that made the hidden folder. */
  readonly id: string;
  /** What the sink inside has written; absent when nothing. */
  readonly inner?: unknown;
}

export interface ReplacingSinkInit {
  /** Absolute path of the target. */
  readonly path: string;
  /** Makes the sink that writes a new file or folder. */
  readonly createSink: (path: string) => Sink;
  /** Makes what there is where no row was written. */
  readonly createEmpty: (path: string) => Promise<void>;
}

/** Replaces a file or folder when the last row was written, and never in part. */
export function createReplacingSink(init: ReplacingSinkInit): Sink<Replacement> {
  const { path, createSink } = init;
  let current: string | undefined;
  const attempt = async (action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (cause) {
      throw fileError({ action: 'write', path, cause });
    }
  };
  return {
    changelogMode: 'insert-only',
    async openWriter(name) {
      const id = (current ??= `${name.replace(/[^\w-]+/g, '-')}.${thisProcess()}`);
      await attempt(async () => void (await mkdir(hiddenFolder(path, 'replacing', id), { recursive: true })));
      return new ReplacingWriter(id, await createSink(stagedPath(path, 'replacing', id)).openWriter(name));
    },
    async commit(committables) {
      for (const { id, inner } of committables) {
        // Without its folder it has taken the target's place already.
        if (inner === undefined || !(await exists(hiddenFolder(path, 'replacing', id)))) continue;
        await createSink(stagedPath(path, 'replacing', id)).commit?.([inner]);
      }
    },
    async recover(committed) {
      current = committed.at(-1)?.id;
      if (current !== undefined) {
        const inner = committed.flatMap(each => (each.inner === undefined ? [] : [each.inner]));
        await createSink(stagedPath(path, 'replacing', current)).recover?.(inner);
      }
      await attempt(() => clearLeftovers(path, current));
    },
    async finish(committed) {
      const id = committed.at(-1)?.id;
      if (id !== undefined) await attempt(() => replace(init, id));
    },
  };
}

type Stage = 'replacing' | 'ready';

function hiddenFolder(target: string, stage: Stage, id: string): string {
  return join(dirname(target), `.${basename(target)}.${stage}-${id}`);
}

/** Where the new file or folder is before it takes its place. */
function stagedPath(target: string, stage: Stage, id: string): string {
  return join(hiddenFolder(target, stage, id), basename(target));
}

async function replace({ path, createEmpty }: ReplacingSinkInit, id: string): Promise<void> {
  const replacing = hiddenFolder(path, 'replacing', id);
  if (await exists(replacing)) {
    const staged = stagedPath(path, 'replacing', id);
    if (!(await exists(staged))) await createEmpty(staged);
    await syncFolder(replacing);
    await rename(replacing, hiddenFolder(path, 'ready', id));
    await syncFolder(dirname(path));
  }
  await takePlace(path, id);
}

/** Completes what a `ready` folder says; does nothing where there is none. */
async function takePlace(path: string, id: string): Promise<void> {
  const ready = hiddenFolder(path, 'ready', id);
  if (!(await exists(ready))) return;
  const staged = stagedPath(path, 'ready', id);
  if (await exists(staged)) {
    // A file gives way to another in one step, a folder only when it is out of the way.
    await rename(staged, path).catch(async (cause: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST', 'EISDIR', 'ENOTDIR'].includes(String(errorNumber(cause)))) throw cause;
      await rename(path, join(ready, 'old'));
      await rename(staged, path);
    });
    await syncFolder(dirname(path));
  }
  await rm(ready, { recursive: true, force: true });
}

/** Completes and removes what processes that have ended left behind. */
async function clearLeftovers(path: string, kept: string | undefined): Promise<void> {
  const prefix = `.${basename(path)}.`;
  for (const name of await namesIn(dirname(path))) {
    const match = name.startsWith(prefix) ? /^(replacing|ready)-(.*\.([^.]+))$/.exec(name.slice(prefix.length)) : null;
    if (match === null || match[2] === kept || !hasEnded(match[3]!)) continue;
    if (match[1] === 'ready') await takePlace(path, match[2]!);
    else await rm(join(dirname(path), name), { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((cause: unknown) => {
    if (errorNumber(cause) === 'ENOENT') return [];
    throw cause;
  });
}

/** The file that a sink of one file makes for no rows. */
export function createEmptyFile(header: string | undefined): (path: string) => Promise<void> {
  return path => writeFile(path, header === undefined ? '' : `${header}\n`);
}

/** The folder that a sink of part files makes for no rows. */
export async function createEmptyFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

/** Tells at every checkpoint which replacement it belongs to: one without rows is one too. */
class ReplacingWriter implements SinkWriter<Replacement> {
  readonly #id: string;
  readonly #inner: SinkWriter<unknown>;

  constructor(id: string, inner: SinkWriter<unknown>) {
    this.#id = id;
    this.#inner = inner;
  }

  write(batch: Parameters<SinkWriter<Replacement>['write']>[0]): Promise<void> | void {
    return this.#inner.write(batch);
  }

  async prepareCommit(): Promise<Replacement> {
    const inner = await this.#inner.prepareCommit();
    return inner === undefined ? { id: this.#id } : { id: this.#id, inner };
  }

  async flush(): Promise<void> {
    await this.#inner.flush?.();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
