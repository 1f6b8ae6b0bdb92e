import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../common/error.js';

/**
 * The absolute path that an address of this machine means: a path, or a `file://` URL.
 *
 * @throws {MillraceError} `INVALID_OPTION` for other addresses.
 */
export function localPath(address: string): string {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(address)?.[1];
  if (scheme === undefined) return resolve(address);
  if (scheme.toLowerCase() !== 'file') {
    throw new MillraceError({
      code: 'INVALID_OPTION',
      message: `option "model-path" is "${address}", and ${scheme}:// is not read: a path is, or file://`,
      notes: [{ message: 'copy the model to this machine first, and give its path here' }],
    });
  }
  try {
    return fileURLToPath(address);
  } catch (cause) {
    throw new MillraceError({ code: 'INVALID_OPTION', message: `option "model-path" is not a URL of a local file: "${address}"`, cause });
  }
}
