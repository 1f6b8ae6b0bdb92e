import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { viewModelFile } from '../../kit/view-model-file.js';
import type { LoadedModel, OutputRead } from '../../spec/model-runtime.js';
import { lightgbm } from './lightgbm-runtime.js';
import { referenceModels, referenceRows } from './reference-models.test.fixture.js';

const SIGNAL = new AbortController().signal;

async function open(
  name: string,
  { threads = 1, device = 'cpu', options = {} }: { threads?: number; device?: 'cpu' | 'gpu'; options?: object } = {},
): Promise<LoadedModel> {
  const file = await viewModelFile(resolve('tests/fixtures/lightgbm', name));
  assert.ok(lightgbm.recognizes(file));
  return lightgbm.open({
    name: 'm',
    file,
    format: undefined,
    options: lightgbm.options.parse(options),
    threads,
    device,
    declaredInputs: undefined,
  });
}

function read(output: string, width: number): OutputRead {
  return { output, width, offset: 0, count: width, form: 'numbers' };
}

test('a model in threads gives what it gives in one, and what LightGBM gives', async () => {
  const { rows } = referenceRows();
  const large = new Float64Array(100 * rows.length);
  for (let i = 0; i < 100; i++) large.set(rows, i * rows.length);
  const run = async (threads: number): Promise<readonly unknown[]> => {
    const model = await open('multiclass.txt', { threads });
    const result = await (await model.prepare([])).reading([read('value', 3), read('leaf', 9), read('class', 1)])(
      22_400,
      [large.slice()],
      SIGNAL,
    );
    await model.close();
    return result.columns;
  };
  const inThreads = await run(2);
  assert.deepEqual(inThreads, await run(1));
  const expected = referenceModels().find(model => model.lightgbm === '4.7.0' && model.name === 'multiclass')!.prediction;
  const last = (inThreads[0] as Float64Array).subarray(99 * expected.length);
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(last[i]! - value) <= 1e-12);
});

test('what the model is, and what it gives, comes from the file', async () => {
  const model = await open('binary-named.txt');
  assert.match(model.version, /^[0-9a-f]{12}$/);
  assert.ok(model.memoryBytes > 500);
  assert.equal(model.inputs[0]!.features![1]!.name, 'hour');
  assert.equal((await open('regression.txt')).inputs[0]!.features![1]!.name, undefined);
  const { outputs } = await model.prepare([]);
  assert.deepEqual(
    outputs.map(({ name, element, width, classes, kind, onRequest }) => [name, element, width, classes, kind, onRequest ?? false]),
    [
      ['probability', 'float64', 2, [0, 1], 'probability', false],
      ['class', 'int32', 1, undefined, 'class', false],
      ['value', 'float64', 1, undefined, undefined, true],
      ['margin', 'float64', 1, undefined, 'margin', true],
      ['leaf', 'int32', 4, undefined, 'leaf', true],
    ],
  );
});

test('what cannot be done is refused', async () => {
  for (const [expected, how] of [
    [/run on the CPU/, { device: 'gpu' }],
    [/rounds 0 to 9 are not among the 3/, { options: { 'iteration-range': '0,9' } }],
  ] as const) {
    await assert.rejects(
      () => open('multiclass.txt', how),
      error => MillraceError.is(error) && error.code === 'INVALID_OPTION' && expected.test(error.message),
    );
  }
});
