import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../../kit/file-error.js';
import type { Observation } from '../locations/location.js';
import { contentId, type VerifiedFile } from './content-id.js';

/** The content id of a file or folder of this machine. @throws {MillraceError} `IO` */
export async function hashModel(path: string, { kind, files }: Observation): Promise<string> {
  const hashed: VerifiedFile[] = [];
  for (const file of files) {
    const full = file.path === '' ? path : join(path, ...file.path.split('/'));
    hashed.push({ path: file.path, size: file.size ?? 0, sha256: await hashFile(full) });
  }
  return contentId(kind, hashed);
}

/** SHA-256 of a file in lower-case hexadecimal digits. @throws {MillraceError} `IO` */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const handle = await open(path);
    for await (const piece of handle.createReadStream({ highWaterMark: 1_048_576 })) hash.update(piece as Uint8Array);
  } catch (cause) {
    throw fileError({ action: 'read', path, cause });
  }
  return hash.digest('hex');
}
