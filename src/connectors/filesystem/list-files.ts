import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { glob } from 'tinyglobby';
import { MillraceError } from '../../common/error.js';
import { errorNumber, fileError } from '../../kit/file-error.js';
import { isGlob, splitGlob } from './local-path.js';

export interface ListedFile {
  /** The path below the folder (or below a glob's fixed part), with `/`; the name of a single file. */
  readonly id: string;
  readonly path: string;
}

export interface FileSelection {
  /** Absolute path of a file or folder, or a glob. */
  readonly path: string;
  /** What the absolute path of a file has to match. */
  readonly pathPattern: RegExp | undefined;
}

/**
 * The files of a source, by id in code-unit order. Folders are read to any depth; files and folders whose name starts
 * with `.` or `_` are passed over.
 *
 * @throws {MillraceError} `FILE_NOT_FOUND` when the path does not exist; a glob may match nothing.
 */
export async function listFiles({ path, pathPattern }: FileSelection): Promise<readonly ListedFile[]> {
  const files = await filesAt(path);
  const selected = pathPattern === undefined ? files : files.filter(file => pathPattern.test(file.path));
  return selected.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function filesAt(path: string): Promise<readonly ListedFile[]> {
  const found = await kindOf(path);
  if (found === 'file') return [{ id: basename(path), path }];
  try {
    if (found === 'folder') return await filesBelow(path, '');
    if (isGlob(path)) return await filesOfGlob(path);
  } catch (cause) {
    throw fileError({ action: 'list', path, cause });
  }
  throw notFound(`path "${path}" does not exist`);
}

/** What stands at a path; `undefined` for nothing. */
export async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (cause) {
    const reason = errorNumber(cause);
    if (reason === 'ENOENT' || reason === 'ENOTDIR') return undefined;
    throw fileError({ action: 'read', path, cause });
  }
}

async function filesBelow(folder: string, prefix: string): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (isHidden(entry.name)) continue;
    const path = join(folder, entry.name);
    const id = prefix + entry.name;
    if (entry.isDirectory()) files.push(...(await filesBelow(path, `${id}/`)));
    else if (entry.isFile() || (entry.isSymbolicLink() && (await kindOf(path)) === 'file')) files.push({ id, path });
  }
  return files;
}

async function filesOfGlob(path: string): Promise<ListedFile[]> {
  const { folder, pattern } = splitGlob(path);
  if ((await kindOf(folder)) === undefined) throw notFound(`folder "${folder}" of path "${path}" does not exist`);
  const ids = await glob(pattern, { cwd: folder, onlyFiles: true, dot: false, expandDirectories: false });
  return ids.filter(id => !id.split('/').some(isHidden)).map(id => ({ id, path: join(folder, id) }));
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_');
}

export function notFound(message: string): MillraceError {
  return new MillraceError({ code: 'FILE_NOT_FOUND', message, notes: [{ message: `relative paths start at "${process.cwd()}"` }] });
}
