import { MillraceError } from '../common/error.js';

/** What to do about the reasons that an operating system gives. */
const REMEDIES: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  ENOSPC: ['no space is left on the disk', 'free some space and start again; with --state, the job goes on from its last checkpoint'],
  EDQUOT: [
    'the disk quota is used up',
    'free some space or raise the quota, and start again; with --state, the job goes on from its last checkpoint',
  ],
  EACCES: ['permission denied', 'give the user of this process access to it'],
  EPERM: ['the operation is not permitted', 'give the user of this process access to it'],
  EROFS: ['the file system is read-only', 'use a path on a writable file system'],
  ENOENT: ['it does not exist', 'it was there before; check what removed it'],
  EEXIST: ['a file of that name stands in the way', 'move the file, or choose another path'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'correct the path'],
  EISDIR: ['it is a folder', 'name a file in it'],
  EMFILE: ['too many files are open', 'raise the limit of open files (ulimit -n)'],
  ENFILE: ['too many files are open', 'raise the limit of open files of the system'],
  EFBIG: ['the file would be larger than the limit', "raise the limit, or lower 'sink.rolling-policy.file-size'"],
};

/**
 * The `IO` error of a failed file operation: path, reason and remedy.
 *
 * @param action what was tried: `write`, `read`.
 */
export function fileError({
  action,
  path,
  cause,
}: {
  readonly action: string;
  readonly path: string;
  readonly cause: unknown;
}): MillraceError {
  if (MillraceError.is(cause)) return cause;
  const [reason, remedy] = REMEDIES[errorNumber(cause) ?? ''] ?? [cause instanceof Error ? cause.message : String(cause), undefined];
  return new MillraceError({
    code: 'IO',
    message: `cannot ${action} "${path}": ${reason}`,
    notes: remedy === undefined ? [] : [{ message: remedy }],
    cause,
  });
}

/** The operating system's name of the reason, such as `ENOENT`; `undefined` for errors of another kind. */
export function errorNumber(thrown: unknown): string | undefined {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
