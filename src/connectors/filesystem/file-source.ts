import { MillraceError, toMillraceError } from '../../common/error.js';
import type { FormatPair, Source, Split, SplitReader, TableContext } from '../../spec/connector.js';
import { fileBacklog } from './file-backlog.js';
import { openFileReader, type FilePosition } from './file-reader.js';
import type { FilesystemOptions } from './filesystem-options.js';
import { listFiles, notFound, type ListedFile } from './list-files.js';
import { isGlob, localPath } from './local-path.js';

/** Reads files line by line. A split is a file, its id the path below the table's folder. */
export function createFileSource(table: TableContext<FilesystemOptions>, format: FormatPair): Source<FilePosition> {
  const path = localPath(table.options.path);
  const monitorMs = table.options['source.monitor-interval'];
  const selection = { path, pathPattern: table.options['source.path.regex-pattern'] };
  const decoder = format.createDecoder(table.fields);
  let listed: ReadonlyMap<string, ListedFile> = new Map();

  async function list(): Promise<readonly ListedFile[]> {
    const files = await listFiles(selection);
    listed = new Map(files.map(file => [file.id, file]));
    return files;
  }

  /** A split of a checkpoint may be opened before anything was listed, and its file may be gone. */
  async function fileOf(split: Split): Promise<ListedFile> {
    if (!listed.has(split.id)) await list();
    const file = listed.get(split.id);
    if (file !== undefined) return file;
    throw new MillraceError({
      code: 'IO',
      message: `file "${split.id}" of path "${path}" was removed before it was read to its end`,
      notes: [{ message: 'put the file back, or start the job with a new state directory' }],
    });
  }

  async function openReader(split: Split, from: FilePosition | undefined): Promise<SplitReader<FilePosition>> {
    const file = await fileOf(split);
    return openFileReader({
      path: file.path,
      from: from ?? { offset: 0, line: 0 },
      decoder,
      framing: format.framing,
      metadata: table.metadata,
      clock: table.clock,
      pollMs: monitorMs,
    });
  }

  return {
    boundedness: monitorMs === undefined ? 'bounded' : 'unbounded',
    changelogMode: 'insert-only',
    ...(monitorMs !== undefined && { discoveryIntervalMs: monitorMs }),
    async listSplits() {
      const files = await list();
      if (files.length === 0 && monitorMs === undefined && isGlob(path)) throw notFound(`no file matches path "${path}"`);
      return files.map(({ id }) => ({ id }));
    },
    async backlog(splits) {
      const bytes = splits.map(({ split, position }) => {
        const file = listed.get(split.id);
        return file ? fileBacklog(file.path, position) : Promise.resolve(0);
      });
      return { unit: 'bytes', amount: (await Promise.all(bytes)).reduce((sum, each) => sum + each, 0) };
    },
    async openReader(split, from) {
      const inSplit = (thrown: unknown): MillraceError => toMillraceError(thrown).within({ split: split.id });
      try {
        const reader = await openReader(split, from);
        return { read: limit => reader.read(limit).catch(thrown => Promise.reject(inSplit(thrown))), close: () => reader.close() };
      } catch (thrown) {
        throw inSplit(thrown);
      }
    },
  };
}
