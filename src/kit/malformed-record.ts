import { MillraceError } from '../common/error.js';

/** The error of a decoder: what is wrong with one of its records. */
export function malformedRecord({
  record,
  message,
  note,
}: {
  readonly record: number;
  readonly message: string;
  readonly note?: string | undefined;
}): MillraceError {
  return new MillraceError({
    code: 'MALFORMED_RECORD',
    message,
    notes: note === undefined ? [] : [{ message: note }],
    context: { position: `record ${record}` },
  });
}

/** Which of its records a decoder blames; `undefined` for any other error. */
export function malformedIndex(thrown: unknown): number | undefined {
  if (!MillraceError.is(thrown)) return undefined;
  const match = /^record (\d+)$/.exec(thrown.context.position ?? '');
  return match === null ? undefined : Number(match[1]);
}

/** The error with another position, for the layer that knows where the records came from. */
export function repositioned(error: MillraceError, position: string): MillraceError {
  return new MillraceError({
    code: error.code,
    message: error.message,
    retry: error.retry,
    notes: error.notes,
    context: { ...error.context, position },
    cause: error.cause,
  });
}
