import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../../common/error.js';
import type { Secret } from '../../spec/option.js';

/**
 * The folder of `file:./folder`, below the working directory, or of `file:///folder`, an address as in a browser.
 *
 * @returns an absolute path.
 * @throws {MillraceError} `INVALID_OPTION`
 */
export function parseFileAddress(url: Secret): string {
  const text = url.reveal();
  // What stands behind the scheme is a path as written: as a URL it would have no relation to the working directory.
  const rest = text.slice(text.indexOf(':') + 1);
  if (rest.trim() === '') throw invalid('names no folder');
  if (!rest.startsWith('//')) return resolve(rest);
  try {
    return fileURLToPath(text);
  } catch (cause) {
    throw invalid('is not a path on this machine', cause);
  }
}

function invalid(what: string, cause?: unknown): MillraceError {
  return new MillraceError({
    code: 'INVALID_OPTION',
    message: `the address of the folder ${what}`,
    notes: [{ message: 'write file:./answers, below the working directory, or file:///var/lib/answers' }],
    cause,
  });
}
