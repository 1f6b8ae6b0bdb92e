import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import { arrayOf, BIGINT, BOOLEAN, DATE, DOUBLE, FLOAT, INT, STRING } from '../../spec/data-type.js';
import type { HttpResponse, HttpTransport } from '../../spec/provider.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { startTritonSimulator } from '../../testing/triton-simulator/triton-simulator.js';
import { batch, call, echo, fields, open, rowsOf, withTriton, type Columns } from './triton.test.fixture.js';
import { triton } from './triton-provider.js';

const TEXT = { inputs: { text: STRING }, outputs: { answer: STRING } };

/** What went wrong, with its notes, each on a line. */
async function problem(opening: Promise<unknown>): Promise<string> {
  const thrown: unknown = await opening.then(
    () => assert.fail('the model was opened'),
    (reason: unknown) => reason,
  );
  assert.ok(MillraceError.is(thrown), String(thrown));
  return [`${thrown.code}: ${thrown.message}`, ...thrown.notes.map(note => note.message)].join('\n');
}

test('columns that do not fit: what differs, what the model has, and what to write', () =>
  withTriton({}, async ({ open: openModel }) => {
    const add = (inputs: Columns, outputs: Columns): Promise<string> => problem(openModel({ model: 'add_sub', inputs, outputs }));
    const logistic = (inputs: Columns, outputs: Columns): Promise<string> =>
      problem(openModel({ model: 'logistic_regression', inputs, outputs }));
    const takes =
      'the model takes "INPUT0" INT32 [N, 16], "INPUT1" INT32 [N, 16]\ndeclare for example INPUT (INPUT0 ARRAY<INT>, INPUT1 ARRAY<INT>)';
    const gives =
      'the model gives "OUTPUT0" INT32 [N, 16], "OUTPUT1" INT32 [N, 16]\ndeclare for example OUTPUT (OUTPUT0 ARRAY<INT>, OUTPUT1 ARRAY<INT>)';
    const vector = arrayOf(INT);
    assert.equal(
      await add({ input0: vector, inptu1: vector }, { output0: vector }),
      `MODEL_SCHEMA: the model has no input "inptu1"; did you mean "INPUT1"?\n${takes}`,
    );
    assert.equal(
      await add({ input0: vector }, { output0: vector }),
      `MODEL_SCHEMA: INPUT has no column for the input "INPUT1" of the model\n${takes}`,
    );
    assert.equal(
      await add({ input0: vector, input1: INT }, { output0: vector }),
      `MODEL_SCHEMA: column "input1" is INT, but input "INPUT1" of the model is INT32 [N, 16]\n${takes}`,
    );
    assert.equal(
      await add({ input0: vector, input1: arrayOf(DOUBLE) }, { output0: vector }),
      `MODEL_SCHEMA: column "input1" is ARRAY<DOUBLE>, but input "INPUT1" of the model is INT32 [N, 16]\n${takes}`,
    );
    assert.equal(
      await add({ input0: vector, input1: vector }, { output2: vector }),
      `MODEL_SCHEMA: the model has no output "output2"; did you mean "OUTPUT0"?\n${gives}`,
    );
    assert.equal(
      await add({ input0: vector, input1: vector }, { output0: INT }),
      `MODEL_SCHEMA: OUTPUT column "output0" is INT, but output "OUTPUT0" of the model is INT32 [N, 16]\n${gives}`,
    );
    assert.equal(
      await add({ input0: vector, input1: vector }, { output0: arrayOf(STRING) }),
      `MODEL_SCHEMA: OUTPUT column "output0" is ARRAY<STRING>, but output "OUTPUT0" of the model is INT32 [N, 16]\n${gives}`,
    );
    const features =
      'the model takes "features" FP32 [N, 4]\ndeclare for example INPUT (features ARRAY<FLOAT>), or 4 scalar columns in its order';
    assert.equal(
      await logistic({ a: DOUBLE, b: DOUBLE, c: DOUBLE }, { label: BIGINT }),
      `MODEL_SCHEMA: INPUT declares 3 columns, but input "features" of the model is FP32 [N, 4]\n${features}`,
    );
    assert.equal(
      await logistic({ a: DOUBLE, b: arrayOf(DOUBLE) }, { label: BIGINT }),
      `MODEL_SCHEMA: INPUT declares the ARRAY column "b" beside others, but the model has one input: declare one ARRAY, or one column a value\n${features}`,
    );
    assert.equal(
      await logistic({ a: DATE, b: DOUBLE, c: DOUBLE, d: DOUBLE }, { label: BIGINT }),
      `MODEL_SCHEMA: column "a" is DATE, but input "features" of the model is FP32 [N, 4]\n${features}`,
    );
    assert.match(
      await logistic({ a: arrayOf(FLOAT) }, { label: BOOLEAN }),
      /OUTPUT column "label" is BOOLEAN, but output "label" of the model is INT64 \[N, 1\]/,
    );
  }));

test('an optional input may be left out', () => {
  const model = echo({
    inputs: [
      { name: 'x', datatype: 'FP32', dims: [1] },
      { name: 'scale', datatype: 'FP32', dims: [1], optional: true },
    ],
  });
  return withTriton(
    {},
    async ({ open: openModel }) => {
      const opened = await openModel({ model: 'echo', inputs: { x: DOUBLE }, outputs: { x_out: DOUBLE } });
      assert.deepEqual(rowsOf(await call(opened, batch({ x: DOUBLE }, [[2]])), 1), [[2]]);
    },
    [model],
  );
});

test('a model that the server does not have, or has not ready', async () => {
  const ready = echo({ inputs: [{ name: 'x', datatype: 'FP32', dims: [1] }] });
  await withTriton(
    {},
    async ({ open: openModel, simulator }) => {
      assert.equal(
        await problem(openModel({ model: 'fraud', ...TEXT })),
        `MODEL_LOAD: the server at "${simulator.url}" does not give model "fraud": triton answered 404: Request for unknown model: 'fraud' is not found\n` +
          'check "model" and "model-version", and that the server has loaded the model',
      );
      assert.match(
        await problem(openModel({ model: 'echo', options: { 'model-version': '7' }, ...TEXT })),
        /triton answered 404: Request for unknown model: 'echo' version 7 is not found/,
      );
      assert.match(
        await problem(openModel({ model: 'echo', options: { 'model-version': 'newest' }, ...TEXT })),
        /triton answered 400: failed to get model version from specified version string 'newest'/,
      );
    },
    [ready],
  );
  await withTriton(
    {},
    async ({ open: openModel }) => {
      assert.match(
        await problem(openModel({ model: 'echo', ...TEXT })),
        /^MODEL_LOAD: .*'echo' has no available versions\nthe server says that it is not ready/,
      );
    },
    [{ ...ready, ready: false }],
  );
});

test('a server that is down is UNREACHABLE, with its address', async () => {
  const simulator = await startTritonSimulator();
  await simulator.close();
  const http = createHttpTransport({ connections: 1 });
  const opening = open({ http, endpoint: simulator.url, model: 'm', ...TEXT });
  await assert.rejects(opening, (thrown: MillraceError) => {
    assert.equal(thrown.code, 'UNREACHABLE');
    assert.equal(thrown.retry, 'backoff');
    assert.ok(thrown.message.startsWith(`no answer from "${simulator.url}": `), thrown.message);
    return true;
  });
  await http.close();
});

test('a server that does not answer is given up after ten seconds', async () => {
  const clock = createFakeClock();
  const http: HttpTransport = {
    request: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })),
  };
  const opening = Promise.resolve(
    triton.openModel({
      name: 'm',
      options: triton.options.parse({ endpoint: 'http://gpu:8000', model: 'm' }),
      inputs: fields(TEXT.inputs),
      outputs: fields(TEXT.outputs),
      http,
      clock,
      random: () => 0,
      openModelFile: () => assert.fail(),
    }),
  );
  const checked = assert.rejects(opening, { code: 'TIMEOUT', message: 'no answer from "http://gpu:8000" within 10 s' });
  await clock.advance(10_000);
  await checked;
});

/** A server that answers by path. */
function server(answers: Readonly<Record<string, Partial<HttpResponse> & { readonly json?: unknown }>>): HttpTransport {
  return {
    request({ url }) {
      const { json = {}, ...answer } = answers[new URL(url).pathname] ?? { status: 404, json: { detail: 'Not Found' } };
      return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(json), ...answer });
    },
  };
}

test('a server that is none of the protocol, and one that is not ready', async () => {
  const opening = (http: HttpTransport): Promise<unknown> => open({ http, endpoint: 'http://host/base/v2/models/', model: 'm', ...TEXT });
  assert.equal(
    await problem(opening(server({}))),
    'MODEL_LOAD: the server at "http://host" does not give model "m": triton answered 404: Not Found\n' +
      'check that "endpoint" is the base URL of a server of the Open Inference Protocol v2',
  );
  assert.equal(
    await problem(opening(server({ '/base/v2/models/m': { body: '<html>' } }))),
    'MODEL_LOAD: the server described the model with something else than a JSON object\n' +
      'check that "endpoint" is the base URL of a server of the Open Inference Protocol v2',
  );
  const unready = server({
    '/base/v2/models/m': { json: { name: 'm' } },
    '/base/v2/models/m/ready': { status: 503, json: { error: 'loading' } },
  });
  await assert.rejects(opening(unready), {
    code: 'SERVICE_ERROR',
    message: 'model "m" is not ready: triton answered 503: loading',
    retry: 'backoff',
  });
  await assert.rejects(opening(server({ '/base/v2/models/m': { status: 503, json: { error: 'busy' } } })), {
    code: 'SERVICE_ERROR',
    message: 'triton answered 503: busy',
  });
});

test('credentials that a server repeats are masked', async () => {
  const http = server({ '/v2': { status: 401, json: { error: 'neither t0ken nor s3cret is known' } } });
  const options = { 'auth-token': 't0ken', 'custom-headers': 'X-Key: s3cret' };
  await assert.rejects(open({ http, endpoint: 'http://host', model: 'm', options, ...TEXT }), {
    code: 'UNAUTHORIZED',
    message: 'triton answered 401: neither ****** nor ****** is known',
  });
});

test('a server that describes no tensors takes columns by name and type, and gives outputs by name or order', async () => {
  const sent: string[] = [];
  const inner = server({
    '/v2/models/m': { json: { name: 'm' } },
    '/v2/models/m/infer': {
      json: {
        outputs: [
          { name: 'first', datatype: 'FP64', shape: [2, 1], data: [[0.5], [0.25]] },
          { name: 'second', datatype: 'INT64', shape: [2], data: [9, 8] },
        ],
      },
    },
  });
  const http: HttpTransport = {
    request: request => {
      if (request.body !== undefined) sent.push(request.body);
      return inner.request(request);
    },
  };
  const inputs = { amount: DOUBLE, tags: arrayOf(STRING) };
  const rows = [
    [1.5, ['a', 'b']],
    [2, ['c', 'd']],
  ];
  for (const outputs of [
    { p: DOUBLE, q: BIGINT },
    { First: DOUBLE, Second: BIGINT },
  ]) {
    const model = await open({ http, endpoint: 'http://host', model: 'm', inputs, outputs });
    assert.equal(model.version, 'm');
    assert.deepEqual(rowsOf(await call(model, batch(inputs, rows)), 2), [
      [0.5, 9],
      [0.25, 8],
    ]);
  }
  assert.deepEqual(JSON.parse(sent[0]!), {
    id: 'call-7',
    inputs: [
      { name: 'amount', shape: [2, 1], datatype: 'FP64', data: [1.5, 2] },
      { name: 'tags', shape: [2, 2], datatype: 'BYTES', data: ['a', 'b', 'c', 'd'] },
    ],
  });
});

test('options that contradict each other or the model', () =>
  withTriton({}, async ({ open: openModel }) => {
    assert.match(
      await problem(openModel({ model: 'identity_string', options: { 'sequence-end': 'true' }, ...TEXT })),
      /INVALID_OPTION: "sequence-end" is true, and no "sequence-id" says which/,
    );
    assert.match(
      await problem(openModel({ model: 'identity_string', options: { 'flatten-batch-dim': 'true' }, ...TEXT })),
      /INVALID_OPTION: "flatten-batch-dim" is true, but model "identity_string" has max_batch_size 64/,
    );
    assert.match(
      await problem(open({ http: server({}), endpoint: 'localhost:8000', model: 'm', ...TEXT })),
      /INVALID_OPTION: "endpoint" is not an http or https address\nwrite a base URL such as "http:\/\/localhost:8000"/,
    );
  }));
