import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { viewModelFile } from '../../kit/view-model-file.js';
import { resolve } from 'node:path';
import type { LoadedModel, OutputRead } from '../../spec/model-runtime.js';
import { referenceModels, referenceRows } from './reference-models.test.fixture.js';
import { xgboost } from './xgboost-runtime.js';

const FOLDER = 'tests/fixtures/xgboost';
const SIGNAL = new AbortController().signal;

async function open(
  name: string,
  { threads = 1, device = 'cpu', options = {} }: { threads?: number; device?: 'cpu' | 'gpu'; options?: object } = {},
): Promise<LoadedModel> {
  const file = await viewModelFile(resolve(FOLDER, name));
  assert.ok(xgboost.recognizes(file));
  return xgboost.open({
    name: 'm',
    file,
    format: undefined,
    options: xgboost.options.parse(options),
    threads,
    device,
    declaredInputs: undefined,
  });
}

function read(output: string, width: number, { offset = 0, count = width } = {}): OutputRead {
  return { output, width, offset, count, form: 'numbers' };
}

test('a model in threads gives what it gives in one, for large batches and small', async () => {
  const { rows } = referenceRows();
  const large = new Float32Array(100 * rows.length);
  for (let i = 0; i < 100; i++) large.set(rows, i * rows.length);
  const reads = [read('probability', 3), read('class', 1), read('leaf', 9), read('probability', 3, { offset: 1, count: 1 })];
  const run = async (threads: number, data: Float32Array): Promise<unknown> => {
    const model = await open('softprob.json', { threads });
    const prepared = await model.prepare([]);
    const result = await prepared.reading(reads)(data.length / 8, [data.slice()], SIGNAL);
    await model.close();
    return result;
  };
  assert.deepEqual(await run(2, large), await run(1, large));
  assert.deepEqual(await run(2, rows), await run(1, rows));
});

test('long batches let others have their turn, and can be given up', async () => {
  const { rows } = referenceRows();
  const large = new Float32Array(500 * rows.length);
  const model = await open('softprob.json');
  const run = (await model.prepare([])).reading([read('margin', 3)]);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await run(large.length / 8, [large], SIGNAL);
  clearInterval(timer);
  assert.ok(turns > 0, 'nothing else ran');
  const controller = new AbortController();
  const given = run(large.length / 8, [large], controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(given, /enough/);
});

test('what the model is, and what it gives, comes from the file', async () => {
  const model = await open('binary-logistic.ubj');
  assert.match(model.version, /^[0-9a-f]{12}$/);
  assert.ok(model.memoryBytes > 500);
  assert.deepEqual(
    model.inputs[0]!.features!.map(feature => feature.name),
    ['amount', 'hour', 'ratio', 'age', 'visits', 'score', 'step', 'kind'],
  );
  const { outputs } = await model.prepare([]);
  assert.deepEqual(
    outputs.map(({ name, element, width, classes, kind, onRequest }) => [name, element, width, classes, kind, onRequest ?? false]),
    [
      ['probability', 'float32', 2, [0, 1], 'probability', false],
      ['class', 'int32', 1, undefined, 'class', false],
      ['value', 'float32', 1, undefined, undefined, true],
      ['margin', 'float32', 1, undefined, 'margin', true],
      ['leaf', 'int32', 4, undefined, 'leaf', true],
    ],
  );
});

test('both probabilities of a binary classifier, and its class by the one of them', async () => {
  const reference = referenceModels('3.4.1').find(model => model.name === 'binary-logistic')!;
  const run = (await (await open('binary-logistic.ubj')).prepare([])).reading([read('probability', 2), read('class', 1)]);
  const { columns } = await run(224, [referenceRows().rows], SIGNAL);
  const [probabilities, classes] = columns as [Float64Array, Float64Array];
  for (const [row, expected] of reference.prediction.entries()) {
    assert.ok(Math.abs(probabilities[2 * row + 1]! - expected) <= 2 ** -24);
    assert.equal(probabilities[2 * row], Math.fround(1 - probabilities[2 * row + 1]!));
    assert.equal(classes[row], expected > 0.5 ? 1 : 0);
  }
});

test('what cannot be done is refused', async () => {
  const refusals: [RegExp, string, () => Promise<unknown>][] = [
    [/run on the CPU/, 'INVALID_OPTION', () => open('softprob.json', { device: 'gpu' })],
    [/rounds 0 to 9 are not among the 3/, 'INVALID_OPTION', () => open('softprob.json', { options: { 'iteration-range': '0,9' } })],
    [/did not stop early/, 'INVALID_OPTION', () => open('softprob.json', { options: { 'best-iteration': 'true' } })],
  ];
  for (const [expected, code, act] of refusals) {
    await assert.rejects(act, error => MillraceError.is(error) && error.code === code && expected.test(error.message));
  }
  assert.throws(() => xgboost.options.parse({ 'iteration-range': '5' }), /expected two whole numbers/);
});
