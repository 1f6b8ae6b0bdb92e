import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createHttpTransport } from '../../kit/http-transport.js';
import { arrayOf, BIGINT, DOUBLE, FLOAT, INT, STRING } from '../../spec/data-type.js';
import { providerContract } from '../../testing/provider-contract.js';
import { conditionOptions } from '../../testing/simulator/condition-options.js';
import { startTritonSimulator } from '../../testing/triton-simulator/triton-simulator.js';
import { batch, call, echo, FEATURES, open, rowsOf, withTriton, type Columns } from './triton.test.fixture.js';

const TOKEN = 'token-0123456789';

for (const binary of ['true', 'false']) {
  providerContract({
    name: `triton, binary ${binary}`,
    // A server of tensors has neither tokens, limits nor ids of its own; the quota has a test of its own, since opening waits.
    except: ['usage', 'limited', 'request-id', 'out-of-quota', 'quota'],
    async open(condition) {
      const simulator = await startTritonSimulator({ 'auth-token': TOKEN, ...conditionOptions(condition) });
      const http = createHttpTransport({ connections: 4 });
      const model = await open({
        http,
        endpoint: simulator.url,
        model: 'logistic_regression',
        options: { 'auth-token': TOKEN, binary },
        inputs: FEATURES,
        outputs: { probability: DOUBLE },
      });
      const { requests } = simulator.stats();
      return {
        model,
        inputs: batch(FEATURES, [
          [900, 1, 30, 1],
          [10, 0, 60, 0],
        ]),
        key: TOKEN,
        requests: () => simulator.stats().requests - requests,
        inFlight: () => simulator.stats().inFlight,
        async close() {
          await simulator.close();
          await http.close();
        },
      };
    },
  });
}

test('scalar columns stand side by side in an only input; outputs are read by name', () =>
  withTriton({}, async ({ open: openModel, sent }) => {
    const model = await openModel({ model: 'logistic_regression', inputs: FEATURES, outputs: { label: BIGINT, Probability: FLOAT } });
    assert.equal(model.maxInputsPerCall, 64);
    assert.equal(model.version, 'logistic_regression/1');
    const rows = rowsOf(
      await call(
        model,
        batch(FEATURES, [
          [900, 1, 30, 1],
          [10, 0, 60, 0],
        ]),
      ),
      2,
    );
    const probability = (logit: number): number => Math.fround(1 / (1 + Math.exp(-logit)));
    assert.deepEqual(
      rows.map(([label]) => label),
      [1, 0],
    );
    assert.ok(Math.abs((rows[0]![1] as number) - probability(3)) < 1e-6);
    assert.ok(Math.abs((rows[1]![1] as number) - probability(-3.76)) < 1e-6);
    assert.deepEqual(
      sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`),
      [
        'GET /v2',
        ...['', '/ready', '/config'].map(path => `GET /v2/models/logistic_regression${path}`),
        'POST /v2/models/logistic_regression/infer',
      ],
    );
  }));

test('models of one server, token and name share a quota, which does not tell the token', () =>
  withTriton({}, async ({ open: openModel }) => {
    const quota = async (model: string, token: string, columns: { inputs: Columns; outputs: Columns }) =>
      (await openModel({ model, options: { 'auth-token': token }, ...columns })).quota!;
    const text = { inputs: { text: STRING }, outputs: { answer: STRING } };
    const first = await quota('identity_string', TOKEN, text);
    assert.equal(await quota('identity_string', TOKEN, text), first);
    assert.notEqual(await quota('identity_string', 'other', text), first);
    assert.notEqual(await quota('logistic_regression', TOKEN, { inputs: FEATURES, outputs: { label: BIGINT } }), first);
    assert.ok(!first.includes(TOKEN));
  }));

test('a binary request is JSON with sizes, then the tensors', () =>
  withTriton({}, async ({ open: openModel, sent }) => {
    const inputs = { input0: arrayOf(INT), input1: arrayOf(INT) };
    const model = await openModel({ model: 'add_sub', inputs, outputs: { output1: arrayOf(INT), output0: arrayOf(BIGINT) } });
    const left = Array.from({ length: 16 }, (_, i) => i);
    const right = left.map(value => value * 10);
    assert.deepEqual(rowsOf(await call(model, batch(inputs, [[left, right]])), 1), [
      [left.map(value => 0 - value * 9), left.map(value => value * 11)],
    ]);
    const { headers, bytes } = sent.at(-1)!;
    const length = Number(headers['inference-header-content-length']);
    assert.equal(headers['content-type'], 'application/octet-stream');
    assert.deepEqual(JSON.parse(Buffer.from(bytes!.subarray(0, length)).toString()), {
      id: 'call-7',
      inputs: ['INPUT0', 'INPUT1'].map(name => ({ name, shape: [1, 16], datatype: 'INT32', parameters: { binary_data_size: 64 } })),
      outputs: ['OUTPUT1', 'OUTPUT0'].map(name => ({ name, parameters: { binary_data: true } })),
    });
    assert.equal(bytes!.byteLength, length + 128);
    assert.equal(Buffer.from(bytes!).readInt32LE(length + 4), 1);
  }));

test('a JSON request has the data in line, and parameters', () =>
  withTriton({ binary: false }, async ({ open: openModel, sent }) => {
    const options = { priority: '7', 'sequence-id': '18446744073709551615', 'sequence-start': 'true' };
    const model = await openModel({ model: 'identity_string', options, inputs: { text: STRING }, outputs: { answer: STRING } });
    assert.equal(model.maxInputsPerCall, 1);
    assert.deepEqual(rowsOf(await call(model, batch({ text: STRING }, [['grüß "dich"']])), 1), [['grüß "dich"']]);
    const { headers, body } = sent.at(-1)!;
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(
      body,
      '{"id":"call-7","parameters":{"priority":7,"sequence_id":18446744073709551615,"sequence_start":true,"sequence_end":false},' +
        '"inputs":[{"name":"INPUT0","shape":[1,1],"datatype":"BYTES","data":["grüß \\"dich\\""]}],"outputs":[{"name":"OUTPUT0"}]}',
    );
  }));

test('requests are compressed where asked, and the length of the JSON counts what is uncompressed', async () => {
  for (const binary of ['true', 'false']) {
    await withTriton({}, async ({ open: openModel, sent }) => {
      const options = { compression: 'gzip', binary };
      const model = await openModel({ model: 'identity_string', options, inputs: { text: STRING }, outputs: { answer: STRING } });
      assert.deepEqual(rowsOf(await call(model, batch({ text: STRING }, [['a'], ['b']])), 2), [['a'], ['b']]);
      const { headers, bytes } = sent.at(-1)!;
      assert.equal(headers['content-encoding'], 'gzip');
      const length = headers['inference-header-content-length'];
      assert.equal(
        gunzipSync(bytes!)
          .subarray(0, length === undefined ? undefined : Number(length))
          .toString()
          .at(-1),
        '}',
      );
    });
  }
});

test('credentials: a bearer token with or without its scheme, headers as a list or JSON, none of them in errors', async () => {
  await withTriton({ 'auth-token': TOKEN }, async ({ open: openModel, sent }) => {
    for (const headers of ['X-Key: s3cret, X-Client:me', '{"X-Key": "s3cret", "X-Client": "me"}']) {
      const options = { 'auth-token': `Bearer ${TOKEN}`, 'custom-headers': headers };
      await openModel({ model: 'identity_string', options, inputs: { text: STRING }, outputs: { answer: STRING } });
      const { authorization, 'x-key': key, 'x-client': client } = sent.at(-1)!.headers;
      assert.deepEqual([authorization, key, client], [`Bearer ${TOKEN}`, 's3cret', 'me']);
    }
    const wrong = openModel({ model: 'x', options: { 'auth-token': 'nope' }, inputs: { text: STRING }, outputs: { answer: STRING } });
    await assert.rejects(wrong, { code: 'UNAUTHORIZED', message: 'triton answered 401: Invalid token' });
  });
  for (const headers of ['{"a": 1}', 'no colon', 'bad name: x', 'Content-Length: 3', '{'])
    await assert.rejects(
      open({
        http: { request: () => assert.fail() },
        endpoint: 'http://localhost:1',
        model: 'm',
        options: { 'custom-headers': headers },
        inputs: {},
        outputs: {},
      }),
      /expected a JSON object of strings/,
    );
});

test('the version is that of the last answer, and the one of the options where it is named', () => {
  const versions = ['1', '2', '10'];
  const model = echo({ versions, inputs: [{ name: 'x', datatype: 'FP32', dims: [1] }] });
  const columns = { inputs: { x: DOUBLE }, outputs: { y: DOUBLE } };
  return withTriton(
    {},
    async ({ open: openModel, sent }) => {
      for (const [version, expected, path] of [
        [undefined, 'echo/10', '/v2/models/echo/infer'],
        ['latest', 'echo/10', '/v2/models/echo/infer'],
        ['2', 'echo/2', '/v2/models/echo/versions/2/infer'],
      ] as const) {
        const opened = await openModel({ model: 'echo', options: version === undefined ? {} : { 'model-version': version }, ...columns });
        assert.equal(opened.version, expected);
        await call(opened, batch(columns.inputs, [[1]]));
        assert.equal(opened.version, expected);
        assert.equal(new URL(sent.at(-1)!.url).pathname, path);
      }
    },
    [model],
  );
});

test('an answer that does not fit is a bad answer', async () => {
  for (const [output, message] of [
    [
      { datatype: 'FP64', shape: [1, 1], data: new Float64Array([1]) },
      /answered with output "x_out" FP64 \[1, 1\], which OUTPUT column "y" FLOAT cannot hold/,
    ],
    [{ datatype: 'FP32', shape: [2, 1], data: new Float32Array(2) }, /answered 1 rows with output "x_out" FP32 \[2, 1\]/],
    [{ datatype: 'FP32', shape: [1, 2], data: new Float32Array(2) }, /output "x_out" FP32 \[1, 2\] where OUTPUT column "y" is FLOAT/],
    [{ name: 'z', datatype: 'FP32', shape: [1, 1], data: new Float32Array(1) }, /without the output "x_out", but with none/],
  ] as const) {
    const model = echo({
      inputs: [{ name: 'x', datatype: 'FP32', dims: [1] }],
      run: () => [{ name: 'x_out', ...output }],
    });
    await withTriton(
      {},
      async ({ open: openModel }) => {
        const opened = await openModel({ model: 'echo', inputs: { x: FLOAT }, outputs: { y: FLOAT } });
        await assert.rejects(call(opened, batch({ x: FLOAT }, [[1]])), (thrown: Error & { code?: string }) => {
          assert.equal(thrown.code, 'BAD_ANSWER');
          assert.match(thrown.message, message);
          return true;
        });
      },
      [model],
    );
  }
});

test('a 200 with an error, without a body or with a body that is none is a failure of the service', async () => {
  for (const fault of ['error-body-rate', 'empty-rate'] as const) {
    for (const binary of ['true', 'false']) {
      await withTriton({ [fault]: 1 }, async ({ open: openModel }) => {
        const model = await openModel({
          model: 'identity_string',
          options: { binary },
          inputs: { text: STRING },
          outputs: { echo: STRING },
        });
        await assert.rejects(call(model, batch({ text: STRING }, [['a']])), { code: 'SERVICE_ERROR', retry: 'backoff' });
      });
    }
  }
});
