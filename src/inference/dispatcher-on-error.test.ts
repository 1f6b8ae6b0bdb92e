import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnOf } from '../spec/batch.js';
import { INT, STRING } from '../spec/data-type.js';
import { setUp, ids, answersOf, echo, failure, settle } from './dispatcher-bench.test.fixture.js';

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
  assert.deepEqual(bench.usage.snapshot().rows, { answered: 2, skipped: 1, nulled: 0, deadLettered: 0, failed: 0 });
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
  assert.deepEqual(bench.usage.snapshot().rows, { answered: 2, skipped: 0, nulled: 1, deadLettered: 0, failed: 0 });
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

test('rows of a batch without a readable answer are asked for again, without the others, and at last one by one', async () => {
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
  assert.equal(bench.model.calls[1]!.call.rejection, 'no');
  bench.model.calls[1]!.give({ outputs: [columnOf(STRING, ['#1'])], failures: new Map([[1, failure('BAD_ANSWER')]]) });
  await settle(bench);
  assert.deepEqual(bench.model.calls[2]!.rows, [[3]]);
  bench.model.calls[2]!.fail(failure('BAD_ANSWER'));
  assert.deepEqual(answersOf(await submitted), [
    [0, '#1'],
    [1, '#2'],
    [2, null],
    [3, '#4'],
  ]);
  assert.equal(bench.model.calls.length, 3);
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
