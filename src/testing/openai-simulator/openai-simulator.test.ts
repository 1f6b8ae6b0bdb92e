import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request as httpRequest } from 'undici';
import { simulatedEmbedding } from '../simulator/simulated-embedding.js';
import { formatReset } from './limit-words.js';
import { startOpenAiSimulator, type OpenAiSimulator } from './openai-simulator.js';

import { openAiSimulatorOptions, type OpenAiSimulatorOptions } from './simulator-options.js';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a reply of any shape, which the test looks into
  readonly json: any;
}

interface Sent {
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string | null;
}

async function send(simulator: OpenAiSimulator, { path, body, key = 'k' }: Sent): Promise<Answer> {
  const response = await httpRequest(`${simulator.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.body.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.statusCode, headers: response.headers as Record<string, string>, text, json };
}

function chat(simulator: OpenAiSimulator, body: object = {}, key?: string | null): Promise<Answer> {
  return send(simulator, {
    path: '/chat/completions',
    body: { model: 'm', messages: [{ role: 'user', content: 'hello' }], ...body },
    ...(key !== undefined && { key }),
  });
}

async function within(options: Partial<OpenAiSimulatorOptions>, run: (simulator: OpenAiSimulator) => Promise<void>): Promise<void> {
  const simulator = await startOpenAiSimulator(options);
  try {
    await run(simulator);
  } finally {
    await simulator.close();
  }
}

test('a chat completion has the wire format, and equal requests have equal answers', () =>
  within({}, async simulator => {
    const first = await chat(simulator);
    assert.equal(first.status, 200);
    assert.match(first.headers['x-request-id']!, /^req_/);
    assert.equal(first.json.object, 'chat.completion');
    assert.equal(first.json.choices[0].finish_reason, 'stop');
    assert.match(first.json.choices[0].message.content, /^answer [0-9a-f]{8} to: hello$/);
    assert.equal(first.json.usage.total_tokens, first.json.usage.prompt_tokens + first.json.usage.completion_tokens);
    const second = await chat(simulator);
    assert.deepEqual(second.json.choices, first.json.choices);
    const { requests, byStatus, answeredInputs, uniqueInputs, repeatedInputs, maxInFlight } = simulator.stats();
    assert.deepEqual(
      { requests, byStatus, answeredInputs, uniqueInputs, repeatedInputs, maxInFlight },
      { requests: 2, byStatus: { 200: 2 }, answeredInputs: 2, uniqueInputs: 1, repeatedInputs: 1, maxInFlight: 1 },
    );
  }));

test('another seed gives another answer; n gives different choices; max_tokens cuts', async () => {
  let texts: string[] = [];
  await within({}, async simulator => {
    const { choices } = (await chat(simulator, { n: 3 })).json;
    texts = choices.map((choice: { message: { content: string } }) => choice.message.content);
    assert.equal(new Set(texts).size, 3);
    const [cut] = (await chat(simulator, { max_tokens: 2 })).json.choices;
    assert.equal(cut.finish_reason, 'length');
    assert.equal(cut.message.content.length, 8);
  });
  await within({ seed: '1' }, async simulator => assert.notEqual((await chat(simulator)).json.choices[0].message.content, texts[0]));
});

test('structured output satisfies its schema, and a schema that is not strict is refused', () =>
  within({}, async simulator => {
    const format = (schema: object) => ({ response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema } } });
    const schema = {
      type: 'object',
      properties: {
        label: { type: 'string', enum: ['good', 'bad'] },
        score: { type: ['number', 'null'] },
        list: { type: 'array', items: { type: 'integer' } },
      },
      required: ['label', 'score', 'list'],
      additionalProperties: false,
    };
    const value = JSON.parse((await chat(simulator, format(schema))).json.choices[0].message.content);
    assert.deepEqual(Object.keys(value), ['label', 'score', 'list']);
    assert.ok(['good', 'bad'].includes(value.label) && typeof value.score === 'number' && value.list.every(Number.isInteger));
    for (const broken of [
      { ...schema, additionalProperties: true },
      { ...schema, required: ['label'] },
      { type: 'array', items: schema },
      { ...schema, properties: { ...schema.properties, list: { type: 'array' } } },
    ]) {
      const { status, json } = await chat(simulator, format(broken));
      assert.deepEqual([status, json.error.param], [400, 'response_format']);
    }
  }));

test('requests that OpenAI refuses are refused with the member to blame', () =>
  within({ models: ['m'] }, async simulator => {
    const cases: readonly (readonly [object, number, string | null])[] = [
      [{ model: '' }, 400, 'model'],
      [{ model: 'other' }, 404, null],
      [{ messages: [] }, 400, 'messages'],
      [{ messages: [{ role: 'user' }] }, 400, 'messages.[0]'],
      [{ temperature: 3 }, 400, 'temperature'],
      [{ temperature: '0' }, 400, 'temperature'],
      [{ max_tokens: 1.5 }, 400, 'max_tokens'],
      [{ stream: true }, 400, 'stream'],
      [{ typo: 1 }, 400, 'typo'],
      [{ response_format: { type: 'json_object' } }, 400, 'messages'],
      [{ response_format: { type: 'yaml' } }, 400, 'response_format.type'],
    ];
    for (const [body, status, param] of cases) {
      const answer = await chat(simulator, body);
      assert.deepEqual([answer.status, answer.json.error.param], [status, param], JSON.stringify(body));
    }
    assert.equal((await send(simulator, { path: '/chat/completions', body: '{' })).status, 400);
    assert.equal((await send(simulator, { path: '/nothing', body: {} })).status, 404);
    assert.deepEqual(
      (await send(simulator, { path: '/models' })).json.data.map(({ id }: { id: string }) => id),
      ['m'],
    );
  }));

test('embeddings are unit vectors by index, as wide as asked for', () =>
  within({}, async simulator => {
    const { json } = await send(simulator, {
      path: '/embeddings',
      body: { model: 'm', input: ['a', 'b'], dimensions: 5, encoding_format: 'float' },
    });
    const byIndex = Object.fromEntries(json.data.map((item: { index: number; embedding: number[] }) => [item.index, item.embedding]));
    assert.deepEqual(
      [byIndex[0], byIndex[1]],
      ['a', 'b'].map(input => simulatedEmbedding({ seed: '0', input, dimensions: 5 })),
    );
    assert.ok(Math.abs(Math.hypot(...byIndex[0]) - 1) < 1e-12);
    assert.deepEqual(json.usage, { prompt_tokens: 2, total_tokens: 2 });
    for (const body of [{ input: [] }, { input: ['a', ''] }, { input: 5 }, { input: 'a', encoding_format: 'base64' }]) {
      assert.equal((await send(simulator, { path: '/embeddings', body: { model: 'm', ...body } })).status, 400);
    }
    assert.equal(simulator.stats().uniqueInputs, 2);
  }));

test('keys are checked, and shown in part only', () =>
  within({ 'api-key': 'sk-right-0000' }, async simulator => {
    assert.equal((await chat(simulator, {}, 'sk-right-0000')).status, 200);
    const wrong = await chat(simulator, {}, 'sk-wrong-secret-1111');
    assert.deepEqual([wrong.status, wrong.json.error.code], [401, 'invalid_api_key']);
    assert.match(wrong.json.error.message, /^Incorrect API key provided: sk-\*{8}1111\./);
    assert.equal((await chat(simulator, {}, null)).status, 401);
  }));

test('beyond the requests per minute, 429 with the wait; the headers count down', () =>
  within({ 'requests-per-minute': 3 }, async simulator => {
    const answers = [await chat(simulator), await chat(simulator), await chat(simulator)];
    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers['x-ratelimit-remaining-requests']]),
      [
        [200, '2'],
        [200, '1'],
        [200, '0'],
      ],
    );
    const { status, headers, json } = await chat(simulator);
    assert.deepEqual([status, json.error.code, json.error.type], [429, 'rate_limit_exceeded', 'requests']);
    const waitMs = Number(headers['retry-after-ms']);
    assert.ok(waitMs > 0 && waitMs <= 20_000);
    assert.equal(headers['retry-after'], String(Math.ceil(waitMs / 1_000)));
    assert.equal(headers['x-ratelimit-limit-requests'], '3');
    assert.ok(headers['x-ratelimit-reset-requests']);
    assert.deepEqual(simulator.stats().byStatus, { 200: 3, 429: 1 });
  }));

test('beyond the tokens per minute, 429', () =>
  within({ 'tokens-per-minute': 15 }, async simulator => {
    assert.equal((await chat(simulator)).status, 200);
    const { status, json } = await chat(simulator);
    assert.deepEqual([status, json.error.type], [429, 'tokens']);
  }));

test('an account without quota is 429 insufficient_quota, without a wait', () =>
  within({ 'out-of-quota': true }, async simulator => {
    const { status, headers, json } = await chat(simulator);
    assert.deepEqual([status, json.error.code, headers['retry-after']], [429, 'insufficient_quota', undefined]);
  }));

test('faults have their forms', async () => {
  await within({ 'error-500-rate': 1 }, async simulator => assert.equal((await chat(simulator)).status, 500));
  await within({ 'error-503-rate': 1 }, async simulator => assert.equal((await chat(simulator)).headers['retry-after'], '1'));
  await within({ 'empty-rate': 1 }, async simulator => assert.equal((await chat(simulator)).text, ''));
  await within({ 'truncated-rate': 1 }, async simulator => {
    const { status, text, json } = await chat(simulator);
    assert.ok(status === 200 && text.startsWith('{') && json === undefined);
  });
  await within({ 'error-body-rate': 1 }, async simulator => {
    const { status, json } = await chat(simulator);
    assert.deepEqual([status, json.error.type], [200, 'server_error']);
  });
  await within({ 'content-filter-rate': 1 }, async simulator =>
    assert.equal((await chat(simulator)).json.choices[0].finish_reason, 'content_filter'),
  );
  await within({ 'refusal-rate': 1 }, async simulator => assert.match((await chat(simulator)).json.choices[0].message.refusal, /sorry/));
  await within({ 'reset-rate': 1 }, async simulator => {
    await assert.rejects(chat(simulator));
    assert.deepEqual([simulator.stats().byStatus, simulator.stats().faults], [{ reset: 1 }, { reset: 1 }]);
  });
});

test('faults strike their share of requests, the same ones for the same seed, and other attempts than the first', async () => {
  const run = async (): Promise<number[]> => {
    let statuses: number[] = [];
    await within({ 'error-500-rate': 0.25 }, async simulator => {
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, i) => chat(simulator, { messages: [{ role: 'user', content: `no. ${i}` }] })),
      );
      statuses = answers.map(({ status }) => status);
      const failed = statuses.indexOf(500);
      const again = await Promise.all(
        Array.from({ length: 40 }, () => chat(simulator, { messages: [{ role: 'user', content: `no. ${failed}` }] })),
      );
      assert.ok(again.some(({ status }) => status === 200));
    });
    return statuses;
  };
  const first = await run();
  const failures = first.filter(status => status === 500).length;
  assert.ok(failures > 25 && failures < 75, String(failures));
  assert.deepEqual(await run(), first);
});

test('statistics are served as JSON', () =>
  within({}, async simulator => {
    await chat(simulator);
    const response = await httpRequest(simulator.statsUrl);
    assert.deepEqual(await response.body.json(), JSON.parse(JSON.stringify(simulator.stats())));
  }));

test('an address that is taken is an error of IO', () =>
  within({}, async simulator => {
    await assert.rejects(startOpenAiSimulator({ port: Number(new URL(simulator.url).port) }), { code: 'IO' });
  }));

test('waits are written as Go writes them', () => {
  assert.deepEqual([20, 1_500, 60_000, 360_500, 3_600_000].map(formatReset), ['20ms', '1.5s', '1m0s', '6m0.5s', '1h0m0s']);
});

test('flags are options with texts as values', () => {
  const parsed = openAiSimulatorOptions.parse({ port: '8080', latency: '200 ms', 'requests-per-minute': '600', 'reset-rate': '0.01' });
  assert.deepEqual(
    [parsed.port, parsed.latency, parsed['requests-per-minute'], parsed['reset-rate']],
    [8_080, { kind: 'fixed', ms: 200 }, 600, 0.01],
  );
  assert.ok(!openAiSimulatorOptions.safeParse({ latency: 'slow' }).success);
});
