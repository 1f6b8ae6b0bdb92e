import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../../common/error.js';

/**
 * The absolute path that the option `path` means: a path, relative to the working directory, or a `file://` URL.
 *
 * @throws {MillraceError} `INVALID_OPTION` for a URL of another kind.
 */
export function localPath(text: string): string {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]+):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return resolve(text);
  if (scheme === 'file') {
    // Decoded by hand, because a URL would lose what follows a "?" of a glob.
    const rest = text.slice('file://'.length).replace(/^localhost(?=\/)/, '');
    if (rest.startsWith('/')) return rest.includes('%') ? fileURLToPath(`file://${rest}`) : resolve(rest);
  }
  throw new MillraceError({
    code: 'INVALID_OPTION',
    message: `option "path" is "${text}", which is not on this machine`,
    notes: [{ message: 'use a path such as "data/in" or "file:///data/in"' }],
  });
}

/** Whether the path is a pattern for many paths. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/** The folder that a glob starts in, and the pattern below it. */
export function splitGlob(path: string): { readonly folder: string; readonly pattern: string } {
  const segments = path.split('/');
  const first = segments.findIndex(isGlob);
  return { folder: segments.slice(0, first).join('/') || '/', pattern: segments.slice(first).join('/') };
}
