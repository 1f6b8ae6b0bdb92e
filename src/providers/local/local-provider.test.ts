import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { batchOfRows } from '../../spec/batch.js';
import { DOUBLE, STRING, type Field } from '../../spec/data-type.js';
import type { LoadedModel, ModelFileRequest } from '../../spec/model-runtime.js';
import type { Model } from '../../spec/provider.js';
import { DEFAULT_MODEL_FILE_ACCESS } from '../../kit/model-file/model-file-options.js';
import { local } from './local-provider.js';

const FILE = 'models/fraud.onnx';
const inputs = [{ name: 'a', type: DOUBLE }];
const outputs = [{ name: 'b', type: DOUBLE }];

/** A model that hands its input back, and its double as a margin. */
function echo(): LoadedModel {
  return {
    version: 'made-from-content',
    memoryBytes: 0,
    inputs: [{ name: 'a', element: 'float64', shape: [undefined, 1] }],
    prepare: async () => ({
      outputs: [
        { name: 'value', element: 'float64', rowShape: [], width: 1, classes: undefined },
        { name: 'margin', element: 'float64', rowShape: [], width: 1, classes: undefined, kind: 'margin', onRequest: true },
      ],
      reading: reads => async (_rows, data) => ({
        columns: reads.map(({ output }) => (data[0] as Float64Array).map(value => (output === 'margin' ? 2 * value : value))),
        failures: [],
      }),
    }),
    close: () => assert.fail('the handle closes the model'),
  };
}

interface Opened {
  readonly model: Model;
  readonly request: ModelFileRequest;
  readonly released: () => number;
}

async function open(written: Readonly<Record<string, string>>, declared: readonly Field[] = outputs): Promise<Opened> {
  let request: ModelFileRequest | undefined;
  let released = 0;
  try {
    const model = await local.openModel({
      name: 'm',
      options: local.options.parse(written),
      inputs,
      outputs: declared,
      http: { request: () => assert.fail('a local model calls nobody') },
      clock: systemClock,
      random: () => 0.5,
      openModelFile: async given => {
        request = given;
        return {
          model: echo(),
          release: async () => {
            released++;
          },
        };
      },
    });
    return { model, request: request!, released: () => released };
  } catch (thrown) {
    assert.equal(released, 1);
    throw thrown;
  }
}

async function predictOne(model: Model, value: number): Promise<unknown> {
  const { outputs: columns } = await model.predict(batchOfRows(inputs, [[value]]), { signal: new AbortController().signal, callId: 'c' });
  return columns[0]!.values[0];
}

test('a file is asked for by its address, to run in one thread without a GPU', async () => {
  const { request } = await open({ 'model-path': FILE, runtime: 'onnx' });
  const access = DEFAULT_MODEL_FILE_ACCESS;
  const rest = { access, declaredInputs: undefined, device: 'cpu', format: 'onnx', mode: 'native', threads: 1 };
  assert.deepEqual(request, { name: 'm', address: FILE, ...rest });
});

test('options reach the file', async () => {
  const { request } = await open({
    'model-path': FILE,
    'inference-threads': '4',
    gpu: 'true',
    task: 'regression',
    'runtime.mode': 'sidecar',
    'model.inputs': '[{"name": "x", "type": "FLOAT", "shape": [-1, 4]}, {"name": "ids", "type": "int64"}]',
  });
  assert.deepEqual([request.threads, request.device, request.mode], [4, 'gpu', 'sidecar']);
  assert.deepEqual(request.declaredInputs, [
    { name: 'x', element: 'float32', shape: [undefined, 4] },
    { name: 'ids', element: 'int64', shape: undefined },
  ]);
});

test('calls go to the model, and its handle is given back at the end', async () => {
  const { model, released } = await open({ 'model-path': FILE });
  assert.equal(await predictOne(model, 1.5), 1.5);
  await model.close!();
  assert.equal(released(), 1);
});

test('the option "output" says what columns read', async () => {
  assert.equal(await predictOne((await open({ 'model-path': FILE, output: 'margin' })).model, 1.5), 3);
  await assert.rejects(open({ 'model-path': FILE, output: 'leaf' }), error => MillraceError.is(error) && error.code === 'INVALID_OPTION');
});

test('the version is made from the content, unless it is given', async () => {
  assert.equal((await open({ 'model-path': FILE })).model.version, 'made-from-content');
  assert.equal((await open({ 'model-path': FILE, 'model-version': 'latest' })).model.version, 'made-from-content');
  assert.equal((await open({ 'model-path': FILE, 'model-version': 'v3' })).model.version, 'v3');
});

test('columns that do not fit are refused, and the handle is given back', async () => {
  await assert.rejects(open({ 'model-path': FILE }, [{ name: 'b', type: STRING }]), error => {
    assert.ok(MillraceError.is(error));
    assert.deepEqual([error.code, error.context.model, error.context.provider], ['MODEL_SCHEMA', 'm', 'local']);
    return true;
  });
});

test('values of options are checked', () => {
  const wrongs = [
    { 'inference-threads': '0' },
    { gpu: 'maybe' },
    { task: 'chat-completion' },
    { output: 'answer' },
    { 'model.inputs': '[]' },
    { 'model.inputs': '[{"name": "x", "type": "complex64"}]' },
    { 'runtime.mode': 'remote' },
  ];
  for (const wrong of wrongs) assert.equal(local.options.safeParse({ 'model-path': FILE, ...wrong }).success, false, JSON.stringify(wrong));
  assert.equal(local.options.safeParse({}).success, false);
});
