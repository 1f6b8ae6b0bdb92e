import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSltFile, type SltFile } from './slt-file.js';

/** All `.slt` files below a folder, in order of their paths, which start with the folder. @throws {MillraceError} `SYNTAX` */
export function findSltFiles(folder: string): SltFile[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.slt'));
  return paths.toSorted().map(path => parseSltFile(join(folder, path), readFileSync(join(folder, path), 'utf8')));
}
