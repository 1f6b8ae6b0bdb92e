import type { ErrorCode } from '../common/error-codes.js';
import type { MillraceError } from '../common/error.js';

/**
 * What the runtime does about a failed attempt: wait for the service without counting an attempt; try again as often as
 * `max-retries` allows; ask once more; cut the call in two, where it has several rows; or leave the rows to `on-error`.
 */
export type Outcome = 'wait' | 'retry' | 'ask-again' | 'split' | 'give-up';

interface OutcomeRule {
  readonly outcome: Outcome;
  /** Statuses that mean something else. */
  readonly statuses?: Readonly<Record<number, Outcome>>;
}

/** The table of docs/reference: what came back → what happens. Codes that are not here are given up. */
const OUTCOMES: Readonly<Partial<Record<ErrorCode, OutcomeRule>>> = {
  RATE_LIMITED: { outcome: 'wait' },
  // 529 is "overloaded", a throttle in all but its number.
  SERVICE_ERROR: { outcome: 'retry', statuses: { 529: 'wait' } },
  UNREACHABLE: { outcome: 'retry' },
  TIMEOUT: { outcome: 'retry' },
  IO: { outcome: 'retry' },
  BAD_ANSWER: { outcome: 'ask-again' },
  // One input that is too long or malformed must not take the others of its call down.
  REFUSED: { outcome: 'give-up', statuses: { 400: 'split', 413: 'split', 422: 'split' } },
  PREDICTION_FAILED: { outcome: 'split' },
};

/** Codes that a status in `retry.on-codes` turns into a retry. Quota is not among them: no retry fills an account. */
const RETRY_ON_DEMAND: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['REFUSED', 'UNAUTHORIZED']);

/** @param retryStatuses the statuses of `retry.on-codes`; errors without a status do not look there. */
export function outcomeOf(error: MillraceError, retryStatuses: ReadonlySet<number>): Outcome {
  const { httpStatus: status } = error.context;
  const rule = OUTCOMES[error.code];
  const outcome = (status === undefined ? undefined : rule?.statuses?.[status]) ?? rule?.outcome ?? 'give-up';
  if (status !== undefined && retryStatuses.has(status) && RETRY_ON_DEMAND.has(error.code)) return 'retry';
  if (outcome === 'give-up' || outcome === 'split') return outcome;
  if (error.retry === 'never') return 'give-up';
  // A success with a body that cannot be read has a status too, which no list names.
  const listed = status === undefined || status < 400 || outcome === 'ask-again' || retryStatuses.has(status);
  return listed ? outcome : 'give-up';
}
