import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnOf } from '../spec/batch.js';
import { STRING } from '../spec/data-type.js';
import { type Bench, setUp, ids, answersOf, echo, failure, settle } from './dispatcher-bench.test.fixture.js';

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
