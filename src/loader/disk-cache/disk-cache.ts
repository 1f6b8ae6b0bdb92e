import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { errorNumber, fileError } from '../../kit/file-error.js';
import { isChangedWhileRead } from '../locations/location-error.js';
import type { ModelLocation, Observation } from '../locations/location.js';
import { CacheLayout } from './cache-layout.js';
import { contentId, type VerifiedFile } from './content-id.js';
import { downloadFile } from './download-file.js';
import { lockFetch } from './fetch-lock.js';
import { Leases } from './leases.js';
import { makeRoom, removeLeftovers } from './make-room.js';

export interface DiskCacheInit {
  /** Absolute; made when it is needed. */
  readonly folder: string;
  /** Most bytes of all models together; what was used longest ago goes first. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Unique each time. */
  readonly newId: () => string;
}

/** A model in the cache. It stays there until it is released. */
export interface CachedModel {
  /** Absolute path of the file or folder. */
  readonly path: string;
  /** As `contentId`. */
  readonly content: string;
  readonly bytes: number;
  release(): Promise<void>;
}

export interface FetchInit {
  readonly location: ModelLocation;
  readonly observation: Observation;
  readonly maxBytes: number;
  /** What the content must be, where somebody says so. */
  readonly expected: string | undefined;
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
}

interface Seen {
  readonly content: string;
}

/**
 * Models on this machine's disk, by their content. Whatever stands under a content's name is complete and was verified: it is
 * fetched beside, flushed, hashed, and renamed into place. Several processes may share the folder.
 */
export class DiskCache {
  readonly #init: DiskCacheInit;
  readonly #layout: CacheLayout;
  readonly #leases: Leases;
  #prepared: Promise<void> | undefined;

  constructor(init: DiskCacheInit) {
    this.#init = init;
    this.#layout = new CacheLayout(init.folder);
    this.#leases = new Leases({ ...init, layout: this.#layout });
  }

  /** The model of this content, if it is here. */
  async find(content: string): Promise<CachedModel | undefined> {
    if (!/^[0-9a-f]{64}$/.test(content)) return undefined;
    await this.#prepare();
    // The lease first, so that nobody clears away what is looked at.
    const release = await this.#leases.take(content);
    const about = await this.#about(content);
    if (about === undefined) {
      await release();
      return undefined;
    }
    const at = this.#init.clock.now() / 1_000;
    await utimes(this.#layout.used(content), at, at).catch(() => {});
    return { path: this.#layout.model(content), content, bytes: about.bytes, release };
  }

  /** What a place, by its identity, had at this version, if it was fetched once and is still here; the empty version is the one that was fetched last. */
  async lookUp(place: string, version: string): Promise<CachedModel | undefined> {
    await this.#prepare();
    const seen = await readJson<Seen>(this.#layout.seenAt(keyOf(place, version)));
    return seen === undefined ? undefined : await this.find(seen.content);
  }

  /**
   * Fetches what was observed, unless it is here, and verifies it.
   *
   * @throws {MillraceError} as `downloadFile`; `MODEL_LOAD` for content of another hash than expected; `IO`.
   */
  async fetch(init: FetchInit): Promise<CachedModel> {
    const { location, observation, expected, signal } = init;
    await this.#prepare();
    // Without a version nothing tells what is in an interrupted fetch.
    const key = keyOf(location.identity, observation.version ?? this.#init.newId());
    const known = async (): Promise<CachedModel | undefined> =>
      observation.version === undefined
        ? undefined
        : await this.#checked(await this.lookUp(location.identity, observation.version), expected);
    let found = await known();
    if (found) return found;
    const unlock = await lockFetch(this.#layout.lock(key), {
      clock: this.#init.clock,
      signal,
      isDone: async () => (found = await known()) !== undefined,
    });
    if (unlock === undefined) return found!;
    try {
      return (await known()) ?? (await this.#fetch(init, key));
    } finally {
      await unlock();
    }
  }

  /** Ends the beats of leases that nobody gave back. */
  async close(): Promise<void> {
    await this.#leases.close();
  }

  async #checked(found: CachedModel | undefined, expected: string | undefined): Promise<CachedModel | undefined> {
    if (found === undefined || expected === undefined || found.content === expected) return found;
    await found.release();
    return undefined;
  }

  async #fetch({ location, observation, maxBytes, expected, signal, onBytes }: FetchInit, key: string): Promise<CachedModel> {
    const partial = this.#layout.partial(key);
    const model = join(partial, 'model');
    await mkdir(observation.kind === 'folder' ? model : partial, { recursive: true });
    const files: VerifiedFile[] = [];
    let bytes = 0;
    try {
      for (const file of observation.files) {
        const target = file.path === '' ? model : join(model, ...file.path.split('/'));
        await mkdir(dirname(target), { recursive: true });
        const { size, sha256 } = await downloadFile({ location, file, target, maxBytes: maxBytes - bytes, signal, onBytes });
        if (file.sha256 !== undefined && file.sha256 !== sha256)
          throw wrongHash(location.address, { expected: file.sha256, found: sha256 });
        files.push({ path: file.path, size, sha256 });
        bytes += size;
      }
      const content = contentId(observation.kind, files);
      if (expected !== undefined && expected !== content) throw wrongHash(location.address, { expected, found: content });
      return await this.#publish({ partial, content, bytes, place: location.identity, version: observation.version });
    } catch (thrown) {
      // Only bytes of this very version are worth keeping: the next attempt goes on behind them.
      if (!mayResume(thrown, observation)) await rm(partial, { recursive: true, force: true });
      throw thrown;
    }
  }

  async #publish(made: {
    partial: string;
    content: string;
    bytes: number;
    place: string;
    version: string | undefined;
  }): Promise<CachedModel> {
    const { partial, content, bytes, place, version } = made;
    const layout = this.#layout;
    const release = await this.#leases.take(content);
    try {
      await writeFile(join(partial, 'about.json'), JSON.stringify({ bytes }));
      await writeFile(join(partial, 'used'), '');
      await makeRoom({ layout, leases: this.#leases, maxBytes: this.#init.maxBytes - bytes, newId: this.#init.newId });
      await flushFolder(partial);
      await renameWhole(partial, layout.entry(content));
      await flushFolder(layout.entries);
      // The empty version stands for the last one.
      for (const each of version === undefined || version === '' ? [''] : [version, ''])
        await writeWhole(layout.seenAt(keyOf(place, each)), JSON.stringify({ content } satisfies Seen), this.#init.newId());
      return { path: layout.model(content), content, bytes, release };
    } catch (cause) {
      await release();
      throw fileError({ action: 'write', path: layout.entry(content), cause });
    }
  }

  async #about(content: string): Promise<{ readonly bytes: number } | undefined> {
    return await readJson<{ bytes: number }>(this.#layout.about(content));
  }

  #prepare(): Promise<void> {
    return (this.#prepared ??= this.#makeFolders());
  }

  async #makeFolders(): Promise<void> {
    const { entries, partials, leases, trash, seen } = this.#layout;
    try {
      for (const folder of [entries, partials, leases, trash, seen]) await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      this.#prepared = undefined;
      throw fileError({ action: 'write', path: this.#layout.root, cause });
    }
    await removeLeftovers(this.#layout, this.#init.clock.now());
  }
}

/** A name for what a place had at a version. */
function keyOf(place: string, version: string): string {
  return createHash('sha256')
    .update(JSON.stringify([place, version]))
    .digest('hex')
    .slice(0, 32);
}

/** Whether what has come may be gone on with: the connection failed, not the content. */
function mayResume(thrown: unknown, { version }: Observation): boolean {
  if (version === undefined) return false;
  return !MillraceError.is(thrown) || (thrown.retry !== 'never' && !isChangedWhileRead(thrown));
}

function wrongHash(address: string, { expected, found }: { readonly expected: string; readonly found: string }): MillraceError {
  return new MillraceError({
    code: 'MODEL_LOAD',
    message: `the model at "${address}" has the SHA-256 ${found}, and ${expected} was expected`,
    notes: [{ message: "it was damaged on its way or replaced; correct 'model.sha256' or the checksum beside it if it is the right one" }],
  });
}

/** Who was quicker has put the same content there. */
async function renameWhole(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (thrown) {
    const code = errorNumber(thrown);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') throw thrown;
    await rm(from, { recursive: true, force: true });
  }
}

async function flushFolder(path: string): Promise<void> {
  // Windows cannot open folders.
  if (process.platform === 'win32') return;
  const handle = await open(path);
  await handle.sync().finally(() => handle.close());
}

async function writeWhole(path: string, text: string, id: string): Promise<void> {
  const temporary = `${path}.${id}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

async function readJson<Value>(path: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Value;
  } catch {
    return undefined;
  }
}
