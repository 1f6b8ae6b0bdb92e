import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../common/error-codes.js';
import { MillraceError, type RetryHint } from '../common/error.js';
import { outcomeOf, type Outcome } from './outcomes.js';

const STATUSES = new Set([408, 409, 429, 500, 502, 503, 504, 529]);

test('what came back decides what happens', () => {
  const table: readonly (readonly [ErrorCode, number | undefined, RetryHint, Outcome])[] = [
    ['RATE_LIMITED', 429, 'backoff', 'wait'],
    ['RATE_LIMITED', 429, { afterMs: 5 }, 'wait'],
    ['RATE_LIMITED', undefined, 'backoff', 'wait'],
    ['SERVICE_ERROR', 529, 'backoff', 'wait'],
    ['QUOTA_EXCEEDED', 429, 'never', 'pause'],
    ['QUOTA_EXCEEDED', 402, 'never', 'pause'],
    ['UNKNOWN_OUTCOME', undefined, 'never', 'give-up'],
    ['SERVICE_ERROR', 408, 'backoff', 'retry'],
    ['SERVICE_ERROR', 409, 'backoff', 'retry'],
    ['SERVICE_ERROR', 500, 'backoff', 'retry'],
    ['SERVICE_ERROR', 503, { afterMs: 5 }, 'retry'],
    ['SERVICE_ERROR', 501, 'backoff', 'give-up'],
    ['SERVICE_ERROR', 200, 'backoff', 'retry'],
    ['SERVICE_ERROR', undefined, 'never', 'give-up'],
    ['UNREACHABLE', undefined, 'backoff', 'retry'],
    ['TIMEOUT', undefined, 'backoff', 'retry'],
    ['UNAUTHORIZED', 401, 'never', 'give-up'],
    ['REFUSED', 404, 'never', 'give-up'],
    ['REFUSED', 400, 'never', 'split'],
    ['REFUSED', 413, 'never', 'split'],
    ['REFUSED', 422, 'never', 'split'],
    ['PREDICTION_FAILED', undefined, 'never', 'split'],
    ['BAD_ANSWER', undefined, 'backoff', 'ask-again'],
    ['BAD_ANSWER', 200, 'backoff', 'ask-again'],
    ['BAD_ANSWER', undefined, 'never', 'give-up'],
    ['INTERNAL', undefined, 'backoff', 'give-up'],
    ['INTERRUPTED', undefined, 'never', 'give-up'],
  ];
  for (const [code, httpStatus, retry, outcome] of table) {
    const error = new MillraceError({ code, message: 'no', retry, ...(httpStatus !== undefined && { context: { httpStatus } }) });
    assert.equal(outcomeOf(error, STATUSES), outcome, `${code} ${httpStatus}`);
  }
});
