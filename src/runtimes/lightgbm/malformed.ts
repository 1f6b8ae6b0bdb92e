import { MillraceError } from '../../common/error.js';

/** A text that is no model that LightGBM would have written: `message` continues `LightGBM model:`. */
export function malformed(message: string, note?: string): MillraceError {
  return new MillraceError({
    code: 'MODEL_LOAD',
    message: `LightGBM model: ${message}`,
    notes: note === undefined ? [] : [{ message: note }],
  });
}

/** What to do about a file that ends too early. */
export const COPY_AGAIN = 'the file is truncated or damaged: copy it again, or save the model again';
