import { ERROR_CODES } from '../common/error-codes.js';
import { MillraceError, MillraceErrors, toMillraceError, type Note } from '../common/error.js';
import { renderError } from '../common/render-error.js';
import { lineColumn, type SourceText } from '../common/source-text.js';
import type { Span } from '../common/span.js';

/** The text that errors point into, and the statement that ran. */
export interface StatementPlace {
  readonly source: SourceText;
  readonly statement?: Span;
}

/**
 * The error as lines for a terminal. One from a running job also tells which statement that is, and what can be done: the
 * fix of its code where it brings no advice of its own.
 */
export function reportError(thrown: unknown, place?: StatementPlace): string {
  if (thrown instanceof MillraceErrors) return thrown.errors.map(error => reportError(error, place)).join('\n\n');
  const error = toMillraceError(thrown);
  const notes = isFromJob(error) ? [...error.notes, ...remedyOf(error), ...statementOf(error, place)] : error.notes;
  return renderError(notes.length > error.notes.length ? withNotes(error, notes) : error, place?.source);
}

/** An error of a running job knows a table, model or operator. A defect speaks for itself. */
function isFromJob({ context, domain }: MillraceError): boolean {
  return domain !== 'internal' && Object.keys(context).length > 0;
}

/** The runtime's note on an error of a service counts the attempts, which is no advice. */
function remedyOf({ code, domain, context, notes }: MillraceError): Note[] {
  if (notes.length > 0 && (domain !== 'external' || context.model === undefined)) return [];
  const { fix } = ERROR_CODES[code];
  return [{ message: `${fix[0]!.toLowerCase()}${fix.slice(1).replace(/\.$/, '')}` }];
}

/** An error with a span is shown with its text anyway. */
function statementOf({ span }: MillraceError, place: StatementPlace | undefined): Note[] {
  if (span !== undefined || place?.statement === undefined) return [];
  const { name, text } = place.source;
  const { line, column } = lineColumn(text, place.statement.start);
  return [{ message: `in the statement at ${name}:${line}:${column}` }];
}

function withNotes({ code, message, retry, span, context, cause }: MillraceError, notes: readonly Note[]): MillraceError {
  return new MillraceError({ code, message, retry, notes, context, cause, ...(span && { span }) });
}
