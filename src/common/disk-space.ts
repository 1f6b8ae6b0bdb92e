import { statfs } from 'node:fs/promises';

/** What LMDB itself needs: it writes into mapped memory, where a full disk ends the process. */
const SPARE_BYTES = 1024 * 1024;

/** Whether a database in the folder can grow by so many bytes. */
export async function hasSpace(folder: string, byteCount: number): Promise<boolean> {
  const { blocks, bavail, bsize } = await statfs(folder);
  // Some file systems do not tell.
  return blocks === 0 || bavail * bsize >= byteCount + SPARE_BYTES;
}
