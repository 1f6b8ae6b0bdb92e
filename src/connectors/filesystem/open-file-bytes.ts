import { open, stat, type FileHandle } from 'node:fs/promises';
import { fileError } from '../../kit/file-error.js';
import type { FileBytes, FileBytesInit } from './file-bytes.js';
import { GzipBytes } from './gzip-bytes.js';
import { PlainBytes } from './plain-bytes.js';

/** @throws {MillraceError} `IO` when the file cannot be opened or is shorter than `offset`. */
export async function openFileBytes(init: FileBytesInit): Promise<FileBytes> {
  const { path } = init;
  try {
    const { size, ino } = await stat(path);
    // An empty file may become either kind.
    if (size > 0 && (await isGzip(path))) return new GzipBytes(init, ino);
    return new PlainBytes(init, { size, ino });
  } catch (cause) {
    throw fileError({ action: 'read', path, cause });
  }
}

/** RFC 1952: an archive starts with 1f 8b. */
export async function isGzip(path: string): Promise<boolean> {
  const file: FileHandle = await open(path, 'r');
  try {
    const magic = Buffer.alloc(2);
    await file.read(magic, 0, 2, 0);
    return magic[0] === 0x1f && magic[1] === 0x8b;
  } finally {
    await file.close();
  }
}
