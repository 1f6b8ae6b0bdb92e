import { open, readdir, stat } from 'node:fs/promises';
import { MillraceError } from '../common/error.js';
import type { ModelFileView } from '../spec/model-runtime.js';

const HEAD_BYTES = 4_096;

/**
 * A model file or folder, as far as its format shows.
 *
 * @param path absolute.
 * @throws {MillraceError} `FILE_NOT_FOUND`, or `MODEL_LOAD` for what cannot be read.
 */
export async function viewModelFile(path: string): Promise<ModelFileView> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return { path, entries: (await readdir(path)).toSorted(), head: new Uint8Array(0), size: 0 };
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return { path, entries: undefined, head: buffer.subarray(0, bytesRead), size: stats.size };
    } finally {
      await file.close();
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new MillraceError({ code: 'FILE_NOT_FOUND', message: `model file "${path}" does not exist`, cause });
    throw new MillraceError({ code: 'MODEL_LOAD', message: `model file "${path}" cannot be read: ${(cause as Error).message}`, cause });
  }
}
