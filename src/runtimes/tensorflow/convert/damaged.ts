import { MillraceError } from '../../../common/error.js';

/** The error for a graph that is not what it should be, or beyond what is possible here. */
export function damaged(message: string): MillraceError {
  return new MillraceError({ code: 'MODEL_LOAD', message: `the SavedModel cannot be run: ${message}` });
}
