import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import type { ErrorCode } from '../common/error-codes.js';
import { createPredictor } from './predictor.js';
import { runtimeOptions } from './options.js';
import { OUTPUTS, setUp, ids, answersOf, echo, failure, settle } from './dispatcher-bench.test.fixture.js';

test('a failed call is tried again with exponential backoff, under the same id', async () => {
  const bench = setUp({ options: { 'max-retries': '2', 'retry.initial-delay': '100 ms' } });
  const submitted = bench.predictor.submit(ids(1));
  bench.model.calls[0]!.fail(failure('SERVICE_ERROR', { httpStatus: 503 }));
  await bench.clock.advance(49);
  assert.equal(bench.model.calls.length, 1);
  await bench.clock.advance(1);
  assert.equal(bench.model.calls.length, 2);
  bench.model.calls[1]!.fail(failure('UNREACHABLE'));
  await bench.clock.advance(99);
  assert.equal(bench.model.calls.length, 2);
  await bench.clock.advance(1);
  echo(bench.model.calls[2]!);
  assert.deepEqual(answersOf(await submitted), [[0, '#1']]);
  assert.equal(new Set(bench.model.calls.map(({ call }) => call.callId)).size, 1);
  const { attempts, retries, answeredCalls } = bench.usage.snapshot();
  assert.deepEqual({ attempts, retries, answeredCalls }, { attempts: 3, retries: 2, answeredCalls: 1 });
});

test('the wait that a service asks for is a lower bound', async () => {
  const bench = setUp({
    onCall: (call, index) =>
      index === 0 ? call.fail(failure('SERVICE_ERROR', { httpStatus: 503, retry: { afterMs: 10_000 } })) : echo(call),
  });
  const submitted = bench.predictor.submit(ids(1));
  await bench.clock.advance(9_999);
  assert.equal(bench.model.calls.length, 1);
  await bench.clock.advance(1);
  assert.equal(bench.model.calls.length, 2);
  await submitted;
});

test('after max-retries the error of the last attempt stops the job, with the number of attempts', async () => {
  const bench = setUp({ options: { 'max-retries': '1' }, onCall: call => call.fail(failure('SERVICE_ERROR', { httpStatus: 500 })) });
  const submitted = bench.predictor.submit(ids(1));
  const rejected = assert.rejects(submitted, (thrown: MillraceError) => {
    assert.equal(thrown.code, 'SERVICE_ERROR');
    assert.equal(thrown.context.model, 'm');
    assert.match(thrown.notes[0]!.message, /^gave up after 2 attempts in /);
    return true;
  });
  await bench.clock.advance(60_000);
  await rejected;
  assert.equal(bench.model.calls.length, 2);
  assert.equal(bench.usage.snapshot().rows.failed, 1);
  assert.equal(bench.usage.snapshot().failures.SERVICE_ERROR!.calls, 1);
});

test('a model that is lost in a call is asked for each half, and for a row alone again and again', async () => {
  const lost = failure('PREDICTION_FAILED');
  const bench = setUp({
    options: { 'batch.size': '4', 'max-retries': '2', 'retry.initial-delay': '100 ms' },
    onCall: (call, index) => (call.rows.some(([id]) => id === 3) && index < 5 ? call.fail(lost) : echo(call)),
  });
  const submitted = bench.predictor.submit(ids(1, 2, 3, 4));
  await bench.clock.advance(60_000);
  assert.deepEqual(
    answersOf(await submitted),
    [1, 2, 3, 4].map((id, i) => [i, `#${id}`]),
  );
  assert.deepEqual(
    bench.model.calls.map(({ rows }) => rows.length),
    [4, 2, 2, 1, 1, 1, 1],
  );
  assert.equal(bench.usage.snapshot().retries, 2);
});

test('what cannot get better is not tried again', async () => {
  const errors = [
    failure('REFUSED', { retry: 'never', httpStatus: 404 }),
    failure('UNAUTHORIZED', { retry: 'never', httpStatus: 401 }),
    failure('BAD_ANSWER', { retry: 'never' }),
    new Error('a defect'),
  ];
  for (const error of errors) {
    const bench = setUp({ onCall: call => call.fail(error) });
    await assert.rejects(bench.predictor.submit(ids(1)));
    assert.equal(bench.model.calls.length, 1);
  }
});

test('retry.on-codes decides which statuses are tried again', async () => {
  const attempts = async (codes: string, status: number, code: ErrorCode): Promise<number> => {
    const bench = setUp({
      options: { 'retry.on-codes': codes, 'max-retries': '2' },
      onCall: call => call.fail(failure(code, { httpStatus: status, retry: code === 'REFUSED' ? 'never' : 'backoff' })),
    });
    const rejected = assert.rejects(bench.predictor.submit(ids(1)));
    await bench.clock.advance(60_000);
    await rejected;
    return bench.model.calls.length;
  };
  assert.equal(await attempts('503', 500, 'SERVICE_ERROR'), 1);
  assert.equal(await attempts('503', 503, 'SERVICE_ERROR'), 3);
  assert.equal(await attempts('503', 429, 'RATE_LIMITED'), 1);
  assert.equal(await attempts('404', 404, 'REFUSED'), 3);
});

test('a bad answer is asked for once more', async () => {
  const bench = setUp({ options: { 'max-retries': '5' }, onCall: call => call.fail(failure('BAD_ANSWER')) });
  const rejected = assert.rejects(bench.predictor.submit(ids(1)), { code: 'BAD_ANSWER' });
  await bench.clock.advance(60_000);
  await rejected;
  assert.equal(bench.model.calls.length, 2);
});

test('an attempt that takes too long is aborted and counts', async () => {
  const bench = setUp({ options: { 'request-timeout': '1 s', 'max-retries': '1', 'retry.initial-delay': '100 ms' } });
  const rejected = assert.rejects(bench.predictor.submit(ids(1)), { code: 'TIMEOUT', message: 'no answer within 1 s' });
  await bench.clock.advance(999);
  assert.ok(!bench.model.calls[0]!.call.signal.aborted);
  await bench.clock.advance(1);
  assert.ok(bench.model.calls[0]!.call.signal.aborted);
  await bench.clock.advance(50);
  assert.equal(bench.model.calls.length, 2);
  await bench.clock.advance(1_000);
  await rejected;
  assert.equal(bench.model.inFlight, 0);
});

test('a model that does not hear the abort does not hold up its row', async () => {
  const bench = setUp({ options: { 'request-timeout': '1 s', 'max-retries': '0', 'on-error': 'skip' } });
  const silent = createPredictor({
    model: { maxInputsPerCall: 1, version: '1', predict: () => new Promise(() => {}) },
    name: 'silent',
    outputs: OUTPUTS,
    options: runtimeOptions.parse({ 'request-timeout': '1 s', 'max-retries': '0' }),
    defaults: { batchSize: 1, batchTimeoutMs: 0, maxConcurrentRequests: 1 },
    clock: bench.clock,
    random: () => 0,
    ids: () => 'c',
    usage: bench.usage,
  });
  const rejected = assert.rejects(silent.submit(ids(1)), { code: 'TIMEOUT' });
  await bench.clock.advance(1_000);
  await rejected;
});

test('the timeout of a call covers its attempts and the waits between them', async () => {
  const bench = setUp({
    options: {
      timeout: '2500 ms',
      'request-timeout': '1 s',
      'max-retries': '100',
      'retry.initial-delay': '100 ms',
      'retry.multiplier': '1',
    },
  });
  const rejected = assert.rejects(bench.predictor.submit(ids(1)), { code: 'TIMEOUT' });
  await bench.clock.advance(2_500);
  await rejected;
  // 1 s, 50 ms, 1 s, 50 ms, and the 400 ms that are left.
  assert.equal(bench.model.calls.length, 3);
});

test('a throttled call waits as told, without consuming attempts or its timeout, and all others wait with it', async () => {
  const bench = setUp({ options: { 'max-retries': '0', timeout: '1 s', 'max-concurrent-requests': '2' } });
  const submitted = [1, 2, 3].map(id => bench.predictor.submit(ids(id)));
  bench.model.calls[0]!.fail(failure('RATE_LIMITED', { httpStatus: 429, retry: { afterMs: 30_000 } }));
  await settle(bench);
  echo(bench.model.calls[1]!);
  await bench.clock.advance(29_999);
  assert.equal(bench.model.calls.length, 2);
  await bench.clock.advance(1);
  // The throttled call goes first.
  assert.deepEqual(bench.model.calls[2]!.rows, [[1]]);
  echo(bench.model.calls[2]!);
  await settle(bench);
  echo(bench.model.calls[3]!);
  assert.deepEqual((await Promise.all(submitted)).map(answersOf), [[[0, '#1']], [[0, '#2']], [[0, '#3']]]);
  const { throttles, retries, failures } = bench.usage.snapshot();
  assert.deepEqual({ throttles, retries, failures }, { throttles: 1, retries: 0, failures: {} });
});

test('throttles that do not say how long wait longer from burst to burst, and 529 is one of them', async () => {
  const bench = setUp({ options: { 'retry.initial-delay': '1 s', 'retry.max-delay': '3 s' } });
  const submitted = bench.predictor.submit(ids(1));
  for (const [error, waitMs] of [
    [failure('RATE_LIMITED', { httpStatus: 429 }), 750],
    [failure('SERVICE_ERROR', { httpStatus: 529 }), 1_500],
    [failure('RATE_LIMITED', { httpStatus: 429 }), 2_250],
    [failure('RATE_LIMITED', { httpStatus: 429, retry: { afterMs: 0 } }), 2_250],
  ] as const) {
    const before = bench.model.calls.length;
    bench.model.calls.at(-1)!.fail(error);
    await bench.clock.advance(waitMs - 1);
    assert.equal(bench.model.calls.length, before);
    await bench.clock.advance(1);
    assert.equal(bench.model.calls.length, before + 1);
  }
  echo(bench.model.calls.at(-1)!);
  await submitted;
});

test('a burst of throttles cuts the calls in flight once, and successes bring them back', async () => {
  const bench = setUp({ options: { 'max-concurrent-requests': '8' } });
  const submitted = Array.from({ length: 200 }, (_, id) => bench.predictor.submit(ids(id)));
  for (const call of bench.model.calls.slice(0, 8)) call.fail(failure('RATE_LIMITED', { httpStatus: 429, retry: { afterMs: 100 } }));
  await bench.clock.advance(100);
  assert.equal(bench.model.inFlight, 6);
  for (let answered = 8; answered < bench.model.calls.length; answered++) {
    echo(bench.model.calls[answered]!);
    await settle(bench);
    if (answered === 8 + 24) assert.equal(bench.model.inFlight, 7);
    if (answered === 8 + 49) assert.equal(bench.model.inFlight, 8);
  }
  await Promise.all(submitted);
  assert.equal(bench.model.maxInFlight, 8);
});
