import { createHash, type Hash } from 'node:crypto';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { MillraceError } from '../../common/error.js';
import { fileError } from '../../kit/file-error.js';
import { changedWhileRead } from '../locations/location-error.js';
import type { LocatedFile, ModelLocation } from '../locations/location.js';
import { hashFile } from './hash-model.js';

export interface DownloadInit {
  readonly location: ModelLocation;
  readonly file: LocatedFile;
  /** Where the bytes go; what an earlier attempt left there is gone on with. */
  readonly target: string;
  /** Most bytes. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Told of bytes as they come. */
  readonly onBytes: (count: number) => void;
}

export interface Downloaded {
  readonly size: number;
  /** SHA-256 in lower-case hexadecimal digits. */
  readonly sha256: string;
}

/**
 * Reads a file of a location into a file of this machine, flushed to the disk. Bytes that are there are kept and the rest is asked
 * for, if the location tells versions apart; a location that gives only whole files starts again.
 *
 * @throws {MillraceError} `MODEL_LOAD` beyond `maxBytes`; `SERVICE_ERROR` with `retry: 'backoff'` for a body that is too short or
 * too long; as `ModelLocation.read`; `IO`.
 */
export async function downloadFile({ location, file, target, maxBytes, signal, onBytes }: DownloadInit): Promise<Downloaded> {
  if (file.size !== undefined && file.size > maxBytes) throw tooLarge(location.address, maxBytes);
  let present = await sizeOf(target);
  if (present > 0 && (file.tag === undefined || present > (file.size ?? maxBytes))) {
    await rm(target);
    present = 0;
  }
  if (present > 0 && present === file.size) return { size: present, sha256: await hashFile(target) };
  const body = await location.read(file, { from: present, signal });
  const from = body.from === present ? present : 0;
  if (body.from > 0 && body.from !== present) throw changedWhileRead(location.address);
  const hash = createHash('sha256');
  if (from > 0) await addFile(target, hash);
  const handle = await openTarget(target, from);
  let size = from;
  try {
    for await (const piece of body.pieces) {
      signal.throwIfAborted();
      size += piece.length;
      if (size > maxBytes) throw tooLarge(location.address, maxBytes);
      if (file.size !== undefined && size > file.size) throw changedWhileRead(location.address);
      await write(handle, piece, target);
      hash.update(piece);
      onBytes(piece.length);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  const expected = file.size ?? (body.length === undefined ? undefined : from + body.length);
  if (expected !== undefined && size !== expected) throw cutOff(location.address, size, expected);
  return { size, sha256: hash.digest('hex') };
}

async function openTarget(path: string, from: number): Promise<FileHandle> {
  try {
    return await open(path, from > 0 ? 'a' : 'w', 0o600);
  } catch (cause) {
    throw fileError({ action: 'write', path, cause });
  }
}

async function write(handle: FileHandle, piece: Uint8Array, path: string): Promise<void> {
  try {
    for (let at = 0; at < piece.length;) at += (await handle.write(piece, at, piece.length - at)).bytesWritten;
  } catch (cause) {
    throw fileError({ action: 'write', path, cause });
  }
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function addFile(path: string, hash: Hash): Promise<void> {
  const handle = await open(path);
  for await (const piece of handle.createReadStream({ highWaterMark: 1_048_576 })) hash.update(piece as Uint8Array);
}

function tooLarge(address: string, maxBytes: number): MillraceError {
  return new MillraceError({
    code: 'MODEL_LOAD',
    message: `the model at "${address}" is larger than ${maxBytes} bytes`,
    notes: [{ message: "'model.max-bytes' raises the limit" }],
  });
}

function cutOff(address: string, size: number, expected: number): MillraceError {
  return new MillraceError({
    code: 'SERVICE_ERROR',
    message: `"${address}" ended after ${size} of ${expected} bytes`,
    retry: 'backoff',
  });
}
