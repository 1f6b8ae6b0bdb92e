import { hasSpace } from '../../../common/disk-space.js';
import { MillraceError } from '../../../common/error.js';

/** @throws {MillraceError} `IO` when the disk has no room for so many bytes more. */
export async function checkSpace(path: string, byteCount: number): Promise<void> {
  if (await hasSpace(path, byteCount)) return;
  throw new MillraceError({
    code: 'IO',
    message: `the state in "${path}" cannot be saved: no space is left on the disk`,
    notes: [{ message: 'free some space; started again, the job goes on from its last checkpoint' }],
  });
}

/** The error that a commit failed with; lmdb tells the reason by a second promise. */
export async function commitFailure(path: string, thrown: unknown): Promise<MillraceError> {
  if (MillraceError.is(thrown)) return thrown;
  const { commitError } = thrown as { readonly commitError?: Promise<never> };
  const cause: unknown = (await commitError?.catch((reason: unknown) => reason)) ?? thrown;
  return new MillraceError({
    code: 'IO',
    message: `the state in "${path}" cannot be saved: ${(cause as Error).message}`,
    notes: [{ message: 'check that the disk is not full; started again, the job goes on from its last checkpoint' }],
    cause,
  });
}

/** The error that a folder holds the state of another plan, or of another layout. */
export function stateMismatch(path: string): MillraceError {
  return new MillraceError({
    code: 'STATE_MISMATCH',
    message: `the state in "${path}" belongs to another statement`,
    notes: [{ message: 'run the script that made it, give another folder to --state, or delete this one to start over' }],
  });
}
