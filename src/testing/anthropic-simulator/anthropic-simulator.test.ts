import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request as httpRequest } from 'undici';
import { startAnthropicSimulator, type AnthropicSimulator } from './anthropic-simulator.js';
import { anthropicSimulatorOptions, type AnthropicSimulatorOptions } from './simulator-options.js';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- a reply of any shape, which the test looks into
  readonly json: any;
}

interface Sent {
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const HEADERS = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' };

async function send(simulator: AnthropicSimulator, { path = '/v1/messages', body, headers = HEADERS }: Sent): Promise<Answer> {
  const response = await httpRequest(`${simulator.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.body.text();
  return {
    status: response.statusCode,
    headers: response.headers as Record<string, string>,
    json: text === '' ? undefined : JSON.parse(text),
  };
}

const BODY = { model: 'claude-haiku-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] };

function ask(simulator: AnthropicSimulator, members: object = {}): Promise<Answer> {
  return send(simulator, { body: { ...BODY, ...members } });
}

async function within(options: Partial<AnthropicSimulatorOptions>, run: (simulator: AnthropicSimulator) => Promise<void>): Promise<void> {
  const simulator = await startAnthropicSimulator(options);
  try {
    await run(simulator);
  } finally {
    await simulator.close();
  }
}

test('a message has the wire format, and equal requests have equal answers', () =>
  within({}, async simulator => {
    const { status, headers, json } = await ask(simulator, { system: 'Be brief.' });
    assert.equal(status, 200);
    assert.match(headers['request-id']!, /^req_/);
    assert.ok(headers['anthropic-organization-id']);
    const { id, content, usage, ...rest } = json;
    assert.match(id, /^msg_/);
    assert.deepEqual(rest, {
      type: 'message',
      role: 'assistant',
      model: 'claude-haiku-4-5',
      stop_reason: 'end_turn',
      stop_sequence: null,
      stop_details: null,
    });
    assert.match(content[0].text, /^answer [0-9a-f]{8} to: hello$/);
    assert.deepEqual([usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens], [5, 0, 0]);
    assert.ok(usage.output_tokens > 0);
    assert.deepEqual((await ask(simulator, { system: 'Be brief.' })).json, json);
  }));

test('content is a text or text blocks; the first turn after the last answer is answered', () =>
  within({}, async simulator => {
    const messages = [
      { role: 'user', content: 'first' },
      { role: 'assistant', content: [{ type: 'text', text: 'said' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'the ' },
          { type: 'text', text: 'last' },
        ],
      },
    ];
    assert.match((await ask(simulator, { messages })).json.content[0].text, /to: the last$/);
  }));

test('structured output satisfies its schema', () =>
  within({}, async simulator => {
    const schema = {
      type: 'object',
      properties: { mood: { type: 'string', enum: ['good', 'bad'] }, score: { type: ['number', 'null'] } },
      required: ['mood', 'score'],
      additionalProperties: false,
    };
    const { json } = await ask(simulator, { output_config: { format: { type: 'json_schema', schema } } });
    const value = JSON.parse(json.content[0].text);
    assert.ok(['good', 'bad'].includes(value.mood) && typeof value.score === 'number');
  }));

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, additionalProperties: false, ...more });
const schemaOf = (schema: unknown) => ({ output_config: { format: { type: 'json_schema', schema } } });
const columns = (count: number, type: unknown) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, { type }]));
const marked = (ttl?: string) => ({ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ...(ttl && { ttl }) } });

/** Requests that Anthropic refuses, and what it says. */
const REFUSED: readonly (readonly [members: object, problem: RegExp])[] = [
  [{ max_tokens: undefined }, /^max_tokens: Field required$/],
  [{ max_tokens: 0 }, /^max_tokens: Input should be greater than or equal to 1$/],
  [{ max_tokens: '9' }, /^max_tokens: Input should be a valid integer$/],
  [{ model: undefined }, /^model: Field required$/],
  [{ messages: undefined }, /^messages: Field required$/],
  [{ messages: [] }, /at least one message is required/],
  [{ messages: [{ role: 'system', content: 'x' }] }, /Unexpected role "system"/],
  [{ messages: [{ role: 'robot', content: 'x' }] }, /^messages.0.role: Input should be 'user' or 'assistant'$/],
  [{ messages: [{ role: 'user' }] }, /^messages.0.content: Field required$/],
  [{ messages: [{ role: 'user', content: '' }] }, /non-empty content/],
  [{ messages: [{ role: 'user', content: [{ type: 'text', text: ' ' }] }] }, /non-whitespace/],
  [{ messages: [{ role: 'user', content: [{ type: 'text', text: 'x', name: 'y' }] }] }, /^messages.0.content.0.text.name: Extra inputs/],
  [{ typo: 1 }, /^typo: Extra inputs are not permitted$/],
  [{ stream: true }, /does not stream/],
  [{ temperature: 1.5 }, /^temperature: Input should be less than or equal to 1$/],
  [{ temperature: 0, top_p: 0.5 }, /cannot both be specified/],
  [{ model: 'claude-opus-4-8', temperature: 0 }, /^`temperature` is deprecated for this model.$/],
  [{ model: 'claude-sonnet-5', top_k: 5 }, /^`top_k` is deprecated/],
  [{ stop_sequences: [' '] }, /non-whitespace/],
  [{ thinking: { type: 'off' } }, /^thinking.type: Input should be 'disabled' or 'adaptive' or 'enabled'$/],
  [{ thinking: { type: 'enabled', budget_tokens: 2_000 } }, /`max_tokens` must be greater than/],
  [{ system: [marked('2h')] }, /^system.0.cache_control.ttl: Input should be '5m' or '1h'$/],
  [{ system: [marked(), marked(), marked('1h'), marked(), marked()] }, /^A maximum of 4 blocks.*Found 5/],
  [{ output_config: { format: { type: 'json_object' } } }, /^output_config.format.type/],
  [schemaOf({ type: 'object', properties: {} }), /'additionalProperties' must be explicitly set to false/],
  [schemaOf(object({ a: { type: 'integer', minimum: 0 } })), /For 'integer' type, properties minimum are not supported/],
  [schemaOf(object({ a: { type: 'array', minItems: 2, items: { type: 'string' } } })), /'minItems' values other than 0 or 1/],
  [schemaOf(object({ a: { oneOf: [{ type: 'string' }] } })), /'oneOf' is not supported/],
  [schemaOf(object(columns(17, ['string', 'null']))), /too many parameters with union types \(17 .*limit: 16/],
  [schemaOf(object(columns(25, 'string'))), /too many optional parameters \(25\)/],
];

test('requests that Anthropic refuses are refused with its words', () =>
  within({}, async simulator => {
    for (const [members, problem] of REFUSED) {
      const { status, json } = await ask(simulator, members);
      assert.deepEqual([status, json.type, json.error.type], [400, 'error', 'invalid_request_error'], JSON.stringify(members));
      assert.match(json.error.message, problem);
    }
    assert.match((await send(simulator, { body: '{' })).json.error.message, /not valid JSON/);
  }));

test('what the service takes is taken', () =>
  within({}, async simulator => {
    for (const members of [
      { temperature: 0 },
      { model: 'claude-sonnet-5', temperature: 1, top_p: 0.99 },
      { model: 'claude-3-opus-20240229', temperature: 0, top_p: 0.95 },
      { output_config: { effort: 'low' } },
      schemaOf(object(columns(16, ['string', 'null']), { required: Object.keys(columns(16, '')) })),
      { messages: [...BODY.messages, ...BODY.messages] },
    ])
      assert.equal((await ask(simulator, members)).status, 200, JSON.stringify(members));
  }));

test('keys and the version are checked; errors repeat the id of the request', () =>
  within({ 'api-key': 'right' }, async simulator => {
    const cases: readonly (readonly [Record<string, string>, number, string])[] = [
      [{}, 401, 'x-api-key header is required'],
      [HEADERS, 401, 'invalid x-api-key'],
      [{ 'x-api-key': 'right' }, 400, 'anthropic-version: header is required'],
      [{ 'x-api-key': 'right', 'anthropic-version': '2020-01-01' }, 400, 'anthropic-version: "2020-01-01" is not a valid version'],
    ];
    for (const [headers, status, message] of cases) {
      const answer = await send(simulator, { body: BODY, headers });
      assert.deepEqual([answer.status, answer.json.error.message], [status, message]);
      assert.equal(answer.json.request_id, answer.headers['request-id']);
    }
    assert.equal((await send(simulator, { body: BODY, headers: { ...HEADERS, 'x-api-key': 'right' } })).status, 200);
  }));

test('models are listed, and others are not found; tokens are counted without a message', () =>
  within({ models: ['claude-haiku-4-5'] }, async simulator => {
    const { json } = await send(simulator, { path: '/v1/models' });
    assert.deepEqual([json.data[0].id, json.data[0].type, json.has_more], ['claude-haiku-4-5', 'model', false]);
    const unknown = await ask(simulator, { model: 'gpt-5' });
    assert.deepEqual([unknown.status, unknown.json.error], [404, { type: 'not_found_error', message: 'model: gpt-5' }]);
    const { max_tokens: _, ...counted } = BODY;
    assert.deepEqual((await send(simulator, { path: '/v1/messages/count_tokens', body: counted })).json, { input_tokens: 2 });
    assert.equal((await send(simulator, { path: '/v1/complete', body: {} })).status, 404);
    assert.equal(simulator.stats().answeredInputs, 0);
  }));

test('an answer ends at its limit, at a stop sequence, or at the end of the context window', async () => {
  await within({}, async simulator => {
    const cut = (await ask(simulator, { max_tokens: 2 })).json;
    assert.deepEqual([cut.stop_reason, cut.content[0].text.length, cut.usage.output_tokens], ['max_tokens', 8, 2]);
    const stopped = (await ask(simulator, { stop_sequences: ['nowhere', ' to:'] })).json;
    assert.deepEqual([stopped.stop_reason, stopped.stop_sequence], ['stop_sequence', ' to:']);
    assert.match(stopped.content[0].text, /^answer [0-9a-f]{8}$/);
  });
  await within({ 'context-window': 5 }, async simulator => {
    assert.equal((await ask(simulator)).json.stop_reason, 'model_context_window_exceeded');
    const { status, json } = await ask(simulator, { system: 'x'.repeat(40) });
    assert.deepEqual([status, json.error.message], [400, 'prompt is too long: 12 tokens > 5 maximum']);
  });
});

test('thinking stands in front of the answer, and counts', () =>
  within({}, async simulator => {
    const { content, usage } = (await ask(simulator, { thinking: { type: 'adaptive' } })).json;
    assert.deepEqual(
      content.map(({ type }: { type: string }) => type),
      ['thinking', 'text'],
    );
    assert.ok(usage.output_tokens_details.thinking_tokens > 0);
    assert.ok(usage.output_tokens > usage.output_tokens_details.thinking_tokens);
  }));

test('the first call writes the marked prefix, calls after it read it, and another one writes its own', () =>
  within({}, async simulator => {
    const system = (text: string) => ({ system: [{ type: 'text', text, cache_control: { type: 'ephemeral' } }] });
    const usageOf = async (members: object) => {
      const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens } = (await ask(simulator, members)).json.usage;
      return [input_tokens, cache_creation_input_tokens, cache_read_input_tokens];
    };
    const long = 'a'.repeat(4_096);
    assert.deepEqual(await usageOf(system(long)), [2, 1_024, 0]);
    assert.deepEqual(await usageOf({ ...system(long), messages: [{ role: 'user', content: 'another' }] }), [2, 0, 1_024]);
    assert.deepEqual(await usageOf(system('b'.repeat(4_096))), [2, 1_024, 0]);
    assert.deepEqual(await usageOf(system('a'.repeat(4_000))), [1_002, 0, 0]);
    assert.deepEqual(await usageOf({ ...system(long), model: 'claude-sonnet-4-6' }), [2, 1_024, 0]);
    assert.deepEqual([simulator.stats().cachedTokens, simulator.stats().cacheWriteTokens], [1_024, 3_072]);
  }));

test('limits count requests, input tokens that are not read from the cache, and output tokens', async () => {
  const system = [{ type: 'text', text: 'a'.repeat(8_000), cache_control: { type: 'ephemeral' } }];
  await within({ 'input-tokens-per-minute': 2_100, 'output-tokens-per-minute': 1_000 }, async simulator => {
    const remaining = async (members: object) => {
      const { headers } = await ask(simulator, members);
      return Number(headers['anthropic-ratelimit-input-tokens-remaining']);
    };
    const first = await remaining({ system });
    assert.ok(first >= 98 && first <= 101, String(first));
    // The cached prompt costs 2 tokens of the limit, not 2,002; what a bucket wins back meanwhile is small.
    assert.ok((await remaining({ system })) >= 96);
    const { status, headers, json } = await ask(simulator, { system: 'b'.repeat(8_000) });
    assert.deepEqual([status, json.error.type], [429, 'rate_limit_error']);
    assert.match(json.error.message, /rate limit of 2,100 input tokens per minute/);
    assert.ok(Number(headers['retry-after']) > 50);
    assert.equal(headers['anthropic-ratelimit-tokens-limit'], '3100');
    const reset = Date.parse(headers['anthropic-ratelimit-input-tokens-reset']!) - Date.now();
    assert.ok(reset > 30_000 && reset <= 60_000, String(reset));
  });
});

test('faults have their forms', async () => {
  await within({ 'error-529-rate': 1 }, async simulator => {
    const { status, json } = await ask(simulator);
    assert.deepEqual([status, json.error], [529, { type: 'overloaded_error', message: 'Overloaded' }]);
  });
  await within({ 'error-429-rate': 1 }, async simulator => {
    const { status, headers, json } = await ask(simulator);
    assert.deepEqual([status, headers['retry-after'], json.error.type], [429, '1', 'rate_limit_error']);
  });
  await within({ 'refusal-rate': 1 }, async simulator => {
    const { json } = await ask(simulator);
    assert.deepEqual([json.stop_reason, json.content, json.stop_details.type], ['refusal', [], 'refusal']);
  });
  await within({ 'error-body-rate': 1 }, async simulator => {
    const { status, json } = await ask(simulator);
    assert.deepEqual([status, json.type, json.error.type], [200, 'error', 'api_error']);
  });
  await within({ account: 'spend-limit' }, async simulator => {
    const { status, json } = await ask(simulator);
    assert.deepEqual([status, json.error.details], [429, { error_code: 'enforced_spend_limit_reached' }]);
  });
});

test('a body of more than 32 MB is too large', () =>
  within({}, async simulator => {
    const { status, json } = await ask(simulator, { system: 'a'.repeat(32 * 1_024 * 1_024) });
    assert.deepEqual([status, json.error.type], [413, 'request_too_large']);
  }));

test('flags are options with texts as values', () => {
  const parsed = anthropicSimulatorOptions.parse({ port: '8080', 'input-tokens-per-minute': '600', account: 'no-credit' });
  assert.deepEqual([parsed.port, parsed['input-tokens-per-minute'], parsed.account], [8_080, 600, 'no-credit']);
  assert.ok(!anthropicSimulatorOptions.safeParse({ account: 'rich' }).success);
});
