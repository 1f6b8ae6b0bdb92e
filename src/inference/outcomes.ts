import type { ErrorCode } from '../common/error-codes.js';
import type { MillraceError } from '../common/error.js';

/** What the runtime can do about an attempt that gave no answer, for the reference. */
export const OUTCOME_DOCS = {
  wait: 'Waits for the service, with all other calls; no attempt is counted.',
  retry: 'Tries again after a growing random wait, as often as `max-retries` allows.',
  'ask-again': 'Asks once more, and tells the model what was wrong.',
  split: 'Cuts a call of several rows in two; a row alone is given up, or tried again where the process of its model was lost.',
  pause: 'Stops all calls of the model until the account is in order, at most for `timeout`; then gives up.',
  'give-up': 'Leaves the rows to `on-error`.',
} as const;
export type Outcome = keyof typeof OUTCOME_DOCS;

/** One row of the table of outcomes. */
export interface OutcomeRow {
  /** How errors of this kind are coded. */
  readonly code: ErrorCode;
  /** The HTTP statuses that the row is for; absent for all others of the code, and for none. */
  readonly statuses?: readonly number[];
  readonly outcome: Outcome;
  /** What came back, for the reference. */
  readonly doc: string;
}

/**
 * What came back, and what happens. A code that is not here is given up: it is the user's mistake or a defect. Of two rows
 * with one code the one that names the status goes first.
 */
export const OUTCOMES: readonly OutcomeRow[] = [
  { code: 'RATE_LIMITED', outcome: 'wait', doc: '429, also as Bedrock\'s "ThrottlingException" and in the body of a 200' },
  { code: 'SERVICE_ERROR', statuses: [529], outcome: 'wait', doc: '529 "overloaded": a throttle in all but its number' },
  { code: 'QUOTA_EXCEEDED', outcome: 'pause', doc: '402, and 429 for money: "insufficient_quota", a spend limit, no credit' },
  {
    code: 'SERVICE_ERROR',
    outcome: 'retry',
    doc: '408, 409, 424 of a model behind Bedrock, other 5xx, a 2xx whose body is empty, cut off or an error',
  },
  { code: 'UNREACHABLE', outcome: 'retry', doc: 'connection refused or reset, DNS, TLS' },
  { code: 'TIMEOUT', outcome: 'retry', doc: 'no answer within "request-timeout"; the call is aborted' },
  { code: 'IO', outcome: 'retry', doc: 'a file or socket of a local model failed' },
  { code: 'BAD_ANSWER', outcome: 'ask-again', doc: '200 that does not fit OUTPUT, is cut at the token limit, refused or empty' },
  { code: 'REFUSED', statuses: [400, 413, 422], outcome: 'split', doc: '400, 413, 422: one input that is too long or malformed' },
  { code: 'PREDICTION_FAILED', outcome: 'split', doc: 'a local model failed on its inputs, or its process or thread was lost' },
  { code: 'REFUSED', outcome: 'give-up', doc: '404 and other 4xx' },
  { code: 'UNAUTHORIZED', outcome: 'give-up', doc: '401, 403: said once for the whole job' },
  { code: 'UNKNOWN_OUTCOME', outcome: 'give-up', doc: 'a call that a crash interrupted, with "recovery" = "at-most-once"' },
  { code: 'BUDGET_SPENT', outcome: 'give-up', doc: 'the budget of the model is spent, and "budget.action" is "fail" or "fallback"' },
];

/** Codes that a status in `retry.on-codes` turns into a retry. Quota is not among them: no retry fills an account. */
const RETRY_ON_DEMAND: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['REFUSED', 'UNAUTHORIZED']);

/** @param retryStatuses the statuses of `retry.on-codes`; errors without a status do not look there. */
export function outcomeOf(error: MillraceError, retryStatuses: ReadonlySet<number>): Outcome {
  const { httpStatus: status } = error.context;
  if (status !== undefined && retryStatuses.has(status) && RETRY_ON_DEMAND.has(error.code)) return 'retry';
  const outcome = listedOutcome(error.code, status);
  if (outcome === 'give-up' || outcome === 'split' || outcome === 'pause') return outcome;
  if (error.retry === 'never') return 'give-up';
  // A success with a body that cannot be read has a status too, which no list names.
  const isListed = status === undefined || status < 400 || outcome === 'ask-again' || retryStatuses.has(status);
  return isListed ? outcome : 'give-up';
}

/** Whether an error of this kind concerns every row, so that it is worth saying aloud. */
export function concernsEveryRow({ code, context }: MillraceError): boolean {
  return code === 'UNAUTHORIZED' || (code === 'REFUSED' && context.httpStatus === 404);
}

function listedOutcome(code: ErrorCode, status: number | undefined): Outcome {
  const rows = OUTCOMES.filter(row => row.code === code);
  const byStatus = status === undefined ? undefined : rows.find(({ statuses }) => statuses?.includes(status));
  return (byStatus ?? rows.find(({ statuses }) => statuses === undefined))?.outcome ?? 'give-up';
}
