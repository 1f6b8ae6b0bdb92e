import { MillraceErrors, toMillraceError } from '../common/error.js';
import type { ExitCode } from './command-context.js';

/** 2 for what the user can mend, 1 for everything else. */
export function exitCodeOf(thrown: unknown): ExitCode {
  if (thrown instanceof MillraceErrors) return thrown.errors.every(each => exitCodeOf(each) === 2) ? 2 : 1;
  return toMillraceError(thrown).domain === 'user' ? 2 : 1;
}
