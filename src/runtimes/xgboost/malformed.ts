import { MillraceError } from '../../common/error.js';

/** A file that is no model that XGBoost would have written: `message` continues `XGBoost model:`. */
export function malformed(message: string, note?: string): MillraceError {
  return new MillraceError({
    code: 'MODEL_LOAD',
    message: `XGBoost model: ${message}`,
    notes: note === undefined ? [] : [{ message: note }],
  });
}
