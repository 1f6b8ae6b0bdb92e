import { readdirSync, renameSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MillraceError } from '../../common/error.js';
import { errorNumber, fileError } from '../../kit/file-error.js';
import type { Batch } from '../../spec/batch.js';
import type { Sink, SinkWriter } from '../../spec/connector.js';
import type { Encoder } from '../../spec/format.js';
import { addFile } from './add-file.js';
import { OutputFile } from './output-file.js';
import { recordsText } from './records-text.js';
import { syncFolder } from './sync-folder.js';
import { hasEnded, thisProcess } from './writer-process.js';

// Rows since the last checkpoint stand in a hidden file beside the target,
// `.<target>.part-<attempt>-<n>.<process>.inprogress`, complete and durable before its name enters a checkpoint.
// Committing gives it to the target:
//
// - where there is no target, by renaming it: the rows appear at once;
// - else it is first renamed to `….at-<length of the target>`, which says durably where its rows belong, and then
//   copied behind that length. Whoever finds such a file, after a crash or from another writer of this target, can
//   complete the copy: the same bytes go to the same place.
//
// The hidden file is removed last, so one that is not there has been committed.

/** A file of rows that waits to be added to the target. */
export interface SideFile {
  /** Its name without `.inprogress`. */
  readonly name: string;
  /** Bytes at its start that only the first rows of a target need. */
  readonly headerBytes: number;
}

export interface SingleFileSinkInit {
  /** Absolute path of the target. */
  readonly path: string;
  readonly encoder: Encoder;
}

/** Writes one file, behind what stands in it already. */
export function createSingleFileSink({ path, encoder }: SingleFileSinkInit): Sink<SideFile> {
  const folder = dirname(path);
  return {
    changelogMode: 'insert-only',
    openWriter: attempt => Promise.resolve(new SingleFileWriter({ path, encoder, attempt })),
    async commit(committables) {
      try {
        for (const committable of committables) await commitSideFile(path, committable);
      } catch (cause) {
        throw fileError({ action: 'write', path, cause });
      }
    },
    async recover(committed) {
      const kept = new Set(committed.map(({ name }) => `${name}.inprogress`));
      try {
        await completeCopies(path);
        for (const name of sideNames(path)) {
          const writer = /\.([^.]+)\.inprogress$/.exec(name)?.[1];
          if (writer !== undefined && !kept.has(name) && hasEnded(writer)) await rm(join(folder, name), { force: true });
        }
      } catch (cause) {
        throw fileError({ action: 'write', path, cause });
      }
    },
  };
}

/** Names of the hidden files beside the target; empty where their folder is missing. */
function sideNames(target: string): string[] {
  const prefix = `.${basename(target)}.part-`;
  try {
    return readdirSync(dirname(target)).filter(name => name.startsWith(prefix));
  } catch (cause) {
    if (errorNumber(cause) === 'ENOENT') return [];
    throw cause;
  }
}

async function commitSideFile(target: string, committable: SideFile): Promise<void> {
  const folder = dirname(target);
  await completeCopies(target);
  if (!claimPlace(target, committable)) return;
  await syncFolder(folder);
  await completeCopies(target);
}

/**
 * Renames a side file to the target, or to the name that says where in the target it belongs; false when it is done.
 *
 * Without a pause between looking and renaming, so that two sinks of one process never claim the same place.
 */
function claimPlace(target: string, { name, headerBytes }: SideFile): boolean {
  const side = join(dirname(target), `${name}.inprogress`);
  const length = lengthOf(target);
  try {
    renameSync(side, length === undefined ? target : join(dirname(target), `${name}.at-${length}-${headerBytes}`));
    return true;
  } catch (cause) {
    if (errorNumber(cause) === 'ENOENT') return false;
    throw cause;
  }
}

function lengthOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** Copies every side file that has its place into the target. */
async function completeCopies(target: string): Promise<void> {
  for (const name of sideNames(target)) {
    const match = /\.at-(\d+)-(\d+)$/.exec(name);
    if (match === null) continue;
    const side = join(dirname(target), name);
    await addFile({ target, added: side, at: Number(match[1]), headerBytes: Number(match[2]) });
    await rm(side, { force: true });
    await syncFolder(dirname(target));
  }
}

class SingleFileWriter implements SinkWriter<SideFile> {
  readonly #path: string;
  readonly #encoder: Encoder;
  readonly #attempt: string;
  #next = 0;
  #side: { readonly name: string; readonly file: OutputFile } | undefined;

  constructor({ path, encoder, attempt }: SingleFileSinkInit & { readonly attempt: string }) {
    this.#path = path;
    this.#encoder = encoder;
    this.#attempt = attempt.replace(/[^\w-]+/g, '-');
  }

  async write(batch: Batch): Promise<void> {
    if (batch.rowCount === 0) return;
    this.#side ??= await this.#openSide();
    await this.#side.file.write(recordsText(this.#encoder, batch));
  }

  async #openSide(): Promise<{ name: string; file: OutputFile }> {
    const folder = dirname(this.#path);
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => Promise.reject(fileError({ action: 'write', path: folder, cause })));
    for (;;) {
      const name = `.${basename(this.#path)}.part-${this.#attempt}-${this.#next++}.${thisProcess()}`;
      try {
        const file = await OutputFile.create(join(folder, `${name}.inprogress`), this.#encoder.charset ?? 'utf8');
        await file.write(this.#header());
        return { name, file };
      } catch (error) {
        if (!MillraceError.is(error) || errorNumber(error.cause) !== 'EEXIST') throw error;
      }
    }
  }

  #header(): string {
    return this.#encoder.header === undefined ? '' : `${this.#encoder.header}\n`;
  }

  async prepareCommit(): Promise<SideFile | undefined> {
    const side = this.#side;
    if (side === undefined) return undefined;
    await side.file.finish();
    this.#side = undefined;
    await syncFolder(dirname(this.#path));
    return { name: side.name, headerBytes: Buffer.byteLength(this.#header(), this.#encoder.charset ?? 'utf8') };
  }

  async flush(): Promise<void> {
    await this.#side?.file.flush();
  }

  async close(): Promise<void> {
    const side = this.#side;
    this.#side = undefined;
    await side?.file.discard();
  }
}
