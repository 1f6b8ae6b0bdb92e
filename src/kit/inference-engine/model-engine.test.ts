import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../common/deferred.js';
import { MillraceError } from '../../common/error.js';
import type { ModelInput, ModelOutput, ModelRunResult, LoadedModel } from '../../spec/model-runtime.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { ModelEngine } from './model-engine.js';

const NAMED: ModelInput[] = [
  {
    name: 'features',
    element: 'float32',
    shape: [undefined, 3],
    features: [
      { name: 'amount' },
      {
        name: 'country',
        codes: {
          codes: new Map([
            ['de', 1],
            ['fr', 2],
          ]),
        },
      },
      { name: 'hour.of.day' },
    ],
  },
];
const PLACED: ModelInput[] = [{ name: 'x', element: 'float64', shape: [undefined, undefined] }];
const SEVERAL: ModelInput[] = [
  { name: 'word', element: 'string', shape: [undefined, 1] },
  { name: 'count', element: 'int64', shape: [undefined] },
  { name: 'vector', element: 'float64', shape: [undefined, 2] },
  { name: 'flag', element: 'bool', shape: [undefined] },
];
const SUM: ModelOutput = { name: 'sum', element: 'float64', rowShape: [], width: 1, classes: undefined };
const PAIR: ModelOutput = { name: 'p', element: 'float64', rowShape: [2], width: 2, classes: ['no', 'yes'], kind: 'probability' };

interface Run {
  readonly rows: number;
  readonly data: unknown[][];
}

/** A model that sums the numbers of a row up; `p` is what it makes of that. */
function model(inputs: readonly ModelInput[], outputs: readonly ModelOutput[] = [SUM], run?: (given: Run) => Promise<ModelRunResult>) {
  const runs: Run[] = [];
  const state = { closed: 0, prepared: 0 };
  const loaded: LoadedModel = {
    version: 'v1',
    memoryBytes: 1,
    inputs,
    prepare(feeds) {
      state.prepared++;
      return Promise.resolve({
        outputs,
        reading: reads => async (rows, data) => {
          const given = { rows, data: data.map(each => Array.from<unknown>(each as ArrayLike<unknown>)) };
          runs.push(given);
          if (run) return run(given);
          const width = feeds[0]!.width;
          const sums = Array.from({ length: rows }, (_, row) =>
            (given.data[0]! as number[]).slice(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0),
          );
          const columns = reads.map(({ output }) =>
            Float64Array.from(output === 'sum' ? sums : sums.flatMap(sum => [1 - sum / 10, sum / 10])),
          );
          return { columns, failures: [] };
        },
      });
    },
    close: () => Promise.resolve(),
  };
  const release = (): Promise<void> => {
    state.closed++;
    return Promise.resolve();
  };
  return { handle: { model: loaded, release }, runs, state };
}

async function engineOf(...given: Parameters<typeof model>) {
  const made = model(...given);
  const clock = createFakeClock();
  const engine = new ModelEngine(clock);
  await engine.initialize(made.handle);
  return { ...made, engine, clock };
}

test('features are found by name, in any order and spelling, from a Map or an object', async () => {
  const { engine, runs } = await engineOf(NAMED);
  const results = await engine.inferBatch([
    { hour_of_day: 4, Country: 'fr', amount: 1 },
    new Map<string, unknown>([
      ['amount', '1e1'],
      ['country', 'de'],
      ['hour.of.day', true],
    ]),
  ]);
  assert.deepEqual(runs, [{ rows: 2, data: [[1, 2, 4, 10, 1, 1]] }]);
  assert.deepEqual(
    results.map(result => [result.isSuccess(), result.getOutputs().get('sum'), result.getErrorMessage()]),
    [
      [true, 7, null],
      [true, 12, null],
    ],
  );
});

test('a row that the model cannot take fails alone, with the reason', async () => {
  const { engine, runs } = await engineOf(NAMED);
  const good = { amount: 1, country: 'de', 'hour.of.day': 2 };
  const results = await engine.inferBatch([
    { amount: 1, country: 'de' },
    good,
    { ...good, amuont: 1 },
    { ...good, amount: 'much' },
    { ...good, country: 'xx' },
    { amount: 1, Amount: 2, country: 'de', hour_of_day: 3 },
    { ...good, amount: null },
    { ...good, amount: { deep: 1 } },
  ]);
  assert.deepEqual(
    results.map(result => result.getErrorMessage() ?? result.getOutputs().get('sum')),
    [
      'the model takes "hour.of.day" too',
      4,
      'the model has no feature "amuont"; did you mean "amount"?',
      'feature "amount" is "much", and the model takes DOUBLE there',
      'column "country" has the value "xx", which is none of the 2 categories that the model was trained with',
      'the feature "amount" is given twice',
      NaN,
      'feature "amount" is a object, and the model takes DOUBLE there',
    ],
  );
  assert.deepEqual(runs, [{ rows: 2, data: [[1, 1, 2, NaN, 1, 2]] }]);
});

test('a model that only knows places takes as many features as there are, in their order, or one list', async () => {
  const { engine, runs, state } = await engineOf(PLACED);
  const results = await engine.inferBatch([{ a: 1, b: 2 }, { z: 5 }, { b: 3, a: 4 }]);
  assert.deepEqual(
    results.map(result => result.getOutputs().get('sum')),
    [3, 5, 7],
  );
  assert.deepEqual(
    runs.map(({ data }) => data[0]),
    [[1, 2, 3, 4], [5]],
  );
  await engine.infer({ a: 1, b: 2 });
  assert.equal(state.prepared, 4, 'once to see the outputs and once to read them, for each width');

  const fixed = await engineOf([{ name: 'x', element: 'float64', shape: [undefined, 2] }]);
  assert.equal((await fixed.engine.infer({ v: Float32Array.of(1, 2) })).getOutputs().get('sum'), 3);
  assert.match(
    (await fixed.engine.infer({ a: 1 })).getErrorMessage()!,
    /^the number of features is 1, but the model takes 2 features a row$/,
  );
});

test('several inputs take texts, integers, lists and truth values', async () => {
  const { engine, runs } = await engineOf(SEVERAL, [SUM], ({ rows }) =>
    Promise.resolve({ columns: [new Float64Array(rows)], failures: [] }),
  );
  const results = await engine.inferBatch([
    { word: 7, count: '12', vector: [1, '2.5'], flag: 'TRUE' },
    { word: 'w', count: 2n ** 60n, vector: [1, null], flag: 0 },
    { word: 'w', count: 1.5, vector: [1, 2], flag: true },
    { word: 'w', count: 1, vector: [1], flag: true },
    { word: 'w', count: 1, vector: [1, 2], flag: 2 },
  ]);
  assert.deepEqual(runs, [
    {
      rows: 2,
      data: [
        ['7', 'w'],
        [12n, 2n ** 60n],
        [1, 2.5, 1, NaN],
        [1, 0],
      ],
    },
  ]);
  assert.deepEqual(
    results.slice(2).map(result => result.getErrorMessage()),
    [
      'feature "count" is 1.5, and the model takes BIGINT there',
      'column "vector" has 1 values, and the model takes 2 there',
      'feature "flag" is 2, and the model takes BOOLEAN there',
    ],
  );
});

test('an optional input is fed where a row names it', async () => {
  const optional: ModelInput[] = [...SEVERAL.slice(2, 3), { name: 'bias', element: 'float64', shape: [undefined], optional: true }];
  const { engine, runs } = await engineOf(optional, [SUM]);
  const results = await engine.inferBatch([{ v: [1, 2] }, { vector: [1, 2], bias: 3 }, { vector: [1, 2], bais: 3 }]);
  assert.deepEqual(
    results.map(result => result.getErrorMessage() ?? result.getOutputs().get('sum')),
    [3, 3, 'feature "vector" is a list, and the model takes DOUBLE there'],
  );
  assert.deepEqual(
    runs.map(({ data }) => data),
    [[[1, 2]], [[1, 2], [3]]],
  );
});

test('the score of probabilities is that of the positive class, and the confidence the largest', async () => {
  const { engine } = await engineOf(PLACED, [SUM, PAIR]);
  const result = await engine.infer({ a: 2 });
  assert.deepEqual(
    result.getOutputs(),
    new Map<string, unknown>([
      ['sum', 2],
      ['p', [0.8, 0.2]],
    ]),
  );
  assert.deepEqual(engine.scoreOf(result), { score: 0.2, confidence: 0.8 });
});

test('rows that the run gives up fail, the others keep their places', async () => {
  const { engine } = await engineOf(PLACED, [SUM], ({ rows }) =>
    Promise.resolve({ columns: [Float64Array.from({ length: rows }, (_, row) => row)], failures: [[1, 'too odd']] }),
  );
  const results = await engine.inferBatch([{ a: 1 }, { a: 2 }, { a: 3 }]);
  assert.deepEqual(
    results.map(result => result.getErrorMessage() ?? result.getOutputs().get('sum')),
    [0, 'the model cannot compute this row: too odd', 2],
  );
});

test('the latency is that of the run', async () => {
  const { engine, clock } = await engineOf(PLACED, [SUM], async ({ rows }) => {
    await clockOf.advance(25);
    return { columns: [new Float64Array(rows)], failures: [] };
  });
  const clockOf = clock;
  assert.equal((await engine.infer({ a: 1 })).getLatencyMs(), 25);
});

test('before it has a model and after it was closed it runs nothing', async () => {
  const engine = new ModelEngine(createFakeClock());
  await assert.rejects(engine.infer({}), (error: MillraceError) => error.code === 'INVALID_ARGUMENT' && /initialize/.test(error.message));
  const { handle, state } = model(PLACED);
  await engine.initialize(handle);
  await assert.rejects(engine.initialize(handle), { code: 'INVALID_ARGUMENT' });
  await Promise.all([engine.close(), engine.close()]);
  assert.equal(state.closed, 1);
  await assert.rejects(engine.infer({ a: 1 }), { code: 'INVALID_ARGUMENT' });
});

test('closing waits for what is under way', async () => {
  const running = deferred<ModelRunResult>();
  const { engine, state } = await engineOf(PLACED, [SUM], () => running.promise);
  const result = engine.infer({ a: 1 });
  await new Promise(resolve => setImmediate(resolve));
  const closing = engine.close();
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(state.closed, 0);
  running.resolve({ columns: [Float64Array.of(4)], failures: [] });
  assert.equal((await result).getOutputs().get('sum'), 4);
  await closing;
  assert.equal(state.closed, 1);
});

test('a failure of the run is no result', async () => {
  const broken = new MillraceError({ code: 'INTERNAL', message: 'the worker died' });
  const { engine } = await engineOf(PLACED, [SUM], () => Promise.reject(broken));
  await assert.rejects(engine.infer({ a: 1 }), broken);
});
