import { stat } from 'node:fs/promises';
import type { FilePosition } from './file-reader.js';
import { isGzip } from './open-file-bytes.js';

/**
 * Bytes of a file behind a position; 0 for a file that is gone. A packed file counts in full until it has been read: positions
 * in it count unpacked bytes.
 */
export async function fileBacklog(path: string, position: FilePosition | undefined): Promise<number> {
  const offset = position?.offset ?? 0;
  try {
    const { size } = await stat(path);
    return offset > 0 && (await isGzip(path)) ? size : Math.max(0, size - offset);
  } catch {
    return 0;
  }
}
