import { MillraceError, toMillraceError, type MillraceErrorInit } from '../../common/error.js';

/**
 * An engine could not load its model, or could not run at all. It is a `MillraceError`, with the code, the hint to retry and the notes of
 * what went wrong; what an engine of somebody else threw is its `cause`.
 */
export class InferenceException extends MillraceError {
  override readonly name: string = 'InferenceException';

  constructor(init: MillraceErrorInit | string) {
    super(typeof init === 'string' ? { code: 'PREDICTION_FAILED', message: init } : init);
  }

  /** What was thrown as an `InferenceException`. */
  static of(thrown: unknown): InferenceException {
    if (thrown instanceof InferenceException) return thrown;
    const { code, message, retry, notes, context, cause, span, rendered } = toMillraceError(thrown);
    return new InferenceException({
      code,
      message,
      retry,
      notes,
      context,
      cause: MillraceError.is(thrown) ? (cause ?? thrown) : thrown,
      ...(span && { span }),
      ...(rendered !== undefined && { rendered }),
    });
  }
}
