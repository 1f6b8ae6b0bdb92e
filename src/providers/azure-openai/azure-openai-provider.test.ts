import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import type { manyRowsOptions } from '../../kit/chat/many-rows/many-rows-options.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../../spec/batch.js';
import { arrayOf, DOUBLE, FLOAT, STRING, type DataType } from '../../spec/data-type.js';
import type { HttpTransport, Model, ModelResult } from '../../spec/provider.js';
import { startAzureOpenAiSimulator, type AzureOpenAiSimulator } from '../../testing/azure-openai-simulator/azure-openai-simulator.js';
import type { AzureOpenAiSimulatorOptions } from '../../testing/azure-openai-simulator/simulator-options.js';
import { providerContract, type ModelVariant } from '../../testing/provider-contract.js';
import { conditionOptions } from '../../testing/simulator/condition-options.js';
import { simulatedAnswer } from '../../testing/simulator/simulated-text.js';
import type { AzureOpenaiOptions } from './azure-openai-options.js';
import { azureOpenai } from './azure-openai-provider.js';

const KEY = 'azure-0123456789abcdef';

interface OpenInit {
  readonly http: HttpTransport;
  readonly options: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, DataType>>;
}

/** With a key and a deployment, unless the options have others. */
function open({ http, options, outputs = { answer: STRING } }: OpenInit): Model {
  const credential = 'auth-token' in options ? {} : { 'api-key': KEY };
  return azureOpenai.openModel({
    name: 'm',
    options: azureOpenai.options.parse({ ...credential, ...options }),
    inputs: [{ name: 'text', type: STRING }],
    outputs: Object.entries(outputs).map(([name, type]) => ({ name, type })),
    http,
    clock: systemClock,
    random: () => 0.5,
    openModelFile: () => assert.fail('no runtime is needed'),
  }) as Model;
}

function batch(...texts: readonly string[]): Batch {
  return batchOfRows(
    [{ name: 'text', type: STRING }],
    texts.map(text => [text]),
  );
}

function call(model: Model, inputs: Batch = batch('hi')): Promise<ModelResult> {
  return model.predict(inputs, { signal: new AbortController().signal, callId: 'call-7' });
}

async function failureOf(model: Model): Promise<MillraceError> {
  const thrown: unknown = await call(model).then(
    ({ failures }) => failures?.get(0) ?? assert.fail('the call succeeded'),
    (reason: unknown) => reason,
  );
  return MillraceError.is(thrown) ? thrown : assert.fail(String(thrown));
}

function firstRow({ outputs }: ModelResult): Value[] {
  return rowAt({ kind: 'batch', rowCount: 1, columns: outputs }, 0);
}

async function withSimulator<Result>(
  options: Partial<AzureOpenAiSimulatorOptions>,
  run: (simulator: AzureOpenAiSimulator, http: HttpTransport) => Promise<Result>,
): Promise<Result> {
  const simulator = await startAzureOpenAiSimulator(options);
  const http = createHttpTransport({ connections: 4 });
  try {
    return await run(simulator, http);
  } finally {
    await simulator.close();
    await http.close();
  }
}

for (const task of ['chat-completion', 'embedding'] as const) {
  for (const path of ['', '/openai/v1']) {
    const isChat = task === 'chat-completion';
    providerContract({
      name: `azure-openai ${task} at "${path}"`,
      task: isChat ? 'language-model' : 'embedding',
      async open(condition) {
        const simulator = await startAzureOpenAiSimulator({ 'api-key': KEY, ...conditionOptions(condition) });
        const http = createHttpTransport({ connections: 4 });
        const openModel = ({ key = KEY, options = {} }: ModelVariant): Model =>
          open({
            http,
            options: { endpoint: simulator.url + path, deployment: 'd', task, 'api-key': key, ...options },
            outputs: isChat ? { answer: STRING } : { vector: arrayOf(FLOAT) },
          });
        return {
          model: openModel({}),
          inputs: isChat ? batch('one') : batch('one', 'two'),
          key: KEY,
          requests: () => simulator.stats().requests,
          inFlight: () => simulator.stats().inFlight,
          lastBody: () => simulator.lastRequest()!.body.toString(),
          tokens: () => ({ input: simulator.stats().promptTokens, output: simulator.stats().completionTokens }),
          reopen: openModel,
          async close() {
            await simulator.close();
            await http.close();
          },
        };
      },
    });
  }
}

test('every form of the endpoint is one address and one quota', () =>
  withSimulator({ deployments: ['chat d'], seed: 's' }, async (simulator, http) => {
    const { url } = simulator;
    const named = { deployment: 'chat d' };
    const forms: readonly (readonly [Record<string, string>, string, string])[] = [
      [{ endpoint: url, ...named }, '/openai/deployments/chat%20d/chat/completions', '2024-10-21'],
      [{ endpoint: `${url}/`, model: 'chat d' }, '/openai/deployments/chat%20d/chat/completions', '2024-10-21'],
      [{ endpoint: `${url}/openai/`, ...named }, '/openai/deployments/chat%20d/chat/completions', '2024-10-21'],
      [
        { endpoint: `${url}/openai/deployments/chat%20d?api-version=2024-06-01` },
        '/openai/deployments/chat%20d/chat/completions',
        '2024-06-01',
      ],
      [
        { endpoint: `${url}/openai/deployments/chat%20d/chat/completions`, 'api-version': '2025-01-01-preview' },
        '/openai/deployments/chat%20d/chat/completions',
        '2025-01-01-preview',
      ],
      [{ endpoint: `${url}/openai/v1/`, ...named }, '/openai/v1/chat/completions', 'null'],
      [{ endpoint: `${url}/openai/v1/chat/completions`, ...named, 'api-version': 'preview' }, '/openai/v1/chat/completions', 'preview'],
    ];
    const quotas = new Set<string | undefined>();
    for (const [options, path, version] of forms) {
      const model = open({ http, options });
      quotas.add(model.quota);
      assert.deepEqual(firstRow(await call(model)), [simulatedAnswer({ seed: 's', message: 'hi' })], options['endpoint']);
      const { fullPath, query } = simulator.lastRequest()!;
      assert.deepEqual([fullPath, String(query.get('api-version'))], [path, version]);
    }
    assert.equal(quotas.size, 1);
    assert.notEqual(open({ http, options: { endpoint: url, deployment: 'other' } }).quota, [...quotas][0]);
  }));

test('a gateway in front of Azure keeps its path', () =>
  withSimulator({}, async ({ url }, http) => {
    const error = await failureOf(open({ http, options: { endpoint: `${url}/gateway/openai/deployments/d` } }));
    assert.deepEqual([error.code, error.context.httpStatus], ['REFUSED', 404]);
  }));

test('what does not say where, or says it twice, is refused when the model is opened', () => {
  const http: HttpTransport = { request: () => assert.fail('nothing is sent') };
  const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ endpoint: 'http://h' }, /"deployment" is missing/],
    [{ endpoint: 'http://h/openai/v1' }, /"deployment" is missing/],
    [{ endpoint: 'name.openai.azure.com', deployment: 'd' }, /"endpoint" is not an http/],
    [{ endpoint: 'http://h/openai/deployments/a', deployment: 'b' }, /"deployment" is "b", and the endpoint says "a"/],
    [{ endpoint: 'http://h?api-version=2024-06-01', deployment: 'd', 'api-version': '2024-10-21' }, /"api-version" is "2024-10-21"/],
    [{ endpoint: 'http://h', deployment: 'd', 'auth-token': 't', 'api-key': 'k' }, /both set/],
  ];
  for (const [options, message] of cases) assert.throws(() => open({ http, options }), { code: 'INVALID_OPTION', message });
  const parsed = azureOpenai.options.parse({ endpoint: 'http://h', deployment: 'd' });
  const context = { name: 'm', options: parsed, inputs: [], outputs: [], http, clock: systemClock, random: () => 0 };
  assert.throws(() => azureOpenai.openModel({ ...context, openModelFile: () => assert.fail() }), {
    code: 'INVALID_OPTION',
    message: '"api-key" or "auth-token" is missing',
  });
});

test('a key goes into its own header, a token of Entra ID is a bearer token', () =>
  withSimulator({ 'api-key': KEY, 'auth-token': 'entra-token' }, async (simulator, http) => {
    const target = { endpoint: simulator.url, deployment: 'd' };
    await call(open({ http, options: target }));
    assert.deepEqual(
      [
        simulator.lastRequest()!.headers['api-key'],
        simulator.lastRequest()!.headers.authorization,
        simulator.lastRequest()!.headers['x-ms-client-request-id'],
      ],
      [KEY, undefined, 'call-7'],
    );
    await call(open({ http, options: { ...target, 'auth-token': 'entra-token' } }));
    assert.equal(simulator.lastRequest()!.headers['api-key'], undefined);
    const error = await failureOf(open({ http, options: { ...target, 'auth-token': 'expired-token' } }));
    assert.deepEqual([error.code, error.notes.length], ['UNAUTHORIZED', 1]);
  }));

test('request body: every option, and the name of the model decides how tokens are limited', () =>
  withSimulator({}, async (simulator, http) => {
    const options = {
      endpoint: simulator.url,
      deployment: 'd',
      'system-prompt': 'Answer in JSON.',
      temperature: '0',
      'max-tokens': '5000',
      'top-p': '0.9',
      'presence-penalty': '0.1',
      'frequency-penalty': '-0.2',
      seed: '12345',
      stop: 'a, the',
      n: '2',
      'response-format': 'json_object',
    };
    const sent = (): unknown => JSON.parse(simulator.lastRequest()!.body.toString());
    const result = await call(open({ http, options }));
    assert.deepEqual(result.inputOf, new Uint32Array([0, 0]));
    const messages = [
      { role: 'system', content: 'Answer in JSON.' },
      { role: 'user', content: 'hi' },
    ];
    const shared = {
      messages,
      temperature: 0,
      top_p: 0.9,
      presence_penalty: 0.1,
      frequency_penalty: -0.2,
      seed: 12_345,
      stop: ['a', 'the'],
      n: 2,
    };
    assert.deepEqual(sent(), { ...shared, max_tokens: 5_000, response_format: { type: 'json_object' } });
    await call(open({ http, options: { ...options, model: 'o3-mini' } }));
    assert.deepEqual(sent(), { ...shared, max_completion_tokens: 5_000, response_format: { type: 'json_object' } });
    await call(open({ http, options: { endpoint: `${simulator.url}/openai/v1`, deployment: 'gpt-5-d', 'max-tokens': '900' } }));
    assert.deepEqual(sent(), { model: 'gpt-5-d', max_completion_tokens: 900, messages: [messages[1]] });
    await call(open({ http, options: { endpoint: simulator.url, deployment: 'd', dimension: '3' }, outputs: { v: arrayOf(DOUBLE) } }));
    assert.deepEqual(sent(), { input: ['hi'], encoding_format: 'float', dimensions: 3 });
  }));

test('structured output is a strict schema; versions that have none say so', () =>
  withSimulator({}, async ({ url }, http) => {
    const init = { http, outputs: { label: STRING, score: DOUBLE } };
    const [label, score] = firstRow(await call(open({ ...init, options: { endpoint: url, deployment: 'd' } })));
    assert.deepEqual([typeof label, typeof score], ['string', 'number']);
    const old = await failureOf(open({ ...init, options: { endpoint: url, deployment: 'd', 'api-version': '2024-06-01' } }));
    assert.match(old.message, /json_schema is enabled only for api versions 2024-08-01-preview and later/);
    assert.equal(old.code, 'REFUSED');
  }));

test('the version is the model, else the deployment; admission counts max-tokens of every answer', () => {
  const http: HttpTransport = { request: () => assert.fail('nothing is sent') };
  const target = { endpoint: 'http://h', deployment: 'd' };
  assert.equal(open({ http, options: target }).version, 'd');
  const model = open({ http, options: { ...target, model: 'gpt-4o', 'max-tokens': '50', n: '3' } });
  assert.deepEqual([model.version, model.tokens?.outputOfRow], ['gpt-4o', 150]);
});

test('a prompt that the content filter stops is refused for its row, with the category', () =>
  withSimulator({ 'prompt-filter-rate': 1 }, async ({ url }, http) => {
    const error = await failureOf(open({ http, options: { endpoint: url, deployment: 'd' } }));
    assert.deepEqual([error.code, error.retry, error.context.httpStatus], ['REFUSED', 'never', 400]);
    assert.equal(error.message, 'azure-openai answered 400: the content filter stopped the prompt (violence medium)');
  }));

test('an answer that the content filter cuts is a bad answer that is not asked for again', () =>
  withSimulator({ 'content-filter-rate': 1 }, async ({ url }, http) => {
    const error = await failureOf(open({ http, options: { endpoint: url, deployment: 'd' } }));
    assert.deepEqual([error.code, error.retry], ['BAD_ANSWER', 'never']);
  }));

test('a deployment that is not there says what the name has to be', () =>
  withSimulator({ deployments: ['chat'] }, async ({ url }, http) => {
    for (const endpoint of [url, `${url}/openai/v1`]) {
      const error = await failureOf(open({ http, options: { endpoint, deployment: 'gpt-4o' } }));
      assert.deepEqual([error.code, error.context.httpStatus], ['REFUSED', 404]);
      assert.match(error.message, /The API deployment for this resource does not exist/);
      assert.match(error.notes[0]!.message, /not that of its model/);
    }
    const version = await failureOf(open({ http, options: { endpoint: url, deployment: 'chat', 'api-version': '2024-13-01' } }));
    assert.match(version.notes[0]!.message, /"api-version"/);
  }));

test('a 424 can be tried again', () =>
  withSimulator({ 'error-424-rate': 1 }, async ({ url }, http) => {
    const error = await failureOf(open({ http, options: { endpoint: url, deployment: 'd' } }));
    assert.deepEqual([error.code, error.retry], ['SERVICE_ERROR', 'backoff']);
  }));

test('limits are those of the resource; -1 and 0 are not told', async () => {
  const limits = { 'requests-per-minute': 600, 'tokens-per-minute': 1_000 } as const;
  await withSimulator({ ...limits }, async ({ url }, http) => {
    const { rateLimit, requestId } = await call(open({ http, options: { endpoint: url, deployment: 'd', 'max-tokens': '400' } }));
    assert.deepEqual(rateLimit, [
      { kind: 'requests', limit: 600, remaining: 599 },
      { kind: 'tokens', limit: 1_000, remaining: 598 },
    ]);
    assert.match(requestId!, /^00000000-/);
  });
  for (const told of ['unknown', 'none'] as const) {
    await withSimulator({ ...limits, 'limit-headers': told }, async ({ url }, http) => {
      assert.deepEqual((await call(open({ http, options: { endpoint: url, deployment: 'd' } }))).rateLimit, []);
    });
  }
});

test('a throttled call waits as told: by either header, by a lonely reset, or by the words alone', async () => {
  for (const waits of ['both', 'seconds', 'reset', 'none'] as const) {
    await withSimulator({ 'requests-per-minute': 1, 'limit-headers': 'unknown', 'wait-headers': waits }, async ({ url }, http) => {
      const model = open({ http, options: { endpoint: url, deployment: 'd' } });
      await call(model);
      const { code, retry } = await failureOf(model);
      assert.equal(code, 'RATE_LIMITED');
      assert.ok(typeof retry === 'object', waits);
      assert.ok(retry.afterMs > 55_000 && retry.afterMs <= 60_000, `${waits}: ${retry.afterMs} ms`);
    });
  }
});

test('a reset of 0 with nothing left is no wait of 0', async () => {
  const http: HttpTransport = {
    request: () =>
      Promise.resolve({
        status: 429,
        headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '0' },
        body: '{"error":{"code":"429","message":"too many"}}',
      }),
  };
  assert.equal((await failureOf(open({ http, options: { endpoint: 'http://h', deployment: 'd' } }))).retry, 'backoff');
});

/** A value of each option that a chat's request, or what the model says of itself, must show. */
const SHOWN: Readonly<Record<Exclude<keyof AzureOpenaiOptions, keyof typeof manyRowsOptions | 'auth-token' | 'dimension'>, string>> = {
  task: 'embedding',
  endpoint: 'http://other',
  deployment: 'other',
  model: 'gpt-4o',
  'api-version': '2024-06-01',
  'api-key': 'other-key',
  'system-prompt': 'Be brief.',
  prompt: 'Say {{text}}',
  temperature: '0',
  'max-tokens': '9',
  'context-window': '8000',
  'top-p': '0.5',
  stop: 'a',
  'response-format': 'text',
  'presence-penalty': '1',
  'frequency-penalty': '1',
  seed: '7',
  n: '2',
};

test('no option is without effect', async () => {
  const shown = async (options: Readonly<Record<string, string>>): Promise<string> => {
    const sent: unknown[] = [];
    const http: HttpTransport = {
      request: ({ url, headers, body }) => {
        sent.push(url, headers, body);
        return Promise.resolve({ status: 200, headers: {}, body: '{}' });
      },
    };
    const outputs = options['task'] === 'embedding' ? { v: arrayOf(FLOAT) } : { answer: STRING };
    const model = open({ http, options: { endpoint: 'http://h', deployment: 'd', ...options }, outputs });
    await call(model).catch(() => undefined);
    return JSON.stringify([sent, model]);
  };
  const plain = await shown({});
  assert.equal(await shown({}), plain);
  for (const [key, value] of Object.entries(SHOWN)) assert.notEqual(await shown({ [key]: value }), plain, key);
});
