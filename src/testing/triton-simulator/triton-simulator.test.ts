import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { request as httpRequest } from 'undici';
import { BUILT_IN_MODELS } from './built-in-models.js';
import type { TritonSimulatorOptions } from './simulator-options.js';
import type { SimulatedTensorModel } from './tensor-model.js';
import { startTritonSimulator, type TritonSimulator } from './triton-simulator.js';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly json: unknown;
}

async function ask(
  simulator: TritonSimulator,
  path: string,
  sent?: { body: string | Buffer; headers?: Record<string, string> },
): Promise<Answer> {
  const answer = await httpRequest(`${simulator.url}${path}`, {
    method: sent ? 'POST' : 'GET',
    headers: sent?.headers ?? {},
    body: sent?.body ?? null,
  });
  const body = Buffer.from(await answer.body.arrayBuffer());
  const isJson = answer.headers['content-type'] === 'application/json' && body.length > 0;
  return { status: answer.statusCode, headers: answer.headers, body, json: isJson ? JSON.parse(body.toString()) : undefined };
}

async function within(
  options: Partial<TritonSimulatorOptions>,
  run: (simulator: TritonSimulator) => Promise<void>,
  models: readonly SimulatedTensorModel[] = BUILT_IN_MODELS,
): Promise<void> {
  const simulator = await startTritonSimulator(options, models);
  try {
    await run(simulator);
  } finally {
    await simulator.close();
  }
}

const INFER = '/v2/models/identity_string/infer';

function text(value: string): object {
  return { name: 'INPUT0', shape: [1, 1], datatype: 'BYTES', data: [value] };
}

test('the server, its health, and a model with its configuration', () =>
  within({}, async simulator => {
    const about = (await ask(simulator, '/v2')).json as { name: string; extensions: string[] };
    assert.equal(about.name, 'triton');
    assert.ok(about.extensions.includes('binary_tensor_data'));
    for (const path of ['/v2/health/live', '/v2/health/ready', '/v2/models/add_sub/ready', '/v2/models/add_sub/versions/1/ready'])
      assert.equal((await ask(simulator, path)).status, 200, path);
    assert.equal((await ask(simulator, '/v2/models/add_sub/versions/2/ready')).status, 400);
    assert.deepEqual((await ask(simulator, '/v2/models/logistic_regression')).json, {
      name: 'logistic_regression',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 4] }],
      outputs: [
        { name: 'probability', datatype: 'FP32', shape: [-1, 1] },
        { name: 'label', datatype: 'INT64', shape: [-1, 1] },
      ],
    });
    const config = (await ask(simulator, '/v2/models/identity_string/config')).json as Record<string, unknown>;
    assert.equal(config['max_batch_size'], 64);
    assert.deepEqual(config['input'], [{ name: 'INPUT0', data_type: 'TYPE_STRING', dims: [1] }]);
  }));

test('without the extension and the configuration, as other servers', () =>
  within({ binary: false, 'model-config': false }, async simulator => {
    const { extensions } = (await ask(simulator, '/v2')).json as { extensions: string[] };
    assert.ok(!extensions.includes('binary_tensor_data'));
    assert.equal((await ask(simulator, '/v2/models/add_sub/config')).status, 404);
  }));

test('infer in JSON, with the id of the request', () =>
  within({}, async simulator => {
    const answer = await ask(simulator, INFER, { body: JSON.stringify({ id: '7', inputs: [text('grüß dich')] }) });
    assert.deepEqual(answer.json, {
      id: '7',
      model_name: 'identity_string',
      model_version: '1',
      outputs: [{ name: 'OUTPUT0', datatype: 'BYTES', shape: [1, 1], data: ['grüß dich'] }],
    });
  }));

test('infer with bytes in both directions, compressed', () =>
  within({}, async simulator => {
    const json = Buffer.from(
      '{"inputs":[{"name":"INPUT0","shape":[2,1],"datatype":"BYTES","parameters":{"binary_data_size":11}}],"parameters":{"binary_data_output":true}}',
    );
    const tensor = Buffer.from('010000006102000000c3bc', 'hex');
    const headers = { 'inference-header-content-length': String(json.length), 'content-encoding': 'gzip' };
    const answer = await ask(simulator, INFER, { headers, body: gzipSync(Buffer.concat([json, tensor])) });
    assert.equal(answer.headers['content-type'], 'application/octet-stream');
    const length = Number(answer.headers['inference-header-content-length']);
    assert.equal(
      answer.body.subarray(0, length).toString(),
      '{"model_name":"identity_string","model_version":"1","outputs":[{"name":"OUTPUT0","datatype":"BYTES","shape":[2,1],"parameters":{"binary_data_size":11}}]}',
    );
    assert.deepEqual(answer.body.subarray(length), tensor);
  }));

test('refusals in the words of Triton', () =>
  within({ 'auth-token': 'k' }, async simulator => {
    const refused = async (path: string, body: unknown, more: Record<string, string> = {}): Promise<string> => {
      const sent = { body: typeof body === 'string' ? body : JSON.stringify(body), headers: { authorization: 'Bearer k', ...more } };
      const { status, json } = await ask(simulator, path, sent);
      return `${status} ${(json as { error: string }).error}`;
    };
    const vector = { name: 'features', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] };
    const logistic = '/v2/models/logistic_regression/infer';
    for (const [found, expected] of [
      [await refused(logistic, '{'), '400 failed to parse the request JSON buffer: Invalid value. at 0'],
      [await refused(logistic, {}), "400 Unable to parse 'inputs': attempt to access non-existing object member 'inputs'"],
      [
        await refused(logistic, { inputs: [{ ...vector, shape: [1, 2], data: [1, 2] }] }),
        "400 [request id: <id_unknown>] unexpected shape for input 'features' for model 'logistic_regression'. Expected [-1,4], got [1,2]. NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.",
      ],
      [
        await refused(logistic, { id: 'a', inputs: [{ ...vector, name: 'x' }] }),
        "400 [request id: a] unexpected inference input 'x' for model 'logistic_regression'",
      ],
      [
        await refused(logistic, { inputs: [] }),
        "400 [request id: <id_unknown>] expected 1 inputs but got 0 inputs for model 'logistic_regression'. Got inputs [], but missing required inputs ['features']. Please provide all required inputs.",
      ],
      [
        await refused(logistic, { inputs: [{ ...vector, datatype: 'FP64' }] }),
        "400 [request id: <id_unknown>] inference input 'features' data-type is 'FP64', but model 'logistic_regression' expects 'FP32'",
      ],
      [
        await refused(logistic, { inputs: [{ ...vector, shape: [65, 4], data: Array.from({ length: 260 }, () => 0) }] }),
        "400 [request id: <id_unknown>] inference request batch-size must be <= 64 for 'logistic_regression'",
      ],
      [
        await refused(logistic, { inputs: [vector], outputs: [{ name: 'y' }] }),
        "400 [request id: <id_unknown>] unexpected inference output 'y' for model 'logistic_regression'",
      ],
      [
        await refused(logistic, { inputs: [{ ...vector, datatype: 'FP16' }] }),
        '400 receiving FP16 data via JSON is not supported. Please use the binary data format for input features',
      ],
      [
        await refused(logistic, '{"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}]}'),
        "400 unexpected size for input 'features', expecting 16 additional bytes for model 'logistic_regression'",
      ],
      [
        await refused(logistic, '{}', { 'inference-header-content-length': '9' }),
        '400 inference header size should be in range (0, 2), got: 9',
      ],
      [await refused(logistic, '{}', { 'content-encoding': 'br' }), '400 Unsupported compression type'],
      [await refused('/v2/models/fraud/infer', {}), "404 Request for unknown model: 'fraud' is not found"],
      [await refused('/v2/models/add_sub/versions/3/infer', {}), "404 Request for unknown model: 'add_sub' version 3 is not found"],
      [await refused(logistic, {}, { authorization: 'Bearer x' }), '401 Invalid token'],
    ])
      assert.equal(found, expected);
  }));

test('a model that throws is 500 with its words; one that is not ready is refused', async () => {
  const model: SimulatedTensorModel = {
    name: 'moody',
    maxBatchSize: 0,
    inputs: [{ name: 'x', datatype: 'BOOL', dims: [1] }],
    outputs: [],
    run: () => {
      throw new Error('out of memory');
    },
  };
  const body = '{"inputs":[{"name":"x","shape":[1],"datatype":"BOOL","data":[true]}]}';
  await within(
    {},
    async simulator => {
      const { status, json } = await ask(simulator, '/v2/models/moody/infer', { body });
      assert.deepEqual([status, json], [500, { error: '[request id: <id_unknown>] out of memory' }]);
    },
    [model],
  );
  await within(
    {},
    async simulator => {
      const { status, json } = await ask(simulator, '/v2/models/moody/infer', { body });
      assert.deepEqual([status, json], [400, { error: "Request for unknown model: 'moody' has no available versions" }]);
      assert.equal((await ask(simulator, '/v2/health/ready')).status, 400);
    },
    [{ ...model, ready: false }],
  );
});

test('statistics count rows, and tell those that came twice', () =>
  within({}, async simulator => {
    const send = (values: readonly string[]) =>
      ask(simulator, INFER, {
        body: JSON.stringify({ inputs: [{ name: 'INPUT0', shape: [values.length, 1], datatype: 'BYTES', data: values }] }),
      });
    await send(['a', 'b', 'c']);
    await send(['b']);
    const { answeredInputs, uniqueInputs, repeatedInputs } = simulator.stats();
    assert.deepEqual([answeredInputs, uniqueInputs, repeatedInputs], [4, 3, 1]);
  }));
