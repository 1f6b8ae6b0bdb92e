import { ERROR_CODES } from '../common/error-codes.js';
import { MillraceErrors, toMillraceError, type MillraceError } from '../common/error.js';
import type { LogFields, Logger } from '../common/logger.js';
import { lineColumn } from '../common/source-text.js';
import type { StatementPlace } from './report-error.js';

/** The error of a run as lines of a log: what `reportError` shows to people. */
export function logFailure(log: Logger, thrown: unknown, place?: StatementPlace): void {
  const errors = thrown instanceof MillraceErrors ? thrown.errors : [toMillraceError(thrown)];
  for (const error of errors) log.error(error.message, fieldsOf(error, place));
}

function fieldsOf({ code, span, notes, context }: MillraceError, place: StatementPlace | undefined): LogFields {
  const start = (span ?? place?.statement)?.start;
  const at = place && start !== undefined ? lineColumn(place.source.text, start) : undefined;
  const { model, table, operator, httpStatus } = context;
  return {
    code,
    ...(at && { file: place!.source.name, line: at.line, column: at.column }),
    model,
    table,
    operator,
    httpStatus,
    advice: notes.map(({ message }) => message).join('; ') || ERROR_CODES[code].fix,
  };
}
