import { createHash } from 'node:crypto';

/** A file of a model with what it holds. */
export interface VerifiedFile {
  /** Relative, parts joined by `/`; empty for a model that is one file. */
  readonly path: string;
  readonly size: number;
  /** In lower-case hexadecimal digits. */
  readonly sha256: string;
}

/**
 * What a model's content is known by: of a file its SHA-256; of a folder that of the lines that `sha256sum` prints for its files,
 * sorted by path: `(cd model && find * -type f | LC_ALL=C sort | xargs sha256sum) | sha256sum`.
 */
export function contentId(kind: 'file' | 'folder', files: readonly VerifiedFile[]): string {
  if (kind === 'file') return files[0]!.sha256;
  const hash = createHash('sha256');
  const lines = files.map(({ path, sha256 }) => ({ path: Buffer.from(path), line: `${sha256}  ${path}\n` }));
  for (const { line } of lines.toSorted((a, b) => Buffer.compare(a.path, b.path))) hash.update(line);
  return hash.digest('hex');
}
