import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../common/error.js';
import { errorNumber, fileError } from '../../kit/file-error.js';
import type { Batch } from '../../spec/batch.js';
import type { Sink, SinkWriter } from '../../spec/connector.js';
import type { Encoder } from '../../spec/format.js';
import { OutputFile } from './output-file.js';
import { recordsText } from './records-text.js';
import { syncFolder } from './sync-folder.js';
import { hasEnded, thisProcess } from './writer-process.js';

// A part file is written under a hidden name, `.part-<attempt>-<n>.<extension>.<process>.inprogress`, and is complete and
// durable before its name enters a checkpoint. Committing is a rename: a reader sees a whole file or none, and a second
// commit finds nothing to do.

/** Part files that wait for their rename. */
export interface PartFiles {
  /** The process that wrote them, as in their hidden names. */
  readonly process: string;
  /** Their final names. */
  readonly files: readonly string[];
}

export interface FolderSinkInit {
  /** Absolute path of the folder; made on the first row. */
  readonly path: string;
  readonly encoder: Encoder;
  /** Bytes after which a part file is complete. */
  readonly rollBytes: number;
}

/** Writes a folder of part files. */
export function createFolderSink(init: FolderSinkInit): Sink<PartFiles> {
  const { path } = init;
  return {
    changelogMode: 'insert-only',
    openWriter: attempt => Promise.resolve(new FolderWriter(init, attempt)),
    async commit(committables) {
      try {
        for (const { process, files } of committables) for (const name of files) await reveal({ folder: path, process, name });
        if (committables.length > 0) await syncFolder(path);
      } catch (cause) {
        throw fileError({ action: 'write', path, cause });
      }
    },
    async recover(committed) {
      const kept = new Set(committed.flatMap(({ process, files }) => files.map(name => hiddenName(name, process))));
      try {
        for (const name of await namesIn(path)) {
          const writer = /^\.part-.*\.([^.]+)\.inprogress$/.exec(name)?.[1];
          if (writer !== undefined && !kept.has(name) && hasEnded(writer)) await rm(join(path, name), { force: true });
        }
      } catch (cause) {
        throw fileError({ action: 'write', path, cause });
      }
    },
  };
}

/** Gives a part file its final name; one that has it already is left alone. */
async function reveal({
  folder,
  process,
  name,
}: {
  readonly folder: string;
  readonly process: string;
  readonly name: string;
}): Promise<void> {
  const hidden = join(folder, hiddenName(name, process));
  try {
    await rename(hidden, join(folder, name));
  } catch (cause) {
    if (errorNumber(cause) !== 'ENOENT') throw cause;
    if (await exists(join(folder, name))) return;
    throw new MillraceError({
      code: 'IO',
      message: `part file "${hidden}" was removed before it was committed`,
      notes: [{ message: 'its rows are lost; start the job with a new state directory to write them again' }],
    });
  }
}

function hiddenName(name: string, process: string): string {
  return `.${name}.${process}.inprogress`;
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

class FolderWriter implements SinkWriter<PartFiles> {
  readonly #init: FolderSinkInit;
  readonly #attempt: string;
  readonly #process = thisProcess();
  #next = 0;
  #part: { readonly name: string; readonly file: OutputFile } | undefined;
  /** Part files that are complete and not handed over yet. */
  #complete: string[] = [];

  constructor(init: FolderSinkInit, attempt: string) {
    this.#init = init;
    this.#attempt = attempt.replace(/[^\w-]+/g, '-');
  }

  async write(batch: Batch): Promise<void> {
    if (batch.rowCount === 0) return;
    this.#part ??= await this.#openPart();
    const { file } = this.#part;
    await file.write(recordsText(this.#init.encoder, batch));
    if (file.size >= this.#init.rollBytes) await this.#completePart();
  }

  async #openPart(): Promise<{ name: string; file: OutputFile }> {
    const { path, encoder } = this.#init;
    await mkdir(path, { recursive: true }).catch((cause: unknown) => Promise.reject(fileError({ action: 'write', path, cause })));
    for (;;) {
      const name = `part-${this.#attempt}-${this.#next++}.${encoder.fileExtension ?? 'txt'}`;
      const file = await this.#create(name);
      if (file === undefined) continue;
      if (encoder.header !== undefined) await file.write(`${encoder.header}\n`);
      return { name, file };
    }
  }

  /** Makes a part file; `undefined` where another writer has taken the name, hidden or final. */
  async #create(name: string): Promise<OutputFile | undefined> {
    const { path, encoder } = this.#init;
    let file: OutputFile;
    try {
      file = await OutputFile.create(join(path, hiddenName(name, this.#process)), encoder.charset ?? 'utf8');
    } catch (error) {
      if (MillraceError.is(error) && errorNumber(error.cause) === 'EEXIST') return undefined;
      throw error;
    }
    if (!(await exists(join(path, name)))) return file;
    await file.discard();
    return undefined;
  }

  async #completePart(): Promise<void> {
    if (this.#part === undefined) return;
    await this.#part.file.finish();
    this.#complete.push(this.#part.name);
    this.#part = undefined;
  }

  async prepareCommit(): Promise<PartFiles | undefined> {
    await this.#completePart();
    if (this.#complete.length === 0) return undefined;
    await syncFolder(this.#init.path);
    const files = this.#complete;
    this.#complete = [];
    return { process: this.#process, files };
  }

  async flush(): Promise<void> {
    await this.#part?.file.flush();
  }

  async close(): Promise<void> {
    const part = this.#part;
    this.#part = undefined;
    await part?.file.discard();
    for (const name of this.#complete) await rm(join(this.#init.path, hiddenName(name, this.#process)), { force: true });
    this.#complete = [];
  }
}
