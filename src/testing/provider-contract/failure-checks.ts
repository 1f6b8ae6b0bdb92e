import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../common/error-codes.js';
import type { MillraceError } from '../../common/error.js';
import { failure } from './exchange.js';
import type { Contract, RetryHeaders, ServiceCondition } from './service-under-test.js';

type Retry = 'never' | 'later';

/** What each status must become; what the runtime does about it is its table of outcomes. */
const STATUS_CODES: readonly (readonly [status: number, code: ErrorCode, retry: Retry])[] = [
  [400, 'REFUSED', 'never'],
  [401, 'UNAUTHORIZED', 'never'],
  [402, 'QUOTA_EXCEEDED', 'never'],
  [403, 'UNAUTHORIZED', 'never'],
  [404, 'REFUSED', 'never'],
  [408, 'SERVICE_ERROR', 'later'],
  [409, 'SERVICE_ERROR', 'later'],
  [413, 'REFUSED', 'never'],
  [422, 'REFUSED', 'never'],
  [429, 'RATE_LIMITED', 'later'],
  [500, 'SERVICE_ERROR', 'later'],
  [502, 'SERVICE_ERROR', 'later'],
  [503, 'SERVICE_ERROR', 'later'],
  [504, 'SERVICE_ERROR', 'later'],
  [529, 'SERVICE_ERROR', 'later'],
];

/** What each header must become, in milliseconds; `retry-after-ms` is the finer one. */
const WAITS: readonly (readonly [told: string, waits: () => RetryHeaders, fromMs: number, toMs: number])[] = [
  ['retry-after in seconds', () => ({ 'retry-after': '3' }), 3_000, 3_000],
  ['retry-after-ms', () => ({ 'retry-after': '9', 'retry-after-ms': '250' }), 250, 250],
  // HTTP dates have whole seconds, and some time passes until the answer is read.
  ['retry-after as a date', () => ({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() }), 30_000, 60_000],
];

type Broken = Extract<
  ServiceCondition['kind'],
  'reset' | 'half-closed' | 'truncated' | 'empty' | 'error-body' | 'html' | 'unknown' | 'leak' | 'out-of-quota'
>;

/** Answers that are none: what a call becomes, in one attempt. */
const BROKEN: Readonly<Record<Broken, readonly [codes: readonly ErrorCode[], retry: Retry]>> = {
  reset: [['UNREACHABLE'], 'later'],
  'half-closed': [['UNREACHABLE'], 'later'],
  truncated: [['SERVICE_ERROR', 'BAD_ANSWER'], 'later'],
  empty: [['SERVICE_ERROR', 'BAD_ANSWER'], 'later'],
  'error-body': [['SERVICE_ERROR'], 'later'],
  html: [['SERVICE_ERROR', 'BAD_ANSWER'], 'later'],
  unknown: [['BAD_ANSWER'], 'later'],
  leak: [['UNAUTHORIZED'], 'never'],
  'out-of-quota': [['QUOTA_EXCEEDED'], 'never'],
};

/** What failed calls become: one error each, after one request, that says whether and when to try again. */
export function checkFailures({ name, has, under }: Contract): void {
  for (const [status, code, retry] of STATUS_CODES) {
    test(`${name}: ${status} is ${code}, after one request`, () =>
      under({ kind: 'status', status }, async service => {
        const error = await failure(service);
        assert.equal(error.code, code);
        assert.equal(error.context.httpStatus, status);
        assert.equal(retryOf(error), retry);
        assert.equal(service.requests(), 1);
      }));
  }

  for (const [told, waits, fromMs, toMs] of has('retry-after') ? WAITS : []) {
    for (const status of [429, 503]) {
      test(`${name}: ${status} with ${told} says how long to wait`, () =>
        under({ kind: 'status', status, waits: waits() }, async service => {
          const { retry } = await failure(service);
          assert.ok(typeof retry === 'object', `no wait, but "${String(retry)}"`);
          assert.ok(retry.afterMs >= fromMs && retry.afterMs <= toMs, `${retry.afterMs} ms`);
        }));
    }
  }

  for (const [kind, [codes, retry]] of Object.entries(BROKEN) as [Broken, (typeof BROKEN)[Broken]][]) {
    if (!has(kind)) continue;
    test(`${name}: "${kind}" is ${codes.join(' or ')}, after one request`, () =>
      under({ kind }, async service => {
        const error = await failure(service);
        assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
        assert.equal(retryOf(error), retry);
        assert.equal(service.requests(), 1);
      }));
  }
}

function retryOf({ retry }: MillraceError): Retry {
  return retry === 'never' ? 'never' : 'later';
}
