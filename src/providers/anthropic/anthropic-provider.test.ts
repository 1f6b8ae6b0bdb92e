import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../testing/fake-clock.js';
import { systemClock, type Clock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { createHttpTransport } from '../../kit/http-transport.js';
import { batchOfRows, rowAt, type Value } from '../../spec/batch.js';
import { arrayOf, DOUBLE, FLOAT, INT, STRING, type DataType, type Field } from '../../spec/data-type.js';
import type { HttpRequest, HttpResponse, HttpTransport, Model, ModelCall, ModelResult } from '../../spec/provider.js';
import { startAnthropicSimulator, type AnthropicSimulator } from '../../testing/anthropic-simulator/anthropic-simulator.js';
import type { AnthropicSimulatorOptions } from '../../testing/anthropic-simulator/simulator-options.js';
import { providerContract, type ModelVariant, type ServiceCondition } from '../../testing/provider-contract.js';
import { conditionOptions } from '../../testing/simulator/condition-options.js';
import { simulatedAnswer } from '../../testing/simulator/simulated-text.js';
import { anthropic } from './anthropic-provider.js';

const KEY = 'sk-ant-test-0123456789abcdef';
/** About 1,500 tokens by the simulator's count. */
const LONG_PROMPT = 'You sort support tickets by the rules of the shop, one after the other, with care. '.repeat(75);

function fields(columns: Readonly<Record<string, DataType>>): Field[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type }));
}

interface OpenInit {
  readonly http: HttpTransport;
  readonly clock?: Clock;
  readonly options?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, DataType>>;
}

function open({ http, clock = systemClock, options = {}, outputs = { answer: STRING } }: OpenInit): Model {
  return anthropic.openModel({
    name: 'm',
    options: anthropic.options.parse({ model: 'claude-haiku-4-5', 'api-key': KEY, ...options }),
    inputs: fields({ text: STRING }),
    outputs: fields(outputs),
    http,
    clock,
    random: () => 0.5,
    openModelFile: () => assert.fail('no runtime is needed'),
  }) as Model;
}

function ask(model: Model, text: string | null = 'hi', call: Partial<ModelCall> = {}): Promise<ModelResult> {
  const inputs = batchOfRows(fields({ text: STRING }), [[text]]);
  return model.predict(inputs, { signal: new AbortController().signal, callId: 'call-7', ...call });
}

function answerOf({ outputs, failures }: ModelResult): Value[] {
  assert.equal(failures?.size ?? 0, 0);
  return rowAt({ kind: 'batch', rowCount: 1, columns: outputs }, 0);
}

/** Why the only row has no answer. */
function failureOf({ failures }: ModelResult): MillraceError {
  const failure = failures?.get(0);
  assert.ok(MillraceError.is(failure));
  return failure;
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

function reply(text: string, members: object = {}): { readonly json: unknown } {
  return { json: { type: 'message', role: 'assistant', content: [{ type: 'text', text }], stop_reason: 'end_turn', ...members } };
}

async function withSimulator<Result>(
  options: Partial<AnthropicSimulatorOptions>,
  run: (simulator: AnthropicSimulator, http: HttpTransport) => Promise<Result>,
): Promise<Result> {
  const simulator = await startAnthropicSimulator(options);
  const http = createHttpTransport({ connections: 4 });
  try {
    return await run(simulator, http);
  } finally {
    await simulator.close();
    await http.close();
  }
}

/** The simulator counts tokens of input and output apart, and has more than one way of being without money. */
function optionsOf(condition: ServiceCondition): Partial<AnthropicSimulatorOptions> {
  switch (condition.kind) {
    case 'out-of-quota':
      return { account: 'no-credit' };
    case 'limited':
      return { 'requests-per-minute': 600, 'input-tokens-per-minute': 100_000, 'output-tokens-per-minute': 100_000 };
    default:
      return conditionOptions(condition);
  }
}

providerContract({
  name: 'anthropic',
  task: 'language-model',
  except: ['many-inputs'],
  async open(condition) {
    const simulator = await startAnthropicSimulator({ 'api-key': KEY, ...optionsOf(condition) });
    const http = createHttpTransport({ connections: 4 });
    const reopen = ({ key = KEY, options = {} }: ModelVariant): Model =>
      open({ http, options: { endpoint: simulator.url, 'api-key': key, ...options } });
    return {
      model: reopen({}),
      inputs: batchOfRows(fields({ text: STRING }), [['one']]),
      key: KEY,
      requests: () => simulator.stats().requests,
      inFlight: () => simulator.stats().inFlight,
      lastBody: () => simulator.lastRequest()!.body.toString(),
      tokens: () => ({ input: simulator.stats().promptTokens, output: simulator.stats().completionTokens }),
      reopen,
      async close() {
        await simulator.close();
        await http.close();
      },
    };
  },
});

test('the text of the only STRING goes in, the text of the answer comes out', () =>
  withSimulator({ seed: 'x' }, async ({ url }, http) => {
    const result = await ask(open({ http, options: { endpoint: url } }), 'Hello “world”\n');
    assert.deepEqual(answerOf(result), [simulatedAnswer({ seed: 'x', message: 'Hello “world”\n' })]);
    assert.match(result.requestId!, /^req_/);
  }));

test('request body, headers and address', async () => {
  const service = recorder(reply('ok'));
  const options = {
    endpoint: 'http://proxy.test/claude/?team=7',
    'system-prompt': 'Be brief.',
    temperature: '0',
    max_tokens: '50',
    'top-p': '0.9',
    'top-k': '40',
    stop: 'END, STOP',
    effort: 'low',
    'anthropic-version': '2023-01-01',
  };
  const { max_tokens: maxTokens, ...rest } = options;
  await ask(open({ http: service.http, options: { ...rest, 'max-tokens': maxTokens } }));
  const [request] = service.sent;
  assert.equal(request!.url, 'http://proxy.test/claude/v1/messages?team=7');
  assert.equal(request!.headers['x-api-key'], KEY);
  assert.equal(request!.headers['anthropic-version'], '2023-01-01');
  assert.equal(request!.headers['authorization'], undefined);
  assert.deepEqual(service.body(), {
    model: 'claude-haiku-4-5',
    max_tokens: 50,
    temperature: 0,
    top_p: 0.9,
    top_k: 40,
    stop_sequences: ['END', 'STOP'],
    thinking: { type: 'disabled' },
    output_config: { effort: 'low' },
    system: 'Be brief.',
    messages: [{ role: 'user', content: 'hi' }],
  });
});

test('what is not asked for is not sent, but for the limit that the API requires', async () => {
  const service = recorder(reply('ok'));
  await ask(open({ http: service.http, options: { thinking: 'default' } }));
  assert.equal(service.sent[0]!.url, 'https://api.anthropic.com/v1/messages');
  assert.equal(service.sent[0]!.headers['anthropic-version'], '2023-06-01');
  assert.deepEqual(service.body(), { model: 'claude-haiku-4-5', max_tokens: 4_096, messages: [{ role: 'user', content: 'hi' }] });
});

test('several rows are one prompt, with a limit for all of their answers', async () => {
  const tokensOf = async (rows: number, options: Readonly<Record<string, string>>): Promise<unknown> => {
    const service = recorder(reply('{"answers":[]}'));
    const inputs = batchOfRows(
      fields({ text: STRING }),
      Array.from({ length: rows }, (_, row) => [`row ${row}`]),
    );
    const model = open({ http: service.http, options });
    const { failures } = await model.predict(inputs, { signal: new AbortController().signal, callId: 'call-7' });
    assert.equal(failures?.size, rows);
    assert.equal(service.sent.length, 1);
    return service.body()['max_tokens'];
  };
  assert.equal(await tokensOf(3, { 'max-tokens': '100' }), 3 * 124);
  assert.equal(await tokensOf(3, {}), 3 * 4_120);
  assert.equal(await tokensOf(20, {}), 32_000);
  assert.equal(await tokensOf(20, { 'max-tokens': '4096' }), 20 * 4_120);
});

test('a row has the same answer in a prompt of many as alone, and a bad answer is that of its row', () =>
  withSimulator({ seed: 'x', 'batch-drop-rate': 0.1, 'batch-corrupt-rate': 0.1 }, async ({ url }, http) => {
    const columns = fields({ text: STRING });
    const outputs = { label: STRING, score: DOUBLE };
    const rows = Array.from({ length: 60 }, (_, i) => [`review ${i} of {"a": [1]}\n`]);
    const model = open({ http, options: { endpoint: url }, outputs });
    const answersOf = async (from: number, to: number): Promise<Map<number, Value[]>> => {
      const part = batchOfRows(columns, rows.slice(from, to));
      const { outputs: answers, inputOf, failures } = await model.predict(part, { signal: new AbortController().signal, callId: 'c' });
      const answered = Array.from(inputOf ?? [...rows.slice(from, to).keys()]);
      assert.equal(answered.length + (failures?.size ?? 0), to - from);
      const batch = { kind: 'batch', rowCount: answered.length, columns: answers } as const;
      return new Map(answered.map((row, i) => [from + row, rowAt(batch, i)]));
    };
    const together = await answersOf(0, rows.length);
    assert.ok(together.size > 30 && together.size < 60, `${together.size} of 60 rows have an answer`);
    for (const [row, answer] of together) assert.deepEqual(answer, (await answersOf(row, row + 1)).get(row), `row ${row}`);
  }));

test('the endpoint is a base URL or the full address', async () => {
  const addresses: readonly (readonly [string, string])[] = [
    ['http://h', 'http://h/v1/messages'],
    ['http://h/', 'http://h/v1/messages'],
    ['http://h/v1', 'http://h/v1/messages'],
    ['http://h/proxy/v1/messages/', 'http://h/proxy/v1/messages'],
  ];
  for (const [endpoint, url] of addresses) {
    const service = recorder(reply('ok'));
    await ask(open({ http: service.http, options: { endpoint } }));
    assert.equal(service.sent[0]!.url, url);
  }
  assert.throws(() => open({ http: recorder({}).http, options: { endpoint: 'api.anthropic.com' } }), { code: 'INVALID_OPTION' });
});

test('a rejected answer is named in a further turn of the user', async () => {
  const service = recorder(reply('ok'));
  await ask(open({ http: service.http }), 'hi', { rejection: 'the score is missing' });
  const { messages } = service.body() as { messages: { role: string; content: string }[] };
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'user'],
  );
  assert.match(messages[1]!.content, /the score is missing/);
});

test('temperature goes to 1', () => {
  assert.ok(!anthropic.options.safeParse({ model: 'm', 'api-key': KEY, temperature: '1.5' }).success);
});

test('several OUTPUT columns are asked for by a schema that the service accepts, and are cast', () =>
  withSimulator({}, async ({ url }, http) => {
    const outputs = {
      label: STRING,
      urgency: INT,
      where: { kind: 'ROW', nullable: true, fields: fields({ city: STRING, at: arrayOf(DOUBLE) }) } as DataType,
    };
    const [label, urgency, where] = answerOf(await ask(open({ http, options: { endpoint: url }, outputs })));
    assert.match(String(label), /^label/);
    assert.ok(Number.isInteger(urgency));
    assert.ok(where === null || Array.isArray(where));
  }));

test('a NULL ROW column is a union of schemas; constraints that the service has not are told in words', async () => {
  const service = recorder(reply('{"place":null}'));
  const outputs = { place: { kind: 'ROW', nullable: true, fields: fields({ city: STRING }) } as DataType };
  assert.deepEqual(answerOf(await ask(open({ http: service.http, outputs }))), [null]);
  const { format } = service.body()['output_config'] as { format: { type: string; schema: Record<string, unknown> } };
  assert.equal(format.type, 'json_schema');
  assert.deepEqual(format.schema['properties'], {
    place: {
      anyOf: [
        {
          type: 'object',
          properties: { city: { type: ['string', 'null'] } },
          required: ['city'],
          additionalProperties: false,
        },
        { type: 'null' },
      ],
    },
  });
});

test('more columns that may be NULL than the service takes are asked for in the system prompt', () =>
  withSimulator({}, async ({ url }, http) => {
    const columns = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, STRING]));
    assert.equal(answerOf(await ask(open({ http, options: { endpoint: url }, outputs: columns(16) }))).length, 16);
    const answer = JSON.stringify(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`c${i}`, null])));
    const service = recorder(reply(answer));
    assert.equal(answerOf(await ask(open({ http: service.http, outputs: columns(17) }))).length, 17);
    assert.equal(service.body()['output_config'], undefined);
    assert.match(String(service.body()['system']), /JSON schema[^]*"c16"/);
  }));

test('text blocks are joined, and thoughts are left out', () =>
  withSimulator({}, async ({ url }, http) => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'text', text: 'one ' },
      { type: 'text', text: 'two' },
    ];
    assert.deepEqual(answerOf(await ask(open({ http: recorder(reply('', { content })).http }))), ['one two']);
    const result = await ask(open({ http, options: { endpoint: url, thinking: 'adaptive' } }));
    assert.deepEqual(answerOf(result), [simulatedAnswer({ seed: '0', message: 'hi' })]);
    const { reasoningTokens = 0, outputTokens = 0 } = result.usage ?? {};
    assert.ok(reasoningTokens > 0 && reasoningTokens < outputTokens);
  }));

const ENDINGS: readonly (readonly [reason: string, problem: RegExp | undefined])[] = [
  ['end_turn', undefined],
  ['stop_sequence', undefined],
  ['a_reason_of_next_year', undefined],
  ['max_tokens', /cut at the token limit/],
  ['model_context_window_exceeded', /cut at the token limit/],
  ['pause_turn', /cut at the token limit/],
  ['refusal', /refused to answer: some/],
];

for (const [reason, problem] of ENDINGS) {
  test(`an answer that ends with ${reason} is ${problem === undefined ? 'taken' : 'a bad one'}`, async () => {
    const result = await ask(open({ http: recorder(reply('some text', { stop_reason: reason })).http }));
    if (problem === undefined) assert.deepEqual(answerOf(result), ['some text']);
    else assert.match(failureOf(result).message, problem);
  });
}

test("a refusal carries the service's explanation, and its tokens are counted", () =>
  withSimulator({ 'refusal-rate': 1 }, async ({ url }, http) => {
    const result = await ask(open({ http, options: { endpoint: url } }));
    const failure = failureOf(result);
    assert.equal(failure.code, 'BAD_ANSWER');
    assert.match(failure.message, /refused to answer: This request was declined/);
    assert.ok(result.usage!.inputTokens > 0);
  }));

test('an answer without content is a bad one', async () => {
  assert.match(failureOf(await ask(open({ http: recorder({ json: { type: 'message' } }).http }))).message, /no choices/);
});

test('max-tokens and stop end answers', () =>
  withSimulator({}, async ({ url }, http) => {
    const cut = await ask(open({ http, options: { endpoint: url, 'max-tokens': '2' } }));
    assert.match(failureOf(cut).message, /cut at the token limit/);
    assert.equal(cut.usage!.outputTokens, 2);
    const stopped = await ask(open({ http, options: { endpoint: url, stop: 'to:' } }));
    assert.match(String(answerOf(stopped)[0]), /^answer [0-9a-f]{8} $/);
  }));

test('a long system prompt is written into the prompt cache once, and read by the calls after it', () =>
  withSimulator({}, async (simulator, http) => {
    const model = open({ http, options: { endpoint: simulator.url, 'system-prompt': LONG_PROMPT } });
    const [first, second] = [await ask(model, 'one'), await ask(model, 'a second')].map(({ usage }) => usage!);
    const system = Math.ceil(LONG_PROMPT.length / 4);
    assert.deepEqual([first!.cacheWriteTokens, first!.cachedInputTokens], [system, 0]);
    assert.deepEqual([second!.cacheWriteTokens, second!.cachedInputTokens], [0, system]);
    assert.deepEqual([first!.inputTokens, second!.inputTokens], [system + 1, system + 2]);
    assert.deepEqual([simulator.stats().cachedTokens, simulator.stats().cacheWriteTokens], [system, system]);
  }));

test('prompt-caching says how long; none and short prompts are not marked', async () => {
  const systems = async (options: Readonly<Record<string, string>>): Promise<unknown> => {
    const service = recorder(reply('ok'));
    await ask(open({ http: service.http, options }));
    return service.body()['system'];
  };
  const marked = (ttl: string) => [{ type: 'text', text: LONG_PROMPT, cache_control: { type: 'ephemeral', ttl } }];
  assert.deepEqual(await systems({ 'system-prompt': LONG_PROMPT }), marked('5m'));
  assert.deepEqual(await systems({ 'system-prompt': LONG_PROMPT, 'prompt-caching': '1h' }), marked('1h'));
  assert.equal(await systems({ 'system-prompt': LONG_PROMPT, 'prompt-caching': 'none' }), LONG_PROMPT);
  assert.equal(await systems({ 'system-prompt': 'Be brief.' }), 'Be brief.');
  assert.equal(await systems({}), undefined);
});

test('limits are told, with the two limits of tokens in place of their sum', async () => {
  const clock = createFakeClock();
  const at = (ms: number) => new Date(clock.now() + ms).toISOString();
  const headers = {
    'request-id': 'req_1',
    'anthropic-ratelimit-requests-limit': '1000',
    'anthropic-ratelimit-requests-remaining': '999',
    'anthropic-ratelimit-requests-reset': at(60),
    'anthropic-ratelimit-input-tokens-limit': '80000',
    'anthropic-ratelimit-input-tokens-remaining': '79000',
    'anthropic-ratelimit-input-tokens-reset': at(750),
    'anthropic-ratelimit-output-tokens-limit': '16000',
    'anthropic-ratelimit-output-tokens-remaining': '0',
    'anthropic-ratelimit-output-tokens-reset': at(-5),
    'anthropic-ratelimit-tokens-limit': '96000',
    'anthropic-ratelimit-tokens-remaining': '79000',
    'anthropic-ratelimit-tokens-reset': at(750),
  };
  const { rateLimit, requestId } = await ask(open({ http: recorder({ ...reply('ok'), headers }).http, clock }));
  assert.equal(requestId, 'req_1');
  assert.deepEqual(rateLimit, [
    { kind: 'requests', limit: 1_000, remaining: 999, resetMs: 60 },
    { kind: 'input-tokens', limit: 80_000, remaining: 79_000, resetMs: 750 },
    { kind: 'output-tokens', limit: 16_000, remaining: 0, resetMs: 0 },
  ]);
  const { 'anthropic-ratelimit-tokens-limit': limit } = headers;
  const only = await ask(open({ http: recorder({ ...reply('ok'), headers: { 'anthropic-ratelimit-tokens-limit': limit } }).http }));
  assert.deepEqual(only.rateLimit, [{ kind: 'tokens', limit: 96_000 }]);
});

test('limits of the simulator are told', () =>
  withSimulator({ 'requests-per-minute': 5, 'output-tokens-per-minute': 1_000 }, async ({ url }, http) => {
    const { rateLimit, usage } = await ask(open({ http, options: { endpoint: url } }));
    assert.deepEqual(
      rateLimit?.map(({ kind, limit, remaining }) => [kind, limit, remaining]),
      [
        ['requests', 5, 4],
        ['output-tokens', 1_000, 1_000 - usage!.outputTokens],
      ],
    );
  }));

async function errorUnder(
  options: Partial<AnthropicSimulatorOptions>,
  model: Readonly<Record<string, string>> = {},
): Promise<MillraceError> {
  return await withSimulator(options, async ({ url }, http) => {
    const thrown: unknown = await ask(open({ http, options: { endpoint: url, ...model } })).then(
      () => assert.fail('the call succeeded'),
      (reason: unknown) => reason,
    );
    assert.ok(MillraceError.is(thrown), String(thrown));
    return thrown;
  });
}

test('an empty account and a spent budget are no limits of speed, whatever their status', async () => {
  for (const [account, status] of [
    ['no-credit', 400],
    ['usage-limit', 400],
    ['spend-limit', 429],
    ['billing-error', 402],
  ] as const) {
    const error = await errorUnder({ account });
    assert.deepEqual([error.code, error.retry, error.context.httpStatus], ['QUOTA_EXCEEDED', 'never', status], account);
  }
});

test('a limit of speed, of a minute or of acceleration, says how long to wait', async () => {
  const sudden = await errorUnder({ 'error-429-rate': 1 });
  assert.deepEqual([sudden.code, sudden.retry], ['RATE_LIMITED', { afterMs: 1_000 }]);
  const error = await withSimulator({ 'requests-per-minute': 1 }, async ({ url }, http) => {
    const model = open({ http, options: { endpoint: url } });
    await ask(model);
    return await ask(model).catch((thrown: unknown) => thrown);
  });
  assert.ok(MillraceError.is(error));
  assert.match(error.message, /rate limit of 1 requests per minute/);
  assert.ok(typeof error.retry === 'object' && error.retry.afterMs > 50_000);
  assert.equal(error.context.headers?.['anthropic-ratelimit-requests-remaining'], '0');
});

test('without retry-after, the reset of the limit that is used up says how long', async () => {
  const clock = createFakeClock();
  const headers = {
    'anthropic-ratelimit-input-tokens-limit': '100',
    'anthropic-ratelimit-input-tokens-remaining': '0',
    'anthropic-ratelimit-input-tokens-reset': new Date(clock.now() + 2_500).toISOString(),
  };
  const body = JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } });
  await assert.rejects(ask(open({ http: recorder({ status: 429, headers, body }).http, clock })), { retry: { afterMs: 2_500 } });
});

test('an error under 200 has the status of its type', async () => {
  const error = (type: string) => ({ json: { type: 'error', error: { type, message: 'no' } } });
  await assert.rejects(ask(open({ http: recorder(error('overloaded_error')).http })), {
    code: 'SERVICE_ERROR',
    context: { httpStatus: 529 },
  });
  await assert.rejects(ask(open({ http: recorder(error('rate_limit_error')).http })), { code: 'RATE_LIMITED' });
  assert.equal((await errorUnder({ 'error-body-rate': 1 })).code, 'SERVICE_ERROR');
});

test("errors carry the service's words and the request's id", async () => {
  const error = await errorUnder({ models: ['claude-opus-4-5'] });
  assert.deepEqual([error.code, error.message], ['REFUSED', 'anthropic answered 404: model: claude-haiku-4-5']);
  assert.match(error.context.headers?.['request-id'] ?? '', /^req_/);
  const both = await errorUnder({}, { temperature: '0', 'top-p': '0.5' });
  assert.match(both.message, /cannot both be specified/);
});

test('a model that cannot do without thinking is named the option', async () => {
  const body = JSON.stringify({
    type: 'error',
    error: { type: 'invalid_request_error', message: '`thinking.type: disabled` is not supported' },
  });
  const error: unknown = await ask(open({ http: recorder({ status: 400, body }).http })).catch((thrown: unknown) => thrown);
  assert.ok(MillraceError.is(error));
  assert.match(error.notes.map(({ message }) => message).join(), /'thinking' = 'adaptive'/);
});

test('embeddings are refused, with the providers that have them', () => {
  const { http } = recorder({});
  for (const init of [{ outputs: { vector: arrayOf(FLOAT) } }, { options: { task: 'embedding' } }]) {
    assert.throws(
      () => open({ http, ...init }),
      (thrown: unknown) => {
        assert.ok(MillraceError.is(thrown));
        assert.equal(thrown.code, 'MODEL_SCHEMA');
        assert.match(thrown.notes[0]!.message, /openai, azure-openai or bedrock/);
        return true;
      },
    );
  }
});

test('an ARRAY of numbers can be written by the model where task says so', async () => {
  const service = recorder(reply('{"numbers":[1,2.5]}'));
  const model = open({ http: service.http, options: { task: 'messages' }, outputs: { numbers: arrayOf(DOUBLE) } });
  assert.deepEqual(answerOf(await ask(model)), [[1, 2.5]]);
});

test('temperature 0 makes a model repeatable; a NULL text is not sent', async () => {
  const service = recorder(reply('ok'));
  assert.equal(open({ http: service.http, options: { temperature: '0' } }).isRepeatable, true);
  assert.equal(open({ http: service.http }).isRepeatable, false);
  assert.deepEqual(answerOf(await ask(open({ http: service.http }), null)), [null]);
  assert.equal(service.sent.length, 0);
});
