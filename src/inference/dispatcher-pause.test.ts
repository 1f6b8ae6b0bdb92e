import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../spec/batch.js';
import { INT, STRING, type Field } from '../spec/data-type.js';
import type { Prediction, Predictor } from '../spec/predictor.js';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.js';
import { createScriptedModel, type ScriptedCall, type ScriptedModel } from '../testing/scripted-model.js';
import { createPredictor } from './predictor.js';
import { runtimeOptions } from './options.js';
import { UsageCounter } from './usage.js';

const INPUTS: readonly Field[] = [{ name: 'id', type: INT }];
const OUTPUTS: readonly Field[] = [{ name: 'text', type: STRING }];

interface Bench {
  readonly clock: FakeClock;
  readonly model: ScriptedModel;
  readonly usage: UsageCounter;
  readonly predictor: Predictor;
}

function setUp(options: Readonly<Record<string, string>> = {}): Bench {
  const clock = createFakeClock();
  const model = createScriptedModel({ outputs: OUTPUTS });
  const usage = new UsageCounter();
  let id = 0;
  const predictor = createPredictor({
    model,
    name: 'm',
    outputs: OUTPUTS,
    options: runtimeOptions.parse(options),
    defaults: { batchSize: 1, batchTimeoutMs: 50, maxConcurrentRequests: 2 },
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

function echo(call: ScriptedCall): void {
  call.answer(call.rows.map(([id]) => [`#${id as number}`]));
}

/** What becomes of submissions: the first answer of each, or the code of its error; `open` until then. */
function fates(submissions: readonly Promise<Prediction>[]): string[] {
  const seen = submissions.map(() => 'open');
  submissions.forEach((submission, i) => {
    submission.then(
      ({ outputs }) => {
        seen[i] = String(rowAt(outputs, 0)[0]);
      },
      (error: MillraceError) => {
        seen[i] = error.code;
      },
    );
  });
  return seen;
}

const LATER = new MillraceError({ code: 'SERVICE_ERROR', message: 'busy', retry: 'backoff', context: { httpStatus: 503 } });
const THROTTLED = new MillraceError({
  code: 'RATE_LIMITED',
  message: 'slow down',
  retry: { afterMs: 60_000 },
  context: { httpStatus: 429 },
});

test('paused, it starts no call, and waits for those at the model', async () => {
  const { clock, model, predictor } = setUp();
  const seen = fates([1, 2, 3, 4].map(id => predictor.submit(ids(id))));
  assert.equal(model.calls.length, 2);
  let isPaused = false;
  const paused = predictor.pause().then(() => {
    isPaused = true;
    // The answers came first.
    assert.deepEqual(seen, ['#1', '#2', 'open', 'open']);
  });
  echo(model.calls[0]!);
  await clock.advance(0);
  assert.equal(isPaused, false);
  echo(model.calls[1]!);
  await paused;
  assert.equal(model.calls.length, 2);
  assert.equal(clock.pendingTimers, 0);
});

test('what is submitted while paused is kept, and given up at the end', async () => {
  const { clock, model, predictor } = setUp();
  await predictor.pause();
  const seen = fates([predictor.submit(ids(1))]);
  predictor.flush();
  await clock.advance(60_000);
  assert.deepEqual([seen, model.calls.length, clock.pendingTimers], [['open'], 0, 0]);
  await predictor.close();
  await clock.advance(0);
  assert.deepEqual(seen, ['INTERRUPTED']);
  await assert.rejects(predictor.submit(ids(2)), { code: 'INTERRUPTED' });
});

test('a batch that waits to fill is kept', async () => {
  const { clock, model, predictor } = setUp({ 'batch.size': '4', 'batch.timeout': '1 s' });
  const seen = fates([predictor.submit(ids(1))]);
  await predictor.pause();
  await clock.advance(10_000);
  assert.deepEqual([seen, model.calls.length, clock.pendingTimers], [['open'], 0, 0]);
});

for (const [what, failure] of [
  ['its next attempt', LATER],
  ['a rate limit', THROTTLED],
] as const) {
  test(`a call that waits for ${what} is given up, and its row is kept`, async () => {
    const { clock, model, predictor, usage } = setUp();
    const seen = fates([1, 2].map(id => predictor.submit(ids(id))));
    model.calls[0]!.fail(failure);
    await clock.advance(0);
    const paused = predictor.pause();
    echo(model.calls[1]!);
    await paused;
    await clock.advance(600_000);
    assert.deepEqual([seen, model.calls.length, clock.pendingTimers], [['open', '#2'], 2, 0]);
    await predictor.close();
    assert.deepEqual([usage.snapshot().rows.failed, usage.snapshot().failures], [0, {}]);
  });
}

test('a call that fails while paused is not made again', async () => {
  const { clock, model, predictor } = setUp();
  const seen = fates([predictor.submit(ids(1))]);
  const paused = predictor.pause();
  model.calls[0]!.fail(LATER);
  await paused;
  assert.deepEqual([seen, model.calls.length, clock.pendingTimers], [['open'], 1, 0]);
});

test('an attempt that gets no answer in time ends the pause', async () => {
  const { clock, model, predictor } = setUp({ 'request-timeout': '5 s' });
  const seen = fates([predictor.submit(ids(1))]);
  let isPaused = false;
  const paused = predictor.pause().then(() => {
    isPaused = true;
  });
  await clock.advance(4_999);
  assert.equal(isPaused, false);
  await clock.advance(1);
  await paused;
  assert.deepEqual([seen, model.calls[0]!.call.signal.aborted], [['open'], true]);
});

test('rows of a call that were not answered, and would be asked for again, are kept', async () => {
  const { clock, model, predictor } = setUp({ 'batch.size': '2' });
  const seen = fates([1, 2].map(id => predictor.submit(ids(id))));
  const paused = predictor.pause();
  model.calls[0]!.give({
    outputs: batchOfRows(OUTPUTS, [['#1']]).columns,
    inputOf: Uint32Array.of(0),
    failures: new Map([[1, new MillraceError({ code: 'BAD_ANSWER', message: 'no', retry: 'backoff' })]]),
  });
  await paused;
  assert.deepEqual([seen, model.calls.length, clock.pendingTimers], [['#1', 'open'], 1, 0]);
});

test('what the model answered counts; rows that were kept do not count as failed', async () => {
  const { model, predictor, usage } = setUp();
  fates([1, 2, 3].map(id => predictor.submit(ids(id))));
  const paused = predictor.pause();
  model.calls.forEach(echo);
  await paused;
  await predictor.close();
  const { rows, failures, inFlight, answeredCalls } = usage.snapshot();
  assert.deepEqual(
    { rows, failures, inFlight, answeredCalls },
    { rows: { answered: 2, skipped: 0, nulled: 0, deadLettered: 0, failed: 0 }, failures: {}, inFlight: 0, answeredCalls: 2 },
  );
});

test('rows that are given up by a close are no failures of the model', async () => {
  const { clock, predictor, usage } = setUp();
  const seen = fates([1, 2, 3].map(id => predictor.submit(ids(id))));
  await predictor.close();
  await clock.advance(0);
  assert.deepEqual([seen, usage.snapshot().rows.failed, usage.snapshot().failures], [['INTERRUPTED', 'INTERRUPTED', 'INTERRUPTED'], 0, {}]);
});

test('a model that says INTERRUPTED by itself fails its rows as ever', async () => {
  const { model, predictor } = setUp({ 'max-retries': '0' });
  const submitted = assert.rejects(predictor.submit(ids(1)), { code: 'INTERRUPTED' });
  model.calls[0]!.fail(new MillraceError({ code: 'INTERRUPTED', message: 'the model was closed' }));
  await submitted;
});
