import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import type { manyRowsOptions } from '../../kit/chat/many-rows/many-rows-options.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import { batchOfRows, rowAt, type Batch, type Value } from '../../spec/batch.js';
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  decimal,
  DOUBLE,
  FLOAT,
  INT,
  STRING,
  timestamp,
  type DataType,
  type Field,
} from '../../spec/data-type.js';
import type { HttpRequest, HttpResponse, HttpTransport, Model, ModelResult } from '../../spec/provider.js';
import { simulatedAnswer } from '../../testing/simulator/simulated-text.js';
import { simulatedEmbedding } from '../../testing/simulator/simulated-embedding.js';
import { startOpenAiSimulator, type OpenAiSimulator } from '../../testing/openai-simulator/openai-simulator.js';
import type { OpenAiSimulatorOptions } from '../../testing/openai-simulator/simulator-options.js';
import { providerContract, type ModelVariant } from '../../testing/provider-contract.js';
import { conditionOptions } from '../../testing/simulator/condition-options.js';
import type { OpenAiOptions } from './openai-options.js';
import { openai } from './openai-provider.js';

const KEY = 'sk-test-0123456789abcdef';

function fields(columns: Readonly<Record<string, DataType>>): Field[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type }));
}

interface OpenInit {
  readonly http: HttpTransport;
  readonly options?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, DataType>>;
  readonly outputs?: Readonly<Record<string, DataType>>;
}

function open({ http, options = {}, inputs = { text: STRING }, outputs = { answer: STRING } }: OpenInit): Model {
  return openai.openModel({
    name: 'm',
    options: openai.options.parse({ model: 'gpt-test', 'api-key': KEY, ...options }),
    inputs: fields(inputs),
    outputs: fields(outputs),
    http,
    clock: systemClock,
    random: () => 0.5,
    openModelFile: () => assert.fail('no runtime is needed'),
  }) as Model;
}

function batch(rows: readonly (readonly Value[])[], inputs: Readonly<Record<string, DataType>> = { text: STRING }): Batch {
  return batchOfRows(fields(inputs), rows);
}

function call(model: Model, inputs: Batch): Promise<ModelResult> {
  return model.predict(inputs, { signal: new AbortController().signal, callId: 'call-7' });
}

function rowsOf({ outputs, inputOf }: ModelResult, rowCount: number): Value[][] {
  const count = inputOf?.length ?? rowCount;
  return Array.from({ length: count }, (_, row) => rowAt({ kind: 'batch', rowCount: count, columns: outputs }, row));
}

/** A service that answers with `reply` and keeps what it was sent. */
function recorder(reply: Partial<HttpResponse> & { readonly json?: unknown }): {
  http: HttpTransport;
  sent: HttpRequest[];
  body: () => Record<string, unknown>;
} {
  const sent: HttpRequest[] = [];
  return {
    sent,
    body: () => JSON.parse(sent.at(-1)!.body!) as Record<string, unknown>,
    http: {
      request: request => {
        sent.push(request);
        return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(reply.json ?? {}), ...reply });
      },
    },
  };
}

function chatReply(content: unknown, choice: object = {}): { json: unknown } {
  return { json: { choices: [{ message: { role: 'assistant', content }, finish_reason: 'stop', ...choice }] } };
}

async function withSimulator<Result>(
  options: Partial<OpenAiSimulatorOptions>,
  run: (simulator: OpenAiSimulator, http: HttpTransport) => Promise<Result>,
): Promise<Result> {
  const simulator = await startOpenAiSimulator(options);
  const http = createHttpTransport({ connections: 4 });
  try {
    return await run(simulator, http);
  } finally {
    await simulator.close();
    await http.close();
  }
}

for (const task of ['chat-completion', 'embedding'] as const) {
  const isChat = task === 'chat-completion';
  providerContract({
    name: `openai ${task}`,
    task: isChat ? 'language-model' : 'embedding',
    async open(condition) {
      const simulator = await startOpenAiSimulator({ 'api-key': KEY, ...conditionOptions(condition) });
      const http = createHttpTransport({ connections: 4 });
      const openModel = ({ key = KEY, options = {} }: ModelVariant): Model =>
        open({
          http,
          options: { endpoint: simulator.url, task, 'api-key': key, ...options },
          outputs: isChat ? { answer: STRING } : { vector: arrayOf(FLOAT) },
        });
      return {
        model: openModel({}),
        inputs: batch(isChat ? [['one']] : [['one'], ['two']]),
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

test('chat: the text of the only STRING goes in, the text of the answer comes out', () =>
  withSimulator({ seed: 'x' }, async ({ url }, http) => {
    const result = await call(open({ http, options: { endpoint: url } }), batch([['Hello “world”\n']]));
    assert.deepEqual(rowsOf(result, 1), [[simulatedAnswer({ seed: 'x', message: 'Hello “world”\n' })]]);
    assert.match(result.requestId!, /^req_/);
  }));

test('chat: request body, headers and address', async () => {
  const service = recorder(chatReply('ok'));
  const options = {
    endpoint: 'http://proxy.test/openai/v1/?api-version=1',
    system_prompt: 'Be brief.',
    temperature: '0',
    'max-tokens': '5',
    'top-p': '0.9',
    'presence-penalty': '0.1',
    'frequency-penalty': '-0.2',
    seed: '12345',
    stop: 'a, the',
    n: '1',
    'response-format': 'json_object',
  };
  const { system_prompt: system, ...rest } = options;
  await call(open({ http: service.http, options: { ...rest, 'system-prompt': system } }), batch([['hi']]));
  const [request] = service.sent;
  assert.equal(request!.url, 'http://proxy.test/openai/v1/chat/completions?api-version=1');
  assert.equal(request!.headers['authorization'], `Bearer ${KEY}`);
  assert.equal(request!.headers['idempotency-key'], 'call-7');
  assert.deepEqual(service.body(), {
    model: 'gpt-test',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ],
    temperature: 0,
    max_tokens: 5,
    top_p: 0.9,
    presence_penalty: 0.1,
    frequency_penalty: -0.2,
    seed: 12_345,
    stop: ['a', 'the'],
    n: 1,
    response_format: { type: 'json_object' },
  });
});

test("OpenAI's own address and reasoning models get max_completion_tokens", async () => {
  for (const options of [{}, { endpoint: 'http://proxy.test/v1', model: 'o3-mini' }]) {
    const service = recorder(chatReply('ok'));
    await call(open({ http: service.http, options: { ...options, 'max-tokens': '9' } }), batch([['hi']]));
    assert.equal(service.body()['max_completion_tokens'], 9);
    assert.ok(!('max_tokens' in service.body()));
  }
});

test('the endpoint is a base URL or the full address of a task', async () => {
  const addresses: readonly (readonly [string, string])[] = [
    ['http://h/v1', 'http://h/v1/chat/completions'],
    ['http://h/v1/', 'http://h/v1/chat/completions'],
    ['http://h', 'http://h/chat/completions'],
    ['http://h/a/b/chat/completions', 'http://h/a/b/chat/completions'],
    ['http://h/v1/chat/completions/', 'http://h/v1/chat/completions'],
    ['http://h/deployments/d?api-version=2024-06-01', 'http://h/deployments/d/chat/completions?api-version=2024-06-01'],
  ];
  for (const [endpoint, url] of addresses) {
    const service = recorder(chatReply('ok'));
    await call(open({ http: service.http, options: { endpoint } }), batch([['hi']]));
    assert.equal(service.sent[0]!.url, url);
  }
  for (const endpoint of ['api.openai.com/v1', 'ftp://h/v1', 'http://']) {
    assert.throws(() => open({ http: recorder({}).http, options: { endpoint } }), { code: 'INVALID_OPTION' });
  }
});

test('the task is told by the option, else the endpoint, else OUTPUT', async () => {
  const vector = { json: { data: [{ index: 0, embedding: [1] }] } };
  const cases: readonly { options: Record<string, string>; outputs: Record<string, DataType>; path: string }[] = [
    { options: { endpoint: 'http://h/v1' }, outputs: { v: arrayOf(DOUBLE) }, path: '/v1/embeddings' },
    { options: { endpoint: 'http://h/v1/embeddings' }, outputs: { v: arrayOf(FLOAT) }, path: '/v1/embeddings' },
    { options: { endpoint: 'http://h/v1/chat/completions', task: 'embedding' }, outputs: { v: arrayOf(FLOAT) }, path: '/v1/embeddings' },
  ];
  for (const { options, outputs, path } of cases) {
    const service = recorder(vector);
    await call(open({ http: service.http, options, outputs }), batch([['hi']]));
    assert.equal(new URL(service.sent[0]!.url).pathname, path);
  }
  assert.throws(() => open({ http: recorder({}).http, options: { task: 'embedding' }, outputs: { answer: STRING } }), {
    code: 'MODEL_SCHEMA',
    message: /"answer" STRING/,
  });
});

test('several inputs are one JSON object, with exact numbers', async () => {
  const inputs = { id: BIGINT, price: decimal(10, 2), at: timestamp(3), note: STRING };
  const service = recorder(chatReply('ok'));
  await call(open({ http: service.http, inputs }), batch([[9_007_199_254_740_993n, 1_250, 1_767_225_600_123_000, null]], inputs));
  const [message] = service.body()['messages'] as { content: string }[];
  assert.equal(message!.content, '{"id":9007199254740993,"price":12.50,"at":"2026-01-01 00:00:00.123","note":null}');
});

test('tokens: the static part once, a row by its text, and max-tokens, which OpenAI sets aside', async () => {
  const http = recorder({}).http;
  const options = { 'system-prompt': 'Translate into French.', 'max-tokens': '50', n: '2', 'context-window': '8000' };
  const chat = open({ http, options }).tokens!;
  const bare = open({ http }).tokens!;
  assert.ok(chat.ofCall > bare.ofCall);
  assert.ok(chat.ofRow(batch([['a much longer text than the other one']]), 0) > chat.ofRow(batch([['short']]), 0));
  assert.deepEqual([chat.outputOfRow, chat.maxOfCall], [100, 8_000]);
  assert.deepEqual([bare.outputOfRow, bare.maxOfCall], [0, undefined]);
  const embedding = open({ http, outputs: { v: arrayOf(FLOAT) } }).tokens!;
  assert.deepEqual([embedding.outputOfRow, embedding.maxOfCall], [0, 300_000]);
  const structured = open({ http, outputs: { label: STRING, score: DOUBLE } }).tokens!;
  assert.ok(structured.ofCall > bare.ofCall, 'a schema is a part of the prompt');
});

test('a prompt template takes values as data', async () => {
  const inputs = { id: INT, body: STRING };
  const service = recorder(chatReply('ok'));
  await call(open({ http: service.http, inputs, options: { prompt: 'No. {{id}}: <{{body}}>' } }), batch([[7, '"a" & {{id}}']], inputs));
  const [message] = service.body()['messages'] as { content: string }[];
  assert.equal(message!.content, 'No. 7: <"a" & {{id}}>');
  assert.throws(() => open({ http: service.http, inputs, options: { prompt: '{{boddy}}' } }), {
    code: 'INVALID_OPTION',
    message: /"boddy"/,
  });
});

test('a NULL text gives NULL outputs without a call', async () => {
  const service = recorder({ json: { data: [{ index: 0, embedding: [0.5, 0.25] }] } });
  const chat = open({ http: service.http, outputs: { label: STRING, score: DOUBLE } });
  assert.deepEqual(rowsOf(await call(chat, batch([[null]])), 1), [[null, null]]);
  assert.equal(service.sent.length, 0);
  const embedding = open({ http: service.http, outputs: { v: arrayOf(DOUBLE) } });
  assert.deepEqual(rowsOf(await call(embedding, batch([[null], ['x'], [null]])), 3), [[null], [[0.5, 0.25]], [null]]);
  assert.deepEqual(service.body()['input'], ['x']);
});

test('several OUTPUT columns are structured output, accepted and answered by a strict service', () =>
  withSimulator({}, async ({ url }, http) => {
    const outputs: Record<string, DataType> = {
      label: STRING,
      score: DOUBLE,
      sure: { ...BOOLEAN, nullable: false },
      tags: arrayOf(STRING),
      parts: { kind: 'MAP', key: STRING, value: INT, nullable: true },
      where: { kind: 'ROW', fields: fields({ city: STRING, at: timestamp(3) }), nullable: true },
    };
    const result = await call(open({ http, options: { endpoint: url }, outputs }), batch([['hi']]));
    const [row] = rowsOf(result, 1);
    assert.match(row![0] as string, /^label/);
    assert.equal(typeof row![1], 'number');
    assert.equal(typeof row![2], 'boolean');
    assert.ok(Array.isArray(row![3]) && row![4] instanceof Map);
    assert.equal((row![5] as Value[])[1], Date.UTC(2026, 0, 2, 3, 4, 5) * 1_000);
  }));

test('structured output is exact for BIGINT and DECIMAL, and validated', async () => {
  const outputs = { id: BIGINT, price: decimal(20, 4) };
  const good = recorder(chatReply('{"id": 9007199254740993, "price": 1234567890123456.7891}'));
  assert.deepEqual(rowsOf(await call(open({ http: good.http, outputs }), batch([['x']])), 1), [
    [9_007_199_254_740_993n, 12_345_678_901_234_567_891n],
  ]);
  for (const [content, reason] of [
    ['{"id": "many", "price": 1}', /"id" should be BIGINT, but is "many"/],
    ['{"id": 1.5, "price": 1}', /"id" should be BIGINT, but is 1.5/],
    ['[1]', /should be ROW/],
    ['It is 7.', /not JSON/],
  ] as const) {
    const bad = recorder(chatReply(content));
    const { failures } = await call(open({ http: bad.http, outputs }), batch([['x']]));
    assert.equal(failures?.get(0)?.code, 'BAD_ANSWER');
    assert.match(failures.get(0)!.message, reason);
  }
});

test('with json_object or text the schema stands in the system message', async () => {
  const service = recorder(chatReply('```json\n{"label":"a","score":0.5}\n```'));
  const model = open({
    http: service.http,
    outputs: { label: STRING, score: DOUBLE },
    options: { 'response-format': 'json_object', 'system-prompt': 'Classify.' },
  });
  assert.deepEqual(rowsOf(await call(model, batch([['x']])), 1), [['a', 0.5]]);
  const [system] = service.body()['messages'] as { content: string }[];
  assert.match(system!.content, /^Classify\.\n\nAnswer with nothing but one JSON object.*"additionalProperties":false/s);
  assert.deepEqual(service.body()['response_format'], { type: 'json_object' });
});

test('n answers are n rows of the same input', () =>
  withSimulator({}, async ({ url }, http) => {
    const result = await call(open({ http, options: { endpoint: url, n: '3' } }), batch([['hi']]));
    assert.deepEqual(result.inputOf, new Uint32Array([0, 0, 0]));
    assert.equal(rowsOf(result, 1).length, 3);
    assert.equal(result.failures, undefined);
  }));

test('answers that are cut, filtered, refused or empty are bad answers, and their tokens are counted', async () => {
  const cases: readonly (readonly [object, RegExp, string])[] = [
    [{ message: { content: 'half of' }, finish_reason: 'length' }, /cut at the token limit/, 'backoff'],
    [{ message: { content: '' }, finish_reason: 'content_filter' }, /content filter/, 'never'],
    [{ message: { content: null, refusal: 'I cannot.' } }, /refused to answer: I cannot\./, 'backoff'],
    [{ message: { content: '  ' } }, /empty/, 'backoff'],
    [{ message: null }, /empty/, 'backoff'],
  ];
  for (const [choice, message, retry] of cases) {
    const service = recorder({
      json: { choices: [{ finish_reason: 'stop', ...choice }], usage: { prompt_tokens: 3, completion_tokens: 2 } },
    });
    const result = await call(open({ http: service.http }), batch([['x']]));
    const failure = result.failures?.get(0);
    assert.equal(failure?.code, 'BAD_ANSWER');
    assert.match(failure.message, message);
    assert.equal(failure.retry, retry);
    assert.deepEqual(result.usage, { inputTokens: 3, outputTokens: 2 });
  }
  const none = await call(open({ http: recorder({ json: { choices: [] } }).http }), batch([['x']]));
  assert.match(none.failures!.get(0)!.message, /no choices where 1 was asked for/);
});

test('embeddings come back in the order of the inputs', () =>
  withSimulator({ seed: 's' }, async (simulator, http) => {
    const inputs = ['a', 'b', 'c'];
    const model = open({ http, options: { endpoint: `${simulator.url}/embeddings`, dimension: '3' }, outputs: { v: arrayOf(DOUBLE) } });
    assert.equal(model.maxInputsPerCall, 2_048);
    const result = await call(model, batch(inputs.map(text => [text])));
    assert.deepEqual(
      rowsOf(result, 3),
      inputs.map(input => [simulatedEmbedding({ seed: 's', input, dimensions: 3 })]),
    );
    assert.equal(simulator.stats().requests, 1);
    assert.deepEqual(result.usage, { inputTokens: 3, outputTokens: 0 });
  }));

test('FLOAT embeddings are rounded to 32 bits', async () => {
  const service = recorder({ json: { data: [{ index: 0, embedding: [0.1, 1] }] } });
  const result = await call(open({ http: service.http, outputs: { v: arrayOf(FLOAT) } }), batch([['x']]));
  assert.deepEqual(rowsOf(result, 1), [[[Math.fround(0.1), 1]]]);
});

test('embeddings that do not fit the inputs are bad answers', async () => {
  for (const data of [
    undefined,
    [],
    [{ index: 0, embedding: [1] }],
    [
      { index: 0, embedding: [1] },
      { index: 0, embedding: [2] },
    ],
    [
      { index: 0, embedding: [1] },
      { index: 1, embedding: 'AAAA' },
    ],
  ]) {
    const service = recorder({ json: { data } });
    await assert.rejects(call(open({ http: service.http, outputs: { v: arrayOf(FLOAT) } }), batch([['x'], ['y']])), { code: 'BAD_ANSWER' });
  }
});

test('usage and limits are read from the answer', async () => {
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 20,
    prompt_tokens_details: { cached_tokens: 64 },
    completion_tokens_details: { reasoning_tokens: 8 },
  };
  const headers = {
    'x-ratelimit-limit-requests': '600',
    'x-ratelimit-remaining-requests': '599',
    'x-ratelimit-reset-requests': '100ms',
    'x-ratelimit-remaining-tokens': '-1',
    'x-ratelimit-reset-tokens': '6m0s',
    'x-request-id': 'req_1',
  };
  const service = recorder({ json: { choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }], usage }, headers });
  const result = await call(open({ http: service.http }), batch([['x']]));
  assert.deepEqual(result.usage, { inputTokens: 100, outputTokens: 20, cachedInputTokens: 64, reasoningTokens: 8 });
  assert.deepEqual(result.rateLimit, [
    { kind: 'requests', limit: 600, remaining: 599, resetMs: 100 },
    { kind: 'tokens', resetMs: 360_000 },
  ]);
  assert.equal(result.requestId, 'req_1');
});

test('a 200 with an error or without JSON is a failure of the service', async () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['{"error":{"message":"upstream is down"}}', 'SERVICE_ERROR', 500],
    ['{"error":{"message":"slow down","code":429}}', 'RATE_LIMITED', 429],
    ['', 'SERVICE_ERROR', 200],
    ['<html>', 'SERVICE_ERROR', 200],
  ];
  for (const [body, code, status] of cases) {
    await assert.rejects(
      call(open({ http: recorder({ body }).http }), batch([['x']])),
      thrown => MillraceError.is(thrown) && thrown.code === code && thrown.context.httpStatus === status && thrown.retry === 'backoff',
    );
  }
});

test('a key that the service repeats is masked', async () => {
  const body = JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}.` } });
  await assert.rejects(call(open({ http: recorder({ status: 401, body }).http }), batch([['x']])), {
    code: 'UNAUTHORIZED',
    message: 'openai answered 401: Incorrect API key provided: ******.',
  });
});

test('the options take the spellings of Flink and of the guides', () => {
  const { shape } = openai.options;
  const spellings = Object.entries(shape).flatMap(([key, schema]) => [
    key,
    ...((schema.meta() as { aliases?: string[] } | undefined)?.aliases ?? []),
  ]);
  for (const key of [
    'api_key',
    'base_url',
    'model_name',
    'model.name',
    'system_prompt',
    'system.prompt',
    'max_tokens',
    'top_p',
    'presence_penalty',
    'frequency_penalty',
    'response_format',
    'endpoint',
    'dimension',
  ]) {
    assert.ok(spellings.includes(key), key);
  }
  assert.equal(new Set(spellings).size, spellings.length);
});

/** A value of each option that a chat's request, or what the model says of itself, must show. */
const SHOWN: Readonly<Record<Exclude<keyof OpenAiOptions, keyof typeof manyRowsOptions | 'dimension'>, string>> = {
  task: 'embedding',
  endpoint: 'http://other/v1',
  model: 'other',
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
    const service = recorder({});
    const outputs = options['task'] === 'embedding' ? { v: arrayOf(FLOAT) } : { answer: STRING };
    const model = open({ http: service.http, options, outputs });
    await call(model, batch([['hi']])).catch(() => undefined);
    return JSON.stringify([service.sent, model]);
  };
  const plain = await shown({});
  assert.equal(await shown({}), plain);
  for (const [key, value] of Object.entries(SHOWN)) assert.notEqual(await shown({ [key]: value }), plain, key);
});
