import { MillraceError } from '../common/error.js';

/** The end of rows that were given up with the job. */
export function interrupted(model: string): MillraceError {
  return new MillraceError({ code: 'INTERRUPTED', message: 'the job ended before the model answered', context: { model } });
}
