import { z } from 'zod';
import { MillraceError } from '../../common/error.js';
import type { Lookup } from '../../kit/private-address.js';
import type { ModelFileAccess } from '../../spec/model-file-access.js';
import type { HttpTransport } from '../../spec/provider.js';
import { bodyOf, MAX_WORDS } from './http-answer.js';
import { versionOf } from './local-location.js';
import { changedWhileRead } from './location-error.js';
import type { FileBody, LocatedFile, ModelLocation, Observation } from './location.js';
import { Listing, MAX_FILES } from './relative-path.js';
import { parseHdfsAddress } from './webhdfs-address.js';
import { WebHdfsClient, type WebHdfsRequest } from './webhdfs-client.js';

export interface WebHdfsLocationInit {
  /** `hdfs://`, `webhdfs://` or `swebhdfs://`. */
  readonly address: string;
  readonly access: ModelFileAccess;
  readonly http: HttpTransport;
  readonly lookup: Lookup;
}

const fileStatus = z.object({
  pathSuffix: z.string(),
  type: z.enum(['FILE', 'DIRECTORY', 'SYMLINK']),
  length: z.number().int().nonnegative(),
  modificationTime: z.number(),
});
type FileStatus = z.output<typeof fileStatus>;
const oneStatus = z.object({ FileStatus: fileStatus });
const statuses = z.object({ FileStatuses: z.object({ FileStatus: z.array(fileStatus) }) });
const checksum = z.object({ FileChecksum: z.object({ algorithm: z.string(), bytes: z.string().max(1_024) }) });

/** About 500 bytes an entry. */
const MAX_LISTING = 8 * 1_048_576;
const MAX_DEPTH = 32;
const MAX_FOLDERS = 1_000;

/**
 * A file or folder of HDFS by WebHDFS. The version of a file is the time of its last change with its length, and for a model of one
 * file HDFS's own checksum too.
 */
export function webHdfsLocation({ address, ...init }: WebHdfsLocationInit): ModelLocation {
  const place = parseHdfsAddress(address, init.access.hdfs);
  const client = new WebHdfsClient({ ...init, address, place });

  async function ask<Schema extends z.ZodType>(request: Omit<WebHdfsRequest, 'answerAs'>, schema: Schema): Promise<z.output<Schema>> {
    const response = await client.send({ ...request, answerAs: 'body' });
    if (response.status !== 200) throw client.failure(response);
    let answer: unknown;
    try {
      answer = JSON.parse(response.body);
    } catch {
      answer = undefined;
    }
    const read = schema.safeParse(answer);
    if (read.success) return read.data;
    throw new MillraceError({
      code: 'SERVICE_ERROR',
      message: `WebHDFS answered ${request.op} for "${address}" with something else than its protocol says`,
      retry: 'backoff',
    });
  }

  async function observe(signal: AbortSignal, last?: Observation): Promise<Observation> {
    const { FileStatus: status } = await ask({ op: 'GETFILESTATUS', path: place.path, maxBytes: MAX_WORDS, signal }, oneStatus);
    if (status.type === 'FILE') {
      const told = stampOf(status);
      // The blocks need not be read again for a sum where time and length are as they were.
      const known = last?.files[0]?.tag;
      const tag = known?.startsWith(`${told} `) === true ? known : `${told} ${await sum(place.path, signal)}`;
      return { kind: 'file', files: [{ path: '', size: status.length, tag }], version: tag, isComplete: false };
    }
    if (status.type === 'SYMLINK') throw refused('is a symbolic link');
    const listing = new Listing(address, init.access.maxBytes);
    await walk({ folder: '', depth: 0, listing, folders: { count: 0 }, signal });
    const files = listing.files();
    return { kind: 'folder', files, version: versionOf(files), isComplete: listing.isComplete };
  }

  interface Walk {
    readonly folder: string;
    readonly depth: number;
    readonly listing: Listing;
    readonly folders: { count: number };
    readonly signal: AbortSignal;
  }

  async function walk({ folder, depth, listing, folders, signal }: Walk): Promise<void> {
    if (depth > MAX_DEPTH) throw refused(`is more than ${MAX_DEPTH} folders deep`);
    if (++folders.count > MAX_FOLDERS) throw refused(`holds more than ${MAX_FOLDERS} folders`);
    const { FileStatuses } = await ask({ op: 'LISTSTATUS', path: pathOf(folder), maxBytes: MAX_LISTING, signal }, statuses);
    if (FileStatuses.FileStatus.length > 2 * MAX_FILES) throw refused(`holds more than ${MAX_FILES} files`);
    for (const status of FileStatuses.FileStatus) {
      const path = folder === '' ? status.pathSuffix : `${folder}/${status.pathSuffix}`;
      if (status.type === 'SYMLINK') throw refused(`holds a symbolic link: "${path.slice(0, 200)}"`);
      if (status.type === 'FILE') listing.add({ path, size: status.length, tag: stampOf(status) });
      else if (/^[^/\0\\]+$/.test(status.pathSuffix) && !/^\.\.?$/.test(status.pathSuffix))
        await walk({ folder: path, depth: depth + 1, listing, folders, signal });
      else throw refused(`holds a folder whose name leads elsewhere: "${path.slice(0, 200)}"`);
    }
  }

  /** Empty where HDFS has none: for an empty file, or one whose blocks have sums of different kinds. */
  async function sum(path: string, signal: AbortSignal): Promise<string> {
    const response = await client.send({ op: 'GETFILECHECKSUM', path, answerAs: 'body', maxBytes: MAX_WORDS, signal });
    if (response.status !== 200) return '';
    try {
      return checksum.safeParse(JSON.parse(response.body)).data?.FileChecksum.bytes ?? '';
    } catch {
      return '';
    }
  }

  async function read(file: LocatedFile, { from, signal }: { readonly from: number; readonly signal: AbortSignal }): Promise<FileBody> {
    // An offset at the end of a file is refused by HDFS.
    if (file.size !== undefined && from > 0 && from >= file.size) return { from, length: 0, tag: undefined, pieces: nothing() };
    const path = pathOf(file.path);
    const query: Record<string, string> = from > 0 ? { offset: String(from) } : {};
    const response = await client.send({ op: 'OPEN', path, query, answerAs: 'stream', maxBytes: MAX_WORDS, signal });
    if (response.status === 404) throw changedWhileRead(address);
    if (response.status !== 200) throw client.failure(response);
    return { ...bodyOf(response, { from, tag: undefined }), from };
  }

  async function readBeside(suffix: string, signal: AbortSignal): Promise<string | undefined> {
    const response = await client.send({ op: 'OPEN', path: place.path + suffix, answerAs: 'body', maxBytes: MAX_WORDS, signal });
    return response.status === 200 ? response.body : undefined;
  }

  function pathOf(relative: string): string {
    if (relative === '') return place.path;
    return place.path === '/' ? `/${relative}` : `${place.path}/${relative}`;
  }

  function refused(why: string): MillraceError {
    return new MillraceError({ code: 'MODEL_LOAD', message: `"${address}" ${why}` });
  }

  return { address, identity: JSON.stringify([place.bases, place.path]), localPath: undefined, observe, read, readBeside };
}

function stampOf({ modificationTime, length }: FileStatus): string {
  return `${modificationTime}-${length}`;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
