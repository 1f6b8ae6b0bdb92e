import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSettings, runtimeOptions } from './options.js';

const DEFAULTS = { batchSize: 1, batchTimeoutMs: 1_000, maxConcurrentRequests: 100 };

function resolve(
  options: Readonly<Record<string, string>>,
  { maxInputsPerCall = 2_048, defaults = DEFAULTS, hasErrorColumn = false, isRepeatable = false } = {},
) {
  return resolveSettings({ model: 'm', options: runtimeOptions.parse(options), defaults, maxInputsPerCall, hasErrorColumn, isRepeatable });
}

test('without options, the documented defaults', () => {
  assert.deepEqual(resolve({}), {
    ordered: true,
    maxCalls: 100,
    batchSize: 1,
    batchTimeoutMs: 1_000,
    batchFallback: 'individual',
    onError: 'fail',
    limits: {},
    recovery: 'at-least-once',
    cache: undefined,
    retry: {
      attemptMs: 30_000,
      totalMs: 180_000,
      throttleMs: Infinity,
      maxRetries: 3,
      retryStatuses: new Set([408, 409, 424, 429, 500, 502, 503, 504, 529]),
      initialDelayMs: 500,
      maxDelayMs: 30_000,
      multiplier: 2,
    },
  });
});

test('on-error takes its own words and those of Flink', () => {
  const words = { fail: 'fail', skip: 'skip', NULL: 'null', RETRY: 'fail', failover: 'fail', ignore: 'skip' };
  for (const [word, meaning] of Object.entries(words)) assert.equal(resolve({ 'on-error': word }).onError, meaning);
});

test('with a column for the reason, rows that fail flow on unless on-error says otherwise', () => {
  const resolved = (options: Readonly<Record<string, string>>) => resolve(options, { hasErrorColumn: true }).onError;
  assert.equal(resolved({}), 'null');
  for (const [word, meaning] of Object.entries({ fail: 'fail', skip: 'skip', null: 'null', retry: 'fail', ignore: 'null' }))
    assert.equal(resolved({ 'on-error': word }), meaning);
});

test('models that repeat themselves share answers unless told otherwise, others only when told to', () => {
  assert.deepEqual(resolve({}, { isRepeatable: true }).cache, { maxRows: 10_000, ttlMs: 1_800_000, isUnusual: false });
  assert.equal(resolve({ 'cache.enabled': 'false' }, { isRepeatable: true }).cache, undefined);
  const asked = resolve({ 'cache.enabled': 'true', 'cache.ttl-minutes': '2', 'cache.max-rows': '5' }).cache;
  assert.deepEqual(asked, { maxRows: 5, ttlMs: 120_000, isUnusual: true });
});

test('dead_letter has two spellings; other words are refused with those there are', () => {
  for (const word of ['dead_letter', 'dead-letter']) assert.equal(resolve({ 'on-error': word }).onError, 'dead_letter');
  const { error } = runtimeOptions.safeParse({ 'on-error': 'drop' });
  assert.equal(error!.issues[0]!.message, 'expected one of "fail", "skip", "null", "dead_letter", found "drop"');
});

test('retry.on-codes is a list of statuses', () => {
  assert.deepEqual(runtimeOptions.parse({ 'retry.on-codes': '429, 503' })['retry.on-codes'], new Set([429, 503]));
  assert.deepEqual(runtimeOptions.parse({ 'retry.on-codes': '' })['retry.on-codes'], new Set());
  for (const text of ['5xx', '99', '429;503']) assert.ok(!runtimeOptions.safeParse({ 'retry.on-codes': text }).success, text);
});

test('output-mode is the other form of ordered-output', () => {
  assert.equal(resolve({ 'output-mode': 'ORDERED' }).ordered, true);
  assert.equal(resolve({ 'output-mode': 'ALLOW_UNORDERED', 'ordered-output': 'false' }).ordered, false);
  assert.throws(() => resolve({ 'output-mode': 'ALLOW_UNORDERED', 'ordered-output': 'true' }), { code: 'INVALID_OPTION' });
});

test('a batch size that the model does not take is refused; the default is lowered', () => {
  assert.throws(() => resolve({ 'batch.size': '2' }, { maxInputsPerCall: 1 }), {
    code: 'INVALID_OPTION',
    message: '"batch.size" is 2, and a call of model "m" takes at most 1 input',
  });
  assert.equal(resolve({}, { maxInputsPerCall: 8, defaults: { ...DEFAULTS, batchSize: 32 } }).batchSize, 8);
});

test('keys and aliases are different words', () => {
  const spellings = Object.entries(runtimeOptions.shape).flatMap(([key, schema]) => [
    key,
    ...((schema.meta() as { aliases?: string[] } | undefined)?.aliases ?? []),
  ]);
  assert.equal(new Set(spellings).size, spellings.length);
});
