import { MillraceError } from '../../../common/error.js';

/** The error for variable files that are not what they should be. */
export function damagedBundle(what: string, cause?: unknown): MillraceError {
  return new MillraceError({
    code: 'MODEL_LOAD',
    message: `the variables of the SavedModel cannot be read: ${what}`,
    notes: [{ message: 'copy the folder again; "variables/" belongs to "saved_model.pb" and must be of the same export' }],
    cause,
  });
}
