import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFileView } from '../../spec/model-runtime.js';

/** The first 12 hexadecimal digits of the SHA-256 of a file, or of all files below a folder with their names. */
export async function hashContent({ path, entries }: ModelFileView): Promise<string> {
  const hash = createHash('sha256');
  const names = entries === undefined ? [''] : await filesBelow(path);
  for (const name of names) {
    if (entries !== undefined) hash.update(`${name}\0`);
    for await (const chunk of createReadStream(join(path, name))) hash.update(chunk as Buffer);
  }
  return hash.digest('hex').slice(0, 12);
}

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
