import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError, type RetryHint } from '../common/error.js';
import type { ErrorCode } from '../common/error-codes.js';
import { batchOfRows, columnOf, rowAt, type Batch, type Value } from '../spec/batch.js';
import { INT, STRING, type Field } from '../spec/data-type.js';
import type { Prediction, Predictor } from '../spec/predictor.js';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.js';
import { createScriptedModel, type ScriptedCall, type ScriptedModel } from '../testing/scripted-model.js';
import { createPredictor } from './dispatcher.js';
import { runtimeOptions } from './options.js';
import { UsageCounter } from './usage.js';

const INPUTS: readonly Field[] = [{ name: 'id', type: INT }];
const OUTPUTS: readonly Field[] = [{ name: 'text', type: STRING }];

interface Setup {
  readonly options?: Readonly<Record<string, string>>;
  readonly onCall?: (call: ScriptedCall, index: number) => void;
  readonly maxInputsPerCall?: number;
  readonly batchSize?: number;
}

interface Bench {
  readonly clock: FakeClock;
  readonly model: ScriptedModel;
  readonly usage: UsageCounter;
  readonly predictor: Predictor;
}

/** `random` is one half, so that a jittered delay is half of its bound. */
function setUp({ options = {}, onCall, maxInputsPerCall, batchSize = 1 }: Setup = {}): Bench {
  const clock = createFakeClock();
  const model = createScriptedModel({ outputs: OUTPUTS, ...(onCall && { onCall }), ...(maxInputsPerCall && { maxInputsPerCall }) });
  const usage = new UsageCounter();
  let id = 0;
  const predictor = createPredictor({
    model,
    name: 'm',
    outputs: OUTPUTS,
    options: runtimeOptions.parse(options),
    defaults: { batchSize, batchTimeoutMs: 50, maxConcurrentRequests: 4 },
    clock,
    random: () => 0.5,
    ids: () => `call-${++id}`,
    usage,
  });
  return { clock, model, usage, predictor };
}

function ids(...values: readonly Value[]): Batch {
  return batchOfRows(
    INPUTS,
    values.map(value => [value]),
  );
}

/** `text` of every row, with the row it answers. */
function answersOf({ outputs, inputOf }: Prediction): (readonly [number, Value])[] {
  return Array.from({ length: outputs.rowCount }, (_, i) => [inputOf?.[i] ?? i, rowAt(outputs, i)[0]!] as const);
}

function echo(call: ScriptedCall): void {
  call.answer(call.rows.map(([id]) => [`#${id as number}`]));
}

function failure(code: ErrorCode, { retry = 'backoff', httpStatus }: { retry?: RetryHint; httpStatus?: number } = {}): MillraceError {
  return new MillraceError({ code, message: 'no', retry, ...(httpStatus !== undefined && { context: { httpStatus } }) });
}

/** Settles what can without moving the time. */
function settle({ clock }: Bench): Promise<void> {
  return clock.advance(0);
}

test('one row a call: answers reach their submissions in any order', async () => {
  const bench = setUp();
  const submitted = [1, 2, 3].map(id => bench.predictor.submit(ids(id)));
  assert.deepEqual(
    bench.model.calls.map(({ rows }) => rows),
    [[[1]], [[2]], [[3]]],
  );
  for (const call of bench.model.calls.toReversed()) echo(call);
  assert.deepEqual((await Promise.all(submitted)).map(answersOf), [[[0, '#1']], [[0, '#2']], [[0, '#3']]]);
});

test('never more calls in flight than asked for', async () => {
  const bench = setUp({ options: { 'max-concurrent-requests': '3' } });
  const submitted = Array.from({ length: 20 }, (_, id) => bench.predictor.submit(ids(id)));
  for (let answered = 0; answered < 20; answered++) {
    assert.equal(bench.model.inFlight, Math.min(3, 20 - answered));
    echo(bench.model.calls[answered]!);
    await settle(bench);
  }
  assert.equal((await Promise.all(submitted)).length, 20);
  assert.equal(bench.model.maxInFlight, 3);
  assert.equal(bench.usage.snapshot().maxInFlight, 3);
});

test('async = false is one call at a time', async () => {
  const bench = setUp({ options: { async: 'false' }, onCall: echo });
  await Promise.all([1, 2, 3].map(id => bench.predictor.submit(ids(id))));
  assert.equal(bench.model.maxInFlight, 1);
});

test('a batch leaves when it is full, when its time is up, or when a flush says so', async () => {
  const bench = setUp({ options: { 'batch.size': '2', 'batch.timeout': '100 ms' }, onCall: echo });
  const first = [1, 2, 3].map(id => bench.predictor.submit(ids(id)));
  assert.equal(bench.model.calls.length, 1);
  await bench.clock.advance(99);
  assert.equal(bench.model.calls.length, 1);
  await bench.clock.advance(1);
  assert.equal(bench.model.calls.length, 2);
  const last = bench.predictor.submit(ids(4));
  assert.equal(bench.model.calls.length, 2);
  bench.predictor.flush();
  assert.deepEqual(
    bench.model.calls.map(({ rows }) => rows.flat()),
    [[1, 2], [3], [4]],
  );
  await Promise.all([...first, last]);
  assert.equal(bench.clock.pendingTimers, 0);
});

test('the time of a batch starts with its first row', async () => {
  const bench = setUp({ options: { 'batch.size': '10', 'batch.timeout': '100 ms' }, onCall: echo });
  void bench.predictor.submit(ids(1));
  await bench.clock.advance(60);
  void bench.predictor.submit(ids(2));
  await bench.clock.advance(40);
  assert.deepEqual(
    bench.model.calls.map(({ rows }) => rows.flat()),
    [[1, 2]],
  );
  void bench.predictor.submit(ids(3));
  await bench.clock.advance(99);
  assert.equal(bench.model.calls.length, 1);
  await bench.clock.advance(1);
  assert.deepEqual(bench.model.calls[1]!.rows, [[3]]);
});

test('large submissions are cut, small ones are put together, and each gets its own rows back', async () => {
  const bench = setUp({ options: { 'batch.size': '4', 'max-concurrent-requests': '10' } });
  const submitted = [bench.predictor.submit(ids(1, 2, 3, 4, 5, 6)), bench.predictor.submit(ids(7)), bench.predictor.submit(ids(8, 9))];
  bench.predictor.flush();
  assert.deepEqual(
    bench.model.calls.map(({ rows }) => rows.flat()),
    [[1, 2, 3, 4], [5, 6, 7, 8], [9]],
  );
  for (const call of bench.model.calls.toReversed()) echo(call);
  const [six, one, two] = await Promise.all(submitted);
  assert.deepEqual(
    answersOf(six!),
    [1, 2, 3, 4, 5, 6].map((id, i) => [i, `#${id}`]),
  );
  assert.equal(six!.inputOf, undefined);
  assert.deepEqual(answersOf(one!), [[0, '#7']]);
  assert.deepEqual(answersOf(two!), [
    [0, '#8'],
    [1, '#9'],
  ]);
});

test('a call that waits for its turn keeps filling', async () => {
  const bench = setUp({ options: { 'batch.size': '3', 'batch.timeout': '0 ms', 'max-concurrent-requests': '1' } });
  for (const id of [1, 2, 3, 4, 5]) void bench.predictor.submit(ids(id));
  assert.deepEqual(
    bench.model.calls.map(({ rows }) => rows.flat()),
    [[1]],
  );
  echo(bench.model.calls[0]!);
  await settle(bench);
  assert.deepEqual(bench.model.calls[1]!.rows.flat(), [2, 3, 4]);
});

test('a whole submission is handed to the model, and its answer back, without a copy', async () => {
  const bench = setUp({ batchSize: 8 });
  const inputs = ids(1, 2);
  const submitted = bench.predictor.submit(inputs);
  bench.predictor.flush();
  assert.equal(bench.model.calls[0]!.inputs, inputs);
  const answers = columnOf(STRING, ['a', 'b']);
  bench.model.calls[0]!.give({ outputs: [answers] });
  assert.equal((await submitted).outputs.columns[0], answers);
});

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

test('what cannot get better is not tried again', async () => {
  const errors = [
    failure('REFUSED', { retry: 'never', httpStatus: 404 }),
    failure('UNAUTHORIZED', { retry: 'never', httpStatus: 401 }),
    failure('QUOTA_EXCEEDED', { retry: 'never', httpStatus: 429 }),
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

test('on-error skip: the row is absent and counted', async () => {
  const bench = setUp({ options: { 'on-error': 'skip', 'batch.size': '3' } });
  const submitted = bench.predictor.submit(ids(1, 2, 3));
  bench.model.calls[0]!.give({
    outputs: [columnOf(STRING, ['#1', '#3'])],
    inputOf: new Uint32Array([0, 2]),
    failures: new Map([[1, failure('PREDICTION_FAILED', { retry: 'never' })]]),
  });
  assert.deepEqual(answersOf(await submitted), [
    [0, '#1'],
    [2, '#3'],
  ]);
  assert.deepEqual(bench.usage.snapshot().rows, { answered: 2, skipped: 1, nulled: 0, failed: 0 });
});

test('on-error skip: a submission whose rows all failed is empty', async () => {
  const bench = setUp({ options: { 'on-error': 'skip' }, onCall: call => call.fail(failure('REFUSED', { retry: 'never' })) });
  const { outputs, inputOf } = await bench.predictor.submit(ids(1));
  assert.equal(outputs.rowCount, 0);
  assert.equal(outputs.columns.length, 1);
  assert.deepEqual(inputOf, new Uint32Array(0));
});

test('on-error null: the outputs are NULL, in the place of the row', async () => {
  const bench = setUp({ options: { 'on-error': 'null', 'batch.size': '3' } });
  const submitted = bench.predictor.submit(ids(1, 2, 3));
  bench.model.calls[0]!.give({
    outputs: [columnOf(STRING, ['#1', '#3'])],
    inputOf: new Uint32Array([0, 2]),
    failures: new Map([[1, failure('PREDICTION_FAILED', { retry: 'never' })]]),
  });
  assert.deepEqual(answersOf(await submitted), [
    [0, '#1'],
    [1, null],
    [2, '#3'],
  ]);
  assert.deepEqual(bench.usage.snapshot().rows, { answered: 2, skipped: 0, nulled: 1, failed: 0 });
});

test('on-error fail: a row that failed rejects its submission and no other', async () => {
  const bench = setUp({ options: { 'batch.size': '2' } });
  const [good, bad] = [bench.predictor.submit(ids(1)), bench.predictor.submit(ids(2))];
  const rejected = assert.rejects(bad, { code: 'PREDICTION_FAILED' });
  bench.model.calls[0]!.give({
    outputs: [columnOf(STRING, ['#1'])],
    failures: new Map([[1, failure('PREDICTION_FAILED', { retry: 'never' })]]),
  });
  assert.deepEqual(answersOf(await good), [[0, '#1']]);
  await rejected;
});

test('rows of an answered call that may be tried again are, without the others', async () => {
  const bench = setUp({ options: { 'on-error': 'null', 'batch.size': '4', 'retry.initial-delay': '100 ms' } });
  const submitted = bench.predictor.submit(ids(1, 2, 3, 4));
  bench.model.calls[0]!.give({
    outputs: [columnOf(STRING, ['#2', '#4'])],
    inputOf: new Uint32Array([1, 3]),
    failures: new Map([
      [2, failure('BAD_ANSWER')],
      [0, failure('BAD_ANSWER')],
    ]),
  });
  await bench.clock.advance(50);
  assert.deepEqual(bench.model.calls[1]!.rows.flat(), [1, 3]);
  assert.notEqual(bench.model.calls[1]!.call.callId, bench.model.calls[0]!.call.callId);
  bench.model.calls[1]!.give({ outputs: [columnOf(STRING, ['#1'])], failures: new Map([[1, failure('BAD_ANSWER')]]) });
  assert.deepEqual(answersOf(await submitted), [
    [0, '#1'],
    [1, '#2'],
    [2, null],
    [3, '#4'],
  ]);
  assert.equal(bench.model.calls.length, 2);
});

test('several answers to one row stay together, across calls', async () => {
  const bench = setUp({ options: { 'batch.size': '2' } });
  const submitted = bench.predictor.submit(ids(1, 2, 3));
  bench.predictor.flush();
  bench.model.calls[1]!.give({ outputs: [columnOf(STRING, ['3a', '3b'])], inputOf: new Uint32Array([0, 0]) });
  bench.model.calls[0]!.give({ outputs: [columnOf(STRING, ['1a', '1b', '2a'])], inputOf: new Uint32Array([0, 0, 1]) });
  assert.deepEqual(answersOf(await submitted), [
    [0, '1a'],
    [0, '1b'],
    [1, '2a'],
    [2, '3a'],
    [2, '3b'],
  ]);
});

test('a refused batch is cut in two until the row that the service does not take stands alone', async () => {
  const bench = setUp({
    options: { 'on-error': 'null', 'batch.size': '8' },
    onCall: call => (call.rows.some(([id]) => id === 6) ? call.fail(failure('REFUSED', { retry: 'never', httpStatus: 400 })) : echo(call)),
  });
  const prediction = await bench.predictor.submit(ids(1, 2, 3, 4, 5, 6, 7, 8));
  assert.deepEqual(
    answersOf(prediction),
    [1, 2, 3, 4, 5, 6, 7, 8].map((id, i) => [i, id === 6 ? null : `#${id}`]),
  );
  assert.deepEqual(
    bench.model.calls.map(({ rows }) => rows.length),
    [8, 4, 4, 2, 1, 1, 2],
  );
  assert.equal(bench.usage.snapshot().splits, 3);
});

test('a defect of the model stops the job whatever on-error says', async () => {
  const results = [
    { outputs: [] },
    { outputs: [columnOf(INT, [1, 2])] },
    { outputs: [columnOf(STRING, ['only one'])] },
    { outputs: [{ type: STRING, values: new Float64Array(2) }] },
    { outputs: [columnOf(STRING, ['a', 'b'])], inputOf: new Uint32Array([1, 0]) },
    { outputs: [columnOf(STRING, ['a', 'b'])], inputOf: new Uint32Array([0, 2]) },
    { outputs: [columnOf(STRING, ['a'])], inputOf: new Uint32Array([1]) },
    { outputs: [columnOf(STRING, ['a', 'b'])], inputOf: new Uint32Array([0, 1]), failures: new Map([[1, failure('BAD_ANSWER')]]) },
    { outputs: [columnOf(STRING, ['a'])], failures: new Map([[2, failure('BAD_ANSWER')]]) },
  ];
  for (const result of results) {
    const bench = setUp({ options: { 'on-error': 'skip', 'batch.size': '2' }, onCall: call => call.give(result) });
    await assert.rejects(bench.predictor.submit(ids(1, 2)), { code: 'INTERNAL' });
  }
});

test('tokens of good and bad answers are counted', async () => {
  const bench = setUp({ options: { 'on-error': 'skip', 'max-retries': '0' } });
  const submitted = [bench.predictor.submit(ids(1)), bench.predictor.submit(ids(2))];
  bench.model.calls[0]!.give({ outputs: [columnOf(STRING, ['a'])], usage: { inputTokens: 10, outputTokens: 2, cachedInputTokens: 4 } });
  bench.model.calls[1]!.give({
    outputs: [columnOf(STRING, [])],
    inputOf: new Uint32Array(0),
    failures: new Map([[0, failure('BAD_ANSWER')]]),
    usage: { inputTokens: 5, outputTokens: 1, reasoningTokens: 1 },
  });
  await Promise.all(submitted);
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens, answeredCalls } = bench.usage.snapshot();
  assert.deepEqual(
    { inputTokens, outputTokens, cachedInputTokens, reasoningTokens, answeredCalls },
    { inputTokens: 15, outputTokens: 3, cachedInputTokens: 4, reasoningTokens: 1, answeredCalls: 1 },
  );
});

test('latency is the time from the first attempt, without waits for rate limits', async () => {
  const bench = setUp({ options: { 'retry.initial-delay': '200 ms' } });
  const submitted = bench.predictor.submit(ids(1));
  await bench.clock.advance(100);
  bench.model.calls[0]!.fail(failure('RATE_LIMITED', { retry: { afterMs: 60_000 } }));
  await bench.clock.advance(60_000);
  await bench.clock.advance(300);
  bench.model.calls[1]!.fail(failure('SERVICE_ERROR'));
  await bench.clock.advance(100);
  await bench.clock.advance(500);
  echo(bench.model.calls[2]!);
  await submitted;
  assert.equal(bench.usage.snapshot().latency.maxMs, 900);
});

test('close aborts calls in flight, rejects what waits, and leaves no timer', async () => {
  const bench = setUp({ options: { 'max-concurrent-requests': '2', 'on-error': 'skip' } });
  const submitted = [1, 2, 3, 4].map(id => bench.predictor.submit(ids(id)));
  bench.model.calls[0]!.fail(failure('SERVICE_ERROR'));
  await settle(bench);
  const rejected = submitted.map(submission => assert.rejects(submission, { code: 'INTERRUPTED' }));
  await bench.predictor.close();
  await Promise.all(rejected);
  assert.ok(bench.model.calls.slice(1).every(({ call }) => call.signal.aborted));
  assert.equal(bench.model.inFlight, 0);
  assert.equal(bench.clock.pendingTimers, 0);
  await assert.rejects(bench.predictor.submit(ids(5)), { code: 'INTERRUPTED' });
});

test('close ends calls that wait for a rate limit', async () => {
  const bench = setUp({ onCall: call => call.fail(failure('RATE_LIMITED', { retry: { afterMs: 60_000 } })) });
  const rejected = [1, 2, 3].map(id => assert.rejects(bench.predictor.submit(ids(id)), { code: 'INTERRUPTED' }));
  await settle(bench);
  await bench.predictor.close();
  await Promise.all(rejected);
  assert.equal(bench.clock.pendingTimers, 0);
});

test('an empty submission is answered without a call', async () => {
  const bench = setUp();
  assert.equal((await bench.predictor.submit(ids())).outputs.rowCount, 0);
  assert.equal(bench.model.calls.length, 0);
});

test('what the operator is told follows the options and the provider', () => {
  const told = ({ predictor }: Bench): readonly unknown[] => [predictor.ordered, predictor.rowsPerSubmission, predictor.maxPendingRows];
  assert.deepEqual(told(setUp({ options: { 'max-concurrent-requests': '100' } })), [true, 1, 1_600]);
  assert.deepEqual(told(setUp({ options: { 'ordered-output': 'false', 'batch.size': '10' } })), [false, 1, 640]);
  assert.deepEqual(told(setUp({ batchSize: 64 })), [true, 64, 1_024]);
  assert.deepEqual(told(setUp({ batchSize: 512, options: { 'output-mode': 'allow_unordered' } })), [false, 512, 4_096]);
  assert.deepEqual(told(setUp({ batchSize: 64, maxInputsPerCall: 1 })), [true, 1, 1_024]);
});
