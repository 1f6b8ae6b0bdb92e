import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MillraceError } from '../../common/error.js';
import type { Shards } from './bundle/tensor-bundle.js';

/** Most bytes of `saved_model.pb`; protobuf ends at 2 GiB. */
const MAX_GRAPH_BYTES = 2_147_483_647;
/** Most bytes of one asset that is read. */
const MAX_ASSET_BYTES = 268_435_456;

/** A SavedModel as it lies in its folder. */
export interface SavedModelFolder {
  readonly path: string;
  /** The first 12 hexadecimal digits of the SHA-256 of all its files. */
  readonly version: string;
  /** The graph, as protobuf or as its text. */
  readonly graph: { readonly form: 'binary' | 'text'; readonly bytes: Uint8Array };
  /** `variables/variables.index`; absent where the model has no variables. */
  readonly index: Uint8Array | undefined;
  readonly shards: Shards;
  /** The text of a file in `assets/`. @throws {MillraceError} `MODEL_LOAD`, `FILE_NOT_FOUND` */
  readAsset(name: string): string;
}

/** Whether these are the files of a SavedModel. */
export function isSavedModel(entries: readonly string[]): boolean {
  return ['saved_model.pb', 'saved_model.pbtxt', 'saved_model.cpb'].some(name => entries.includes(name));
}

/** @throws {MillraceError} `MODEL_LOAD`, `FILE_NOT_FOUND` */
export async function readFolder(path: string, entries: readonly string[]): Promise<SavedModelFolder> {
  const form = entries.includes('saved_model.pb') ? 'binary' : 'text';
  const name = form === 'binary' ? 'saved_model.pb' : 'saved_model.pbtxt';
  if (!entries.includes(name)) {
    const isChunked = entries.includes('saved_model.cpb');
    throw failed(
      isChunked ? `"${path}" has its graph in pieces ("saved_model.cpb"), which cannot be read` : `"${path}" has no "saved_model.pb"`,
    );
  }
  const { size } = await stat(join(path, name));
  if (size > MAX_GRAPH_BYTES) throw failed(`"${join(path, name)}" has ${size} bytes, more than a SavedModel can have`);
  const bytes = await readFile(join(path, name));
  const index = entries.includes('variables') ? await readIndex(path) : undefined;
  return {
    path,
    version: await hashOf(path, [bytes, index], entries),
    graph: { form, bytes },
    index,
    shards: { read: (shard, shards, range) => readRange(join(path, 'variables', shardName(shard, shards)), range) },
    readAsset: asset => readText(path, asset),
  };
}

/** A path that stays below its folder. @throws {MillraceError} `MODEL_LOAD` */
export function assetPath(folder: string, name: string): string {
  const clean = normalize(name);
  if (name === '' || name.includes('\0') || isAbsolute(clean) || clean === '..' || clean.startsWith(`..${sep}`))
    throw failed(`it names the asset "${name.slice(0, 200)}", which is no file of its folder`);
  return join(folder, 'assets', clean);
}

async function readIndex(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(join(path, 'variables', 'variables.index'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function shardName(shard: number, shards: number): string {
  const digits = (number: number): string => String(number).padStart(5, '0');
  return `variables.data-${digits(shard)}-of-${digits(shards)}`;
}

function readRange(path: string, { offset, size }: { readonly offset: number; readonly size: number }): Uint8Array {
  return withFile(path, file => {
    const room = new Uint8Array(Math.max(0, Math.min(size, fstatSync(file).size - offset)));
    let at = 0;
    while (at < room.length) {
      const count = readSync(file, room, at, room.length - at, offset + at);
      if (count === 0) break;
      at += count;
    }
    return room.subarray(0, at);
  });
}

function readText(folder: string, name: string): string {
  const path = assetPath(folder, name);
  return withFile(path, file => {
    const { size } = fstatSync(file);
    if (size > MAX_ASSET_BYTES) throw failed(`asset "${path}" has ${size} bytes, and at most ${MAX_ASSET_BYTES} are read`);
    return readFileSync(file, 'utf8');
  });
}

function withFile<Result>(path: string, use: (file: number) => Result): Result {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw failed(`file "${path}" ${isMissing(cause) ? 'does not exist' : `cannot be read: ${(cause as Error).message}`}`, cause);
  }
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

async function hashOf(path: string, read: readonly (Uint8Array | undefined)[], entries: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const bytes of read) if (bytes) hash.update(bytes);
  for (const folder of ['assets', 'variables']) {
    if (!entries.includes(folder)) continue;
    for (const name of (await readdir(join(path, folder))).toSorted()) {
      if (name === 'variables.index') continue;
      const file = join(path, folder, name);
      if ((await stat(file)).isFile())
        await pipeline(createReadStream(file), async chunks => {
          for await (const chunk of chunks) hash.update(chunk as Uint8Array);
        });
    }
  }
  return hash.digest('hex').slice(0, 12);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function failed(message: string, cause?: unknown): MillraceError {
  return new MillraceError({ code: 'MODEL_LOAD', message: `the SavedModel cannot be read: ${message}`, cause });
}
