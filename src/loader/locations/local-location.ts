import { createHash } from 'node:crypto';
import { open, readFile, readdir, stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../../common/error.js';
import { errorNumber, fileError } from '../../kit/file-error.js';
import type { LocatedFile, ModelLocation, Observation } from './location.js';
import { Listing } from './relative-path.js';

const MAX_DEPTH = 32;
const MAX_SIDECAR = 4_096;
const PIECE = 1_048_576;

export interface LocalLocationInit {
  /** Absolute. */
  readonly path: string;
  readonly maxBytes: number;
}

/**
 * A file or folder of this machine. Its version is made of the time, size and inode of each file. Symbolic links are followed, as
 * caches of models are made of them.
 */
export function localLocation({ path, maxBytes }: LocalLocationInit): ModelLocation {
  return {
    address: path,
    identity: path,
    localPath: path,
    observe: () => observe(path, maxBytes),
    async read(file, { from }) {
      const full = file.path === '' ? path : join(path, ...file.path.split('/'));
      try {
        const handle = await open(full);
        return { from, length: undefined, tag: undefined, pieces: handle.createReadStream({ start: from, highWaterMark: PIECE }) };
      } catch (cause) {
        throw fileError({ action: 'read', path: full, cause });
      }
    },
    readBeside: suffix => readSmall(path + suffix),
  };
}

async function observe(path: string, maxBytes: number): Promise<Observation> {
  const found = await statOf(path);
  if (found === undefined) throw new MillraceError({ code: 'FILE_NOT_FOUND', message: `model file "${path}" does not exist` });
  if (found.isFile()) {
    const file = locatedFile('', found);
    return { kind: 'file', files: [file], version: file.tag, isComplete: false };
  }
  if (!found.isDirectory()) throw new MillraceError({ code: 'MODEL_LOAD', message: `"${path}" is neither a file nor a folder` });
  const listing = new Listing(path, maxBytes);
  await walk({ root: path, folder: '', depth: 0, listing });
  const files = listing.files();
  return { kind: 'folder', files, version: versionOf(files), isComplete: listing.isComplete };
}

interface Walk {
  readonly root: string;
  /** Relative to the root, empty for itself. */
  readonly folder: string;
  readonly depth: number;
  readonly listing: Listing;
}

async function walk({ root, folder, depth, listing }: Walk): Promise<void> {
  if (depth > MAX_DEPTH)
    throw new MillraceError({
      code: 'MODEL_LOAD',
      message: `the folder "${root}" is more than ${MAX_DEPTH} folders deep, or holds a loop`,
    });
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    // Mounted volumes of Kubernetes keep their content in `..data` and link to it.
    if (entry.name.startsWith('..')) continue;
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const full = join(root, name);
    const found = await statOf(full);
    if (found?.isDirectory()) await walk({ root, folder: name, depth: depth + 1, listing });
    else if (found?.isFile()) listing.add(locatedFile(name, found));
  }
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (cause) {
    const code = errorNumber(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw fileError({ action: 'read', path, cause });
  }
}

function locatedFile(path: string, { size, mtimeNs, ino }: BigIntStats): LocatedFile {
  return { path, size: Number(size), tag: `${mtimeNs}-${size}-${ino}` };
}

/** One text for a listing: the hash of paths and tags. `undefined` where a file has no tag. */
export function versionOf(files: readonly LocatedFile[]): string | undefined {
  const hash = createHash('sha256');
  for (const { path, size, tag } of files) {
    if (tag === undefined) return undefined;
    hash.update(`${JSON.stringify([path, size, tag])}\n`);
  }
  return hash.digest('hex');
}

async function readSmall(path: string): Promise<string | undefined> {
  const found = await statOf(path);
  if (!found?.isFile() || found.size > MAX_SIDECAR) return undefined;
  return await readFile(path, 'utf8').catch(() => undefined);
}
