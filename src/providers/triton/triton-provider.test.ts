import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createHttpTransport } from '../../kit/http-transport.js';
import { DATATYPES, integerRange, type Datatype } from '../../kit/tensor/tensor.js';
import { toLong } from '../../common/long.js';
import type { Value } from '../../spec/batch.js';
import { arrayOf, BIGINT, BOOLEAN, BYTES, decimal, DOUBLE, FLOAT, INT, STRING, type DataType } from '../../spec/data-type.js';
import { providerContract } from '../../testing/provider-contract.js';
import { conditionOptions } from '../../testing/simulator/condition-options.js';
import { startTritonSimulator } from '../../testing/triton-simulator/triton-simulator.js';
import { batch, call, echo, open, rowsOf, withTriton, type Columns } from './triton.test.fixture.js';

const TOKEN = 'token-0123456789';

const FEATURES: Columns = { amount: DOUBLE, risk: DOUBLE, age: DOUBLE, night: DOUBLE };

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

/** The column type that holds every element of a datatype, and its values. */
function columnFor(datatype: Datatype): { readonly type: DataType; readonly values: fc.Arbitrary<Value> } {
  const range = integerRange(datatype);
  if (range !== undefined) {
    const [min, max] = range;
    return { type: datatype === 'UINT64' ? decimal(20, 0) : BIGINT, values: fc.bigInt({ min, max }).map(toLong) };
  }
  if (datatype === 'BOOL') return { type: BOOLEAN, values: fc.boolean() };
  if (datatype === 'BYTES') return { type: STRING, values: fc.string({ unit: 'grapheme' }) };
  const small = fc.integer({ min: -128, max: 128 });
  if (datatype === 'FP64') return { type: DOUBLE, values: fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0) };
  return { type: datatype === 'FP32' ? FLOAT : DOUBLE, values: small };
}

for (const datatype of DATATYPES) {
  const isHalf = datatype === 'FP16' || datatype === 'BF16';
  test(`${datatype} goes to a server and back, as a scalar, an ARRAY and nested, in ${isHalf ? 'the binary form' : 'both forms'}`, async () => {
    const { type, values } = columnFor(datatype);
    const inputs = { s: type, a: arrayOf(type), n: arrayOf(arrayOf(type)) };
    const outputs = { s_out: type, a_out: arrayOf(type), n_out: arrayOf(arrayOf(type)) };
    const model = echo({
      inputs: [
        { name: 's', datatype, dims: [1] },
        { name: 'a', datatype, dims: [3] },
        { name: 'n', datatype, dims: [2, 2] },
      ],
    });
    const list = (length: number): fc.Arbitrary<Value> => fc.array(values, { minLength: length, maxLength: length });
    const row = fc.tuple(values, list(3), fc.tuple(list(2), list(2)));
    await withTriton(
      {},
      async world => {
        for (const binary of isHalf ? ['true'] : ['true', 'false']) {
          const opened = await world.open({ model: 'echo', options: { binary }, inputs, outputs });
          await fc.assert(
            fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async rows => {
              const result = await call(opened, batch(inputs, rows));
              assert.equal(result.failures, undefined);
              assert.deepEqual(rowsOf(result, rows.length), rows);
            }),
            { numRuns: 20 },
          );
        }
      },
      [model],
    );
  });
}

test('bytes that are no text come back in the binary form, and fail their row in JSON', () =>
  withTriton({}, async ({ open: openModel }) => {
    const inputs = { data: BYTES };
    const bytes = new Uint8Array([0xff, 0, 0x80]);
    const binary = await openModel({ model: 'identity_string', inputs, outputs: { echo: BYTES } });
    assert.deepEqual(rowsOf(await call(binary, batch(inputs, [[bytes]])), 1), [[bytes]]);
    const json = await openModel({ model: 'identity_string', options: { binary: 'false' }, inputs, outputs: { echo: BYTES } });
    const { failures } = await call(json, batch(inputs, [[bytes]]));
    assert.match(failures!.get(0)!.message, /column "data" holds bytes that are no UTF-8/);
    const asText = await openModel({ model: 'identity_string', inputs, outputs: { text: STRING } });
    const answer = await call(asText, batch(inputs, [[bytes], [new Uint8Array([0x61])]]));
    assert.equal(answer.failures!.get(0)!.message, 'output "OUTPUT0" gave a value that does not fit STRING');
    assert.deepEqual([rowsOf(answer, 2), [...answer.inputOf!]], [[['a']], [1]]);
  }));

test('rows that no tensor holds fail alone, with their reason; the others are answered', () => {
  const model = echo({
    inputs: [
      { name: 'id', datatype: 'UINT8', dims: [1] },
      { name: 'v', datatype: 'FP32', dims: [2] },
    ],
  });
  const inputs = { id: INT, v: arrayOf(FLOAT) };
  return withTriton(
    {},
    async ({ open: openModel, sent }) => {
      const opened = await openModel({ model: 'echo', inputs, outputs: { id_out: INT } });
      const rows: Value[][] = [
        [1, [1, 2]],
        [null, [1, 2]],
        [256, [1, 2]],
        [2, [1, 2, 3]],
        [3, null],
        [4, [1, null]],
        [5, [5, 6]],
      ];
      const result = await call(opened, batch(inputs, rows));
      assert.deepEqual(
        [rowsOf(result, 7), [...result.inputOf!]],
        [
          [[1], [5]],
          [0, 6],
        ],
      );
      const noNull = 'and a tensor has no place for it: filter such rows out, or write COALESCE';
      assert.deepEqual(
        [...result.failures!].map(([row, { code, message }]) => [row, code, message]),
        [
          [1, 'PREDICTION_FAILED', `column "id" is NULL, ${noNull}`],
          [2, 'PREDICTION_FAILED', 'column "id" has the value 256, and the model takes UINT8 there'],
          [3, 'PREDICTION_FAILED', 'column "v" has 3 values, and the model takes 2 there'],
          [4, 'PREDICTION_FAILED', `column "v" is NULL, ${noNull}`],
          [5, 'PREDICTION_FAILED', `column "v" holds a NULL, ${noNull}`],
        ],
      );
      const asked = sent.length;
      const none = await call(opened, batch(inputs, [[null, null]]));
      assert.deepEqual([none.failures!.size, none.inputOf!.length, sent.length], [1, 0, asked]);
    },
    [model],
  );
});

test('default-value answers such rows', () =>
  withTriton({}, async ({ open: openModel }) => {
    const inputs = { text: STRING };
    const rows: Value[][] = [['a'], [null], ['b']];
    for (const [text, value] of [
      ['FAILED', 'FAILED'],
      ['null', null],
    ] as const) {
      const model = await openModel({ model: 'identity_string', options: { 'default-value': text }, inputs, outputs: { echo: STRING } });
      const result = await call(model, batch(inputs, rows));
      assert.equal(result.failures, undefined);
      assert.deepEqual(rowsOf(result, 3), [['a'], [value], ['b']]);
    }
    const vectors = await openModel({
      model: 'add_sub',
      options: { 'default-value': '[0]' },
      inputs: { INPUT0: arrayOf(INT), INPUT1: arrayOf(INT) },
      outputs: { output0: arrayOf(INT) },
    });
    assert.deepEqual(rowsOf(await call(vectors, batch({ a: arrayOf(INT), b: arrayOf(INT) }, [[null, null]])), 1), [[[0]]]);
    const numeric = { model: 'logistic_regression', inputs: FEATURES };
    await assert.rejects(openModel({ ...numeric, options: { 'default-value': 'high' }, outputs: { label: BIGINT } }), {
      code: 'INVALID_OPTION',
      message: '"default-value" is no value of OUTPUT column "label" BIGINT',
    });
    await assert.rejects(
      openModel({ ...numeric, options: { 'default-value': '0' }, outputs: { label: BIGINT, probability: DOUBLE } }),
      /"default-value" is one value, and OUTPUT has 2 columns/,
    );
  }));

test('ARRAYs of open length share a request where they are equally long, and are told apart before one is sent', () => {
  const model = echo({ inputs: [{ name: 'tokens', datatype: 'INT64', dims: [-1] }] });
  const inputs = { tokens: arrayOf(BIGINT) };
  return withTriton(
    {},
    async ({ open: openModel, sent }) => {
      const opened = await openModel({ model: 'echo', inputs, outputs: { tokens_out: arrayOf(BIGINT) } });
      for (const rows of [[[[1, 2]], [[3, 4]]], [[[5]]], [[[]]]] as Value[][][])
        assert.deepEqual(rowsOf(await call(opened, batch(inputs, rows)), rows.length), rows);
      const asked = sent.length;
      await assert.rejects(call(opened, batch(inputs, [[[1]], [[1, 2]]])), {
        code: 'PREDICTION_FAILED',
        message: 'rows with [1] and [2] values for input "tokens" cannot share a request',
      });
      assert.equal(sent.length, asked);
    },
    [model],
  );
});

test('a model without a batch dimension gets one row a request, and flatten-batch-dim says so where shapes do not', () => {
  const flat = echo({ name: 'flat', maxBatchSize: 0, inputs: [{ name: 'x', datatype: 'FP32', dims: [3] }] });
  const open1 = echo({ name: 'open', maxBatchSize: 0, inputs: [{ name: 'x', datatype: 'FP32', dims: [-1] }] });
  const own = echo({ name: 'own', maxBatchSize: 0, inputs: [{ name: 'x', datatype: 'FP32', dims: [-1, 2] }] });
  const vector = { x: arrayOf(DOUBLE) };
  const shapeOf = (bytes: Uint8Array | undefined): unknown => /"shape":(\[[^\]]*\])/.exec(Buffer.from(bytes!).toString('latin1'))?.[1];
  return withTriton(
    {},
    async ({ open: openModel, sent }) => {
      for (const [model, options, rows, shape, most] of [
        ['flat', {}, [[[1, 2, 3]]], '[3]', 1],
        ['open', {}, [[[1, 2]]], '[2]', 1],
        ['own', {}, [[[1, 2]], [[3, 4]]], '[2,2]', 65_536],
        ['own', { 'flatten-batch-dim': 'true' }, [[[1, 2, 3, 4]]], '[2,2]', 1],
      ] as [string, Record<string, string>, Value[][], string, number][]) {
        const opened = await openModel({ model, options, inputs: vector, outputs: { y: arrayOf(DOUBLE) } });
        assert.equal(opened.maxInputsPerCall, most, model);
        assert.deepEqual(rowsOf(await call(opened, batch(vector, rows)), rows.length), rows);
        assert.equal(shapeOf(sent.at(-1)!.bytes), shape);
      }
      const scalars = await openModel({ model: 'open', inputs: { x: DOUBLE }, outputs: { y: DOUBLE } });
      assert.deepEqual(rowsOf(await call(scalars, batch({ x: DOUBLE }, [[1], [2]])), 2), [[1], [2]]);
      assert.equal(shapeOf(sent.at(-1)!.bytes), '[2]');
    },
    [flat, open1, own],
  );
});

test('several scalar columns read an only output in order', () => {
  const model = echo({ inputs: [{ name: 'x', datatype: 'FP32', dims: [2] }] });
  const inputs = { a: DOUBLE, b: DOUBLE };
  return withTriton(
    {},
    async ({ open: openModel }) => {
      const opened = await openModel({ model: 'echo', inputs, outputs: { left: FLOAT, right: DOUBLE } });
      const rows = [
        [1, 2],
        [3, 4],
      ];
      assert.deepEqual(rowsOf(await call(opened, batch(inputs, rows)), 2), rows);
    },
    [model],
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

test('an integer that its column does not hold fails its row', () => {
  const model = echo({
    inputs: [{ name: 'x', datatype: 'INT64', dims: [1] }],
    outputs: [{ name: 'y', datatype: 'UINT64', dims: [1] }],
    run: inputs => [
      { name: 'y', datatype: 'UINT64', shape: inputs.get('x')!.shape, data: BigUint64Array.from(inputs.get('x')!.data as BigInt64Array) },
    ],
  });
  return withTriton(
    {},
    async ({ open: openModel }) => {
      const rows = [[1], [-1], [2_147_483_648]];
      for (const [type, kept] of [
        [INT, [[1]]],
        [BIGINT, [[1], [2_147_483_648]]],
        [decimal(20, 0), [[1], [2n ** 64n - 1n], [2_147_483_648]]],
      ] as const) {
        const opened = await openModel({ model: 'echo', inputs: { x: BIGINT }, outputs: { y: type } });
        assert.deepEqual(rowsOf(await call(opened, batch({ x: BIGINT }, rows)), 3), kept);
      }
    },
    [model],
  );
});

test('NaN and infinity pass in the binary form; JSON has none of them to send, and reads those of Triton', () => {
  const model = echo({
    inputs: [{ name: 'x', datatype: 'FP32', dims: [1] }],
    run: inputs => [
      { ...inputs.get('x')!, name: 'x_out', data: Float32Array.from(inputs.get('x')!.data as Float32Array, value => 1 / value) },
    ],
  });
  return withTriton(
    {},
    async ({ open: openModel }) => {
      const columns = { inputs: { x: DOUBLE }, outputs: { y: DOUBLE } };
      const binary = await openModel({ model: 'echo', ...columns });
      assert.deepEqual(rowsOf(await call(binary, batch(columns.inputs, [[NaN], [Infinity], [0]])), 3), [[NaN], [0], [Infinity]]);
      const json = await openModel({ model: 'echo', options: { binary: 'false' }, ...columns });
      const result = await call(json, batch(columns.inputs, [[NaN], [0]]));
      assert.match(result.failures!.get(0)!.message, /column "x" is NaN, which JSON cannot tell/);
      assert.deepEqual(rowsOf(result, 2), [[Infinity]]);
    },
    [model],
  );
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
