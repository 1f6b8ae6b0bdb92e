import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MillraceError } from '../common/error.js';
import type { SourceText } from '../common/source-text.js';

/**
 * The texts of a command line, in order: files, then what `-e` gave.
 *
 * @throws {MillraceError} `FILE_NOT_FOUND`, or `USAGE` when there is nothing to run.
 */
export async function readSources(files: readonly string[], expressions: readonly string[]): Promise<SourceText[]> {
  if (files.length + expressions.length === 0) {
    throw new MillraceError({
      code: 'USAGE',
      message: 'there is nothing to run',
      notes: [{ message: "name a file, or give statements with -e 'SELECT 1'" }],
    });
  }
  const fromFiles = await Promise.all(files.map(readSource));
  const nameOf = (index: number): string => (expressions.length === 1 ? '-e' : `-e ${index + 1}`);
  return [...fromFiles, ...expressions.map((text, index) => ({ name: nameOf(index), text }))];
}

async function readSource(name: string): Promise<SourceText> {
  try {
    return { name, text: await readFile(name, 'utf8') };
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'EISDIR' ? 'is a folder' : 'does not exist or cannot be read';
    throw new MillraceError({
      code: 'FILE_NOT_FOUND',
      message: `the script "${name}" ${reason}`,
      notes: [{ message: `looked for ${resolve(name)}` }],
      cause,
    });
  }
}
