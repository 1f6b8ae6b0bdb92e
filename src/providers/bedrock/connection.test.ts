import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { Secret } from '../../spec/option.js';
import type { AwsKeySource } from '../../spec/provider.js';
import type { BedrockSimulatorOptions } from '../../testing/bedrock-simulator/simulator-options.js';
import { batch, call, NOVA, open, recorder, SECRET, textReply, withSimulator, type OpenInit } from './bedrock-under-test.test.fixture.js';

const TOKEN = 'session/token/0123456789==';

/** The error of one call against a simulator. */
async function failure(settings: Partial<BedrockSimulatorOptions>, init: Omit<OpenInit, 'http'> = {}): Promise<MillraceError> {
  let error: unknown;
  await withSimulator(settings, async ({ url }, http) => {
    const model = await open({ http, ...init, options: { endpoint: url, ...init.options } });
    error = await call(model, batch([['hi']])).catch((thrown: unknown) => thrown);
  });
  assert.ok(MillraceError.is(error), String(error));
  assert.ok(![SECRET, TOKEN].some(secret => inspect(error, { depth: 10 }).includes(secret)), 'the error shows a secret');
  return error;
}

function seen({ code, retry, message, notes, context }: MillraceError) {
  return { code, retry, status: context.httpStatus, message, note: notes[0]?.message };
}

test('an API key is a bearer token, and nothing is signed', () =>
  withSimulator({ 'api-key': 'ABSK-right' }, async ({ url, stats }, http) => {
    await call(await open({ http, options: { endpoint: url, 'api-key': 'ABSK-right' } }), batch([['hi']]));
    assert.deepEqual(stats().byStatus, { 200: 1 });
    await assert.rejects(call(await open({ http, options: { endpoint: url, 'api-key': 'ABSK-wrong' } }), batch([['hi']])), {
      code: 'UNAUTHORIZED',
      message: 'bedrock answered 403: Authentication failed: Please make sure your API Key is valid.',
    });
  }));

test('temporary keys carry their session token', () =>
  withSimulator({ 'session-token': TOKEN }, async ({ url, stats }, http) => {
    const options = { endpoint: url, 'access-key-id': 'AKIATEST', 'secret-access-key': SECRET, 'session-token': TOKEN };
    await call(await open({ http, options }), batch([['hi']]));
    assert.deepEqual(stats().byStatus, { 200: 1 });
  }));

test('keys that the process finds are asked for before every call, by profile and region', () =>
  withSimulator({ 'session-token': TOKEN }, async ({ url, stats }, http) => {
    const queries: unknown[] = [];
    const awsKeys: AwsKeySource = query => {
      queries.push(query);
      // The first ones have expired by the time of the call.
      const sessionToken = new Secret(queries.length === 1 ? 'old' : TOKEN);
      return Promise.resolve({ accessKeyId: 'AKIATEST', secretAccessKey: new Secret(SECRET), sessionToken });
    };
    const model = await open({ http, options: { endpoint: url, profile: 'work' }, awsKeys });
    await call(model, batch([['hi']]));
    await call(model, batch([['ho']]));
    assert.deepEqual(
      queries,
      [1, 2, 3].map(() => ({ profile: 'work', region: 'us-east-1' })),
    );
    assert.deepEqual(stats().byStatus, { 200: 2 });
  }));

test('without any keys a model does not open; while nobody answers, the call is what fails', async () => {
  const { http } = recorder(textReply('ok'));
  const none = new MillraceError({ code: 'MISSING_OPTION', message: 'no AWS keys: none anywhere' });
  await assert.rejects(open({ http, awsKeys: () => Promise.reject(none) }), thrown => thrown === none);
  const silent = new MillraceError({ code: 'UNREACHABLE', message: 'no AWS keys: timeout', retry: 'backoff' });
  const model = await open({ http, awsKeys: () => Promise.reject(silent) });
  await assert.rejects(call(model, batch([['hi']])), thrown => thrown === silent);
});

test('an abort ends a call that waits for keys', async () => {
  const service = recorder(textReply('ok'));
  let asked = 0;
  const keys = { accessKeyId: 'AKIATEST', secretAccessKey: new Secret(SECRET) };
  const model = await open({ http: service.http, awsKeys: () => (asked++ === 0 ? Promise.resolve(keys) : new Promise(() => {})) });
  const controller = new AbortController();
  const reason = new Error('enough');
  const pending = call(model, batch([['hi']]), controller.signal);
  controller.abort(reason);
  await assert.rejects(pending, thrown => thrown === reason);
  assert.equal(service.sent.length, 0);
});

test('one way to authorize, and a whole one', async () => {
  const { http } = recorder({});
  const key = { 'access-key-id': 'AKIATEST' };
  await assert.rejects(open({ http, options: { ...key, 'api-key': 'k' } }), {
    code: 'INVALID_OPTION',
    message: /"api-key" and "access-key-id"/,
  });
  await assert.rejects(open({ http, options: { ...key, 'secret-access-key': 's', profile: 'p' } }), { code: 'INVALID_OPTION' });
  await assert.rejects(open({ http, options: key }), { code: 'MISSING_OPTION', message: /"secret-access-key"/ });
  const awsKeys: AwsKeySource = () => assert.fail('half a key is no reason to look for another');
  await assert.rejects(open({ http, options: { 'session-token': 't' }, awsKeys }), { code: 'MISSING_OPTION', message: /"access-key-id"/ });
});

test('a wrong secret, an unknown key, an expired session and a foreign region are told apart', async () => {
  const wrong = await failure({ 'secret-access-key': 'another' });
  assert.deepEqual(seen(wrong), {
    code: 'UNAUTHORIZED',
    retry: 'never',
    status: 403,
    message:
      'bedrock answered 403: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    note: 'check "secret-access-key", and that "region" is the region of the endpoint',
  });
  assert.match(wrong.context.headers!['x-amzn-errortype']!, /^InvalidSignatureException:/);
  assert.match(wrong.context.headers!['x-amzn-requestid']!, /^0{8}-/);
  const unknown = await failure({ 'access-key-id': 'AKIAOTHER' });
  assert.deepEqual(
    [unknown.code, unknown.message],
    ['UNAUTHORIZED', 'bedrock answered 403: The security token included in the request is invalid.'],
  );
  const options = { 'access-key-id': 'AKIATEST', 'secret-access-key': SECRET, 'session-token': TOKEN };
  const expired = await failure({ 'session-token': TOKEN, 'session-expired': true }, { options });
  assert.match(expired.notes[0]!.message, /keys have expired/);
  const foreign = await failure({ region: 'eu-west-1' });
  assert.match(foreign.message, /scoped to a valid region, not 'us-east-1'/);
});

test('a clock that is wrong is named, with the difference', async () => {
  const now = (): number => systemClock.now();
  const behind = await failure({ 'clock-skew': 7 * 60_000 });
  assert.match(behind.message, /Signature expired: \d{8}T\d{6}Z is now earlier than/);
  assert.match(behind.notes[0]!.message, /^the clock of this machine is (419|420|421) s behind that of AWS: set it/);
  const ahead = await failure({}, { now: () => now() + 600_000 });
  assert.match(ahead.message, /Signature not yet current/);
  assert.match(ahead.notes[0]!.message, /^the clock of this machine is (599|600|601) s ahead of that of AWS/);
});

test('throttles wait, quotas do not, and models that fail are tried again', async () => {
  const minute = { 'requests-per-minute': 1, 'limit-window': 60_000 };
  await withSimulator(minute, async ({ url }, http) => {
    const model = await open({ http, options: { endpoint: url } });
    await call(model, batch([['hi']]));
    await assert.rejects(call(model, batch([['ho']])), {
      code: 'RATE_LIMITED',
      retry: 'backoff',
      message: 'bedrock answered 429: Too many requests, please wait before trying again.',
    });
  });
  const failures: readonly (readonly [Partial<BedrockSimulatorOptions>, string, string, number])[] = [
    [{ 'not-ready-rate': 1 }, 'RATE_LIMITED', 'backoff', 429],
    [{ 'out-of-quota': true }, 'QUOTA_EXCEEDED', 'never', 400],
    [{ 'error-424-rate': 1 }, 'SERVICE_ERROR', 'backoff', 424],
    [{ 'error-503-rate': 1 }, 'SERVICE_ERROR', 'backoff', 503],
    [{ status: 408 }, 'SERVICE_ERROR', 'backoff', 408],
    [{ 'context-window': 1 }, 'REFUSED', 'never', 400],
    [{ models: ['other'] }, 'REFUSED', 'never', 400],
  ];
  for (const [settings, code, retry, status] of failures) {
    const error = await failure(settings, { options: { 'system-prompt': 'Be brief.' } });
    assert.deepEqual([error.code, error.retry, error.context.httpStatus], [code, retry, status], JSON.stringify(settings));
  }
});

test('exceptions in the body, and the quota of a day', async () => {
  const cases: readonly (readonly [number, string, string])[] = [
    [400, '{"__type":"com.amazon.coral.service#ThrottlingException","message":"Rate exceeded"}', 'RATE_LIMITED'],
    [400, '{"__type":"ExpiredTokenException","message":"expired"}', 'UNAUTHORIZED'],
    [404, '{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}', 'REFUSED'],
    [503, '{"__type":"constructor","message":"no such thing"}', 'SERVICE_ERROR'],
  ];
  for (const [status, body, code] of cases)
    await assert.rejects(call(await open({ http: recorder({ status, body }).http }), batch([['x']])), { code });
  const daily = recorder({
    status: 429,
    headers: { 'x-amzn-errortype': 'ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/' },
    body: '{"message":"Too many tokens per day, please wait before trying again."}',
  });
  await assert.rejects(call(await open({ http: daily.http, options: { model: NOVA } }), batch([['x']])), {
    code: 'QUOTA_EXCEEDED',
    retry: 'never',
  });
});
