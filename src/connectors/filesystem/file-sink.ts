import { MillraceError } from '../../common/error.js';
import type { FormatPair, Sink, TableContext } from '../../spec/connector.js';
import { createFolderSink } from './folder-sink.js';
import type { FilesystemOptions } from './filesystem-options.js';
import { kindOf } from './list-files.js';
import { isGlob, localPath } from './local-path.js';
import { createEmptyFile, createEmptyFolder, createReplacingSink, type ReplacingSinkInit } from './replacing-sink.js';
import { createSingleFileSink } from './single-file-sink.js';

/**
 * Writes files exactly once: a folder of part files, or one file where the path names a file.
 *
 * @throws {MillraceError} `INVALID_OPTION` when the path is not one to write to.
 */
export async function createFileSink(table: TableContext<FilesystemOptions>, format: FormatPair): Promise<Sink> {
  const { path, createSink } = await targetOf(table, format);
  return createSink(path);
}

/** As `createFileSink`, for rows that take the place of what is there. */
export async function createReplacingFileSink(table: TableContext<FilesystemOptions>, format: FormatPair): Promise<Sink> {
  return createReplacingSink(await targetOf(table, format));
}

async function targetOf(table: TableContext<FilesystemOptions>, format: FormatPair): Promise<ReplacingSinkInit> {
  const path = localPath(table.options.path);
  checkPath(table.options.path, path);
  const encoder = format.createEncoder(table.fields);
  if (await isSingleFile(table.options.path, path))
    return { path, createSink: to => createSingleFileSink({ path: to, encoder }), createEmpty: createEmptyFile(encoder.header) };
  const rollBytes = table.options['sink.rolling-policy.file-size'];
  return { path, createSink: to => createFolderSink({ path: to, encoder, rollBytes }), createEmpty: createEmptyFolder };
}

function checkPath(written: string, path: string): void {
  const problem = isGlob(path)
    ? 'is a glob, and rows need one place to go'
    : path.endsWith('.gz')
      ? 'names a compressed file, and rows are written as plain text'
      : undefined;
  if (problem === undefined) return;
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `option "path" is "${written}", which ${problem}`,
    notes: [{ message: 'name a folder, or a file such as "out.jsonl"' }],
  });
}

/** An existing file or folder is what it is; else the ending decides. */
async function isSingleFile(written: string, path: string): Promise<boolean> {
  const found = await kindOf(path);
  if (found !== undefined) return found === 'file';
  return !written.endsWith('/') && /\.(json|jsonl|ndjson|csv|txt|log)$/i.test(path);
}
