import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../spec/option.js';
import { serviceError } from './service-error.js';

const NOW = Date.UTC(2026, 0, 1);

function errorOf(status: number, { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {}) {
  return serviceError({ service: 'acme', response: { status, headers, body }, nowMs: NOW, secrets: [new Secret('sk-1234')] });
}

test('the code and the retry hint follow the status', () => {
  const expected: readonly (readonly [number, string, string])[] = [
    [300, 'REFUSED', 'never'],
    [400, 'REFUSED', 'never'],
    [401, 'UNAUTHORIZED', 'never'],
    [402, 'QUOTA_EXCEEDED', 'never'],
    [403, 'UNAUTHORIZED', 'never'],
    [404, 'REFUSED', 'never'],
    [408, 'SERVICE_ERROR', 'backoff'],
    [409, 'SERVICE_ERROR', 'backoff'],
    [413, 'REFUSED', 'never'],
    [422, 'REFUSED', 'never'],
    [429, 'RATE_LIMITED', 'backoff'],
    [500, 'SERVICE_ERROR', 'backoff'],
    [503, 'SERVICE_ERROR', 'backoff'],
    [529, 'SERVICE_ERROR', 'backoff'],
  ];
  for (const [status, code, retry] of expected) {
    const error = errorOf(status);
    assert.deepEqual([error.code, error.retry, error.context.httpStatus, error.message], [code, retry, status, `acme answered ${status}`]);
  }
});

test('a 429 about money is no rate limit', () => {
  const error = errorOf(429, {
    headers: { 'retry-after': '5' },
    body: '{"error":{"message":"no credit","type":"insufficient_quota","code":"insufficient_quota"}}',
  });
  assert.deepEqual([error.code, error.retry, error.message], ['QUOTA_EXCEEDED', 'never', 'acme answered 429: no credit']);
});

test('the wait comes from retry-after-ms, retry-after, or the limit that is used up', () => {
  const waits: readonly (readonly [Record<string, string>, unknown])[] = [
    [{ 'retry-after-ms': '1500.5', 'retry-after': '9' }, { afterMs: 1_500.5 }],
    [{ 'retry-after': '2' }, { afterMs: 2_000 }],
    [{ 'retry-after': '0.25' }, { afterMs: 250 }],
    [{ 'retry-after': new Date(NOW + 7_000).toUTCString() }, { afterMs: 7_000 }],
    [{ 'retry-after': new Date(NOW - 7_000).toUTCString() }, { afterMs: 0 }],
    [{ 'retry-after': 'soon' }, 'backoff'],
    [
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '6m0s',
        'x-ratelimit-remaining-tokens': '5',
        'x-ratelimit-reset-tokens': '1h',
      },
      { afterMs: 360_000 },
    ],
    [
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '20ms',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '1m0.5s',
      },
      { afterMs: 60_500 },
    ],
    [{ 'x-ratelimit-remaining-requests': '-1', 'x-ratelimit-reset-requests': '1s' }, 'backoff'],
  ];
  for (const [headers, retry] of waits) assert.deepEqual(errorOf(429, { headers }).retry, retry);
  assert.deepEqual(errorOf(503, { headers: { 'retry-after': '3' } }).retry, { afterMs: 3_000 });
  assert.equal(errorOf(400, { headers: { 'retry-after': '3' } }).retry, 'never');
});

test("the message is the service's own, on one line, cut, and without the key", () => {
  assert.equal(errorOf(400, { body: '{"error":{"message":"bad\\n  thing"}}' }).message, 'acme answered 400: bad thing');
  assert.equal(errorOf(400, { body: '{"error":"bad"}' }).message, 'acme answered 400: bad');
  assert.equal(errorOf(400, { body: '{"message":"bad"}' }).message, 'acme answered 400: bad');
  assert.equal(errorOf(400, { body: '{"detail":"bad"}' }).message, 'acme answered 400: bad');
  assert.equal(errorOf(502, { body: '<html>\nBad Gateway\n</html>' }).message, 'acme answered 502: <html> Bad Gateway </html>');
  assert.equal(errorOf(400, { body: 'x'.repeat(1_000) }).message, `acme answered 400: ${'x'.repeat(300)}…`);
  assert.equal(errorOf(401, { body: '{"error":{"message":"sk-1234 is wrong"}}' }).message, 'acme answered 401: ****** is wrong');
  assert.ok(!errorOf(401, { body: `${'x'.repeat(297)}sk-1234` }).message.includes('sk-'));
});

test('headers about limits are kept, others are not', () => {
  const { headers } = errorOf(429, {
    headers: { 'retry-after': '1', 'x-ratelimit-limit-requests': '5', 'x-request-id': 'r', 'set-cookie': 'session=1' },
  }).context;
  assert.deepEqual(headers, { 'retry-after': '1', 'x-ratelimit-limit-requests': '5', 'x-request-id': 'r' });
});

test('a provider reads the words of its service: they decide before the status, and bring next steps', () => {
  const failure = (status: number, type: string) =>
    serviceError({
      service: 'acme',
      response: { status, headers: { 'x-amzn-errortype': type, 'x-amzn-requestid': 'r-1', date: 'today' }, body: '{"Message":"no"}' },
      nowMs: NOW,
      secrets: [],
      read: ({ headers }, nowMs) =>
        headers['x-amzn-errortype'] === 'Slow' ? { code: 'RATE_LIMITED', notes: [{ message: `asked at ${nowMs}` }] } : {},
    });
  const slow = failure(400, 'Slow');
  assert.deepEqual(
    [slow.code, slow.retry, slow.message, slow.notes],
    ['RATE_LIMITED', 'backoff', 'acme answered 400: no', [{ message: `asked at ${NOW}` }]],
  );
  assert.deepEqual(slow.context.headers, { 'x-amzn-errortype': 'Slow', 'x-amzn-requestid': 'r-1' });
  const other = failure(403, 'Other');
  assert.deepEqual([other.code, other.retry, other.notes], ['UNAUTHORIZED', 'never', []]);
});
