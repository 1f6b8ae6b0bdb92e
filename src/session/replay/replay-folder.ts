import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../common/error.js';
import type { ReplayRow } from './replay-source.js';

/** Rows of one call site that are replayed together. Survives JSON. */
export interface ReplayBatch {
  /** Name of the job that gave them up. */
  readonly job: string;
  /** Fingerprint of its plan. */
  readonly statement: string;
  readonly callSite: string;
  readonly rows: readonly ReplayRow[];
}

const BATCH = 'letters.json';

/**
 * The folder beside a target of dead letters that holds what was replayed (`replayed.jsonl`, the id of each dead letter), and
 * for each replay that is not done a folder with its rows and its state: so a replay that was interrupted goes on, with the
 * rows that it began with, and no row is written twice.
 */
export class ReplayFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The file of ids. */
  get ledger(): string {
    return join(this.path, 'replayed.jsonl');
  }

  /** Where the state of a replay is. */
  stateOf({ statement, callSite }: Pick<ReplayBatch, 'statement' | 'callSite'>): string {
    return join(this.path, `${statement.slice(0, 16)}-${callSite}`);
  }

  /** The replays that began and are not done. */
  async unfinished(): Promise<ReplayBatch[]> {
    const names = await readdir(this.path).catch(() => []);
    const texts = await Promise.all(
      names.toSorted((a, b) => (a < b ? -1 : 1)).map(name => readFile(join(this.path, name, BATCH), 'utf8').catch(() => undefined)),
    );
    return texts.flatMap(text => (text === undefined ? [] : [JSON.parse(text) as ReplayBatch]));
  }

  /** Writes down what a replay is going to do; it is unfinished from then on. @throws {MillraceError} `IO` */
  async begin(batch: ReplayBatch): Promise<void> {
    const folder = this.stateOf(batch);
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      const written = join(folder, `${BATCH}.new`);
      const file = await open(written, 'w');
      try {
        await file.writeFile(JSON.stringify(batch));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(written, join(folder, BATCH));
    } catch (cause) {
      throw new MillraceError({ code: 'IO', message: `the replay cannot be kept in "${folder}": ${(cause as Error).message}`, cause });
    }
  }

  /** A replay is done: all of its rows are written, and their ids. */
  async end(batch: ReplayBatch): Promise<void> {
    const folder = this.stateOf(batch);
    // What says that it began goes first: a folder that is half gone is no replay.
    await rm(join(folder, BATCH), { force: true });
    await rm(folder, { recursive: true, force: true });
  }
}
