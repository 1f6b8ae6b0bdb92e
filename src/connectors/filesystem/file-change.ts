import { stat } from 'node:fs/promises';
import { MillraceError } from '../../common/error.js';
import { errorNumber } from '../../kit/file-error.js';

/**
 * The present size of a file that is being read.
 *
 * @param ino the file's number when reading began.
 * @throws {MillraceError} `IO` when another file or none stands at the path.
 */
export async function sizeOfSameFile(path: string, ino: number): Promise<number> {
  let present;
  try {
    present = await stat(path);
  } catch (cause) {
    if (errorNumber(cause) === 'ENOENT') throw changed(path, 'was removed while it was being read');
    throw cause;
  }
  if (present.ino !== ino) throw changed(path, 'was replaced while it was being read');
  return present.size;
}

/** The error of a file that has become shorter than what was read from it. */
export function shrunk(path: string, offset: number): MillraceError {
  return changed(path, `is shorter than the ${offset} bytes that were read from it`);
}

function changed(path: string, what: string): MillraceError {
  return new MillraceError({
    code: 'IO',
    message: `file "${path}" ${what}`,
    notes: [{ message: 'files of a source must stay as they are; new rows go to the end of a file or into a new file' }],
  });
}
