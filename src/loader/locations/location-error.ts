import { MillraceError, type Note, type RetryHint } from '../../common/error.js';
import type { ErrorCode } from '../../common/error-codes.js';

/** Statuses that another attempt may mend. */
const PASSING: ReadonlyMap<number, ErrorCode> = new Map([
  [408, 'TIMEOUT'],
  [425, 'SERVICE_ERROR'],
  [429, 'RATE_LIMITED'],
  [500, 'SERVICE_ERROR'],
  [502, 'SERVICE_ERROR'],
  [503, 'SERVICE_ERROR'],
  [504, 'TIMEOUT'],
]);

/** Precondition Failed: what services say when a condition on the entity tag does not hold. */
const CHANGED = 412;

export interface StatusFailure {
  /** The model's address, without credentials. */
  readonly address: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What the service said, on one line and without secrets; empty for nothing. */
  readonly words: string;
  readonly notes?: readonly Note[] | undefined;
}

/** What an answer other than 2xx means for a model that was to be read. */
export function statusError({ address, status, headers, words, notes = [] }: StatusFailure): MillraceError {
  const said = words === '' ? '' : `: ${words}`;
  const context = { httpStatus: status };
  if (status === 404 || status === 410) return notFound(address, context);
  if (status === 401 || status === 403)
    return new MillraceError({ code: 'UNAUTHORIZED', message: `reading "${address}" was refused with ${status}${said}`, notes, context });
  const passing = PASSING.get(status);
  return new MillraceError({
    code: passing ?? 'REFUSED',
    message: `reading "${address}" was answered with ${status}${said}`,
    retry: passing === undefined ? 'never' : retryOf(headers),
    notes,
    context,
  });
}

export function notFound(address: string, context: { readonly httpStatus?: number } = {}): MillraceError {
  return new MillraceError({ code: 'FILE_NOT_FOUND', message: `there is no model at "${address}"`, context });
}

/** The file is not any more what was observed: the whole look starts again. */
export function changedWhileRead(address: string): MillraceError {
  const message = `"${address}" changed while it was read`;
  return new MillraceError({ code: 'SERVICE_ERROR', message, retry: 'backoff', context: { httpStatus: CHANGED } });
}

/** Whether an error is that of `changedWhileRead`. */
export function isChangedWhileRead(thrown: unknown): boolean {
  return MillraceError.is(thrown) && thrown.context.httpStatus === CHANGED;
}

/** Seconds of `retry-after`, as far as they are a number; a longer wait than a minute is not obeyed. */
function retryOf(headers: Readonly<Record<string, string>>): RetryHint {
  const after = headers['retry-after'];
  if (after === undefined || !/^\d{1,6}$/.test(after)) return 'backoff';
  return { afterMs: Math.min(Number(after), 60) * 1_000 };
}
