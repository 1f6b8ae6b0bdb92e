import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AzureOpenAI, OpenAI } from 'openai';
import { request as httpRequest } from 'undici';
import { startAzureOpenAiSimulator, type AzureOpenAiSimulator } from './azure-openai-simulator.js';
import type { AzureOpenAiSimulatorOptions } from './simulator-options.js';

async function within(
  options: Partial<AzureOpenAiSimulatorOptions>,
  run: (simulator: AzureOpenAiSimulator) => Promise<void>,
): Promise<void> {
  const simulator = await startAzureOpenAiSimulator(options);
  try {
    await run(simulator);
  } finally {
    await simulator.close();
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly json: { readonly error?: Readonly<Record<string, unknown>>; readonly choices?: readonly Readonly<Record<string, unknown>>[] };
}

async function post(url: string, body: object, headers: Record<string, string> = { 'api-key': 'k' }): Promise<Answer> {
  const answer = await httpRequest(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.statusCode, headers: answer.headers, json: (await answer.body.json()) as Answer['json'] };
}

const CHAT = '/openai/deployments/d/chat/completions';
const HI = { messages: [{ role: 'user', content: 'hi' }] };

test("OpenAI's own clients are answered, through either address", () =>
  within({ deployments: ['d'], 'api-key': 'k' }, async ({ url }) => {
    const message = { role: 'user', content: 'hi' } as const;
    const dated = new AzureOpenAI({ endpoint: url, deployment: 'd', apiKey: 'k', apiVersion: '2024-10-21', maxRetries: 0 });
    const first = await dated.chat.completions.create({ model: 'd', messages: [message] });
    const undated = new OpenAI({ baseURL: `${url}/openai/v1`, apiKey: 'unused', defaultHeaders: { 'api-key': 'k' }, maxRetries: 0 });
    const second = await undated.chat.completions.create({ model: 'd', messages: [message] });
    assert.match(first.choices[0]!.message.content!, /^answer /);
    assert.equal(second.choices[0]!.message.content, first.choices[0]!.message.content);
    const { data } = await undated.embeddings.create({ model: 'd', input: ['a', 'b'], encoding_format: 'float', dimensions: 4 });
    assert.deepEqual(
      data.map(({ index, embedding }) => [index, embedding.length]),
      [
        [1, 4],
        [0, 4],
      ],
    );
    await assert.rejects(undated.chat.completions.create({ model: 'other', messages: [message] }), {
      status: 404,
      code: 'DeploymentNotFound',
    });
  }));

test('an address without a known version is not there', () =>
  within({}, async ({ url }) => {
    for (const path of [CHAT, `${CHAT}?api-version=2024-13-01`, '/chat/completions?api-version=2024-10-21', '/openai/v1/models']) {
      const { status, json } = await post(url + path, HI);
      assert.deepEqual([status, json], [404, { error: { code: '404', message: 'Resource not found' } }], path);
    }
    assert.equal((await post(`${url}${CHAT}?api-version=2025-04-01-preview`, HI)).status, 200);
  }));

test('a key or a token is asked for', () =>
  within({ 'api-key': 'k', 'auth-token': 't' }, async ({ url }) => {
    const address = `${url}${CHAT}?api-version=2024-10-21`;
    const statuses = [];
    for (const headers of [{}, { 'api-key': 'x' }, { 'api-key': 'k' }, { authorization: 'Bearer x' }, { authorization: 'Bearer t' }]) {
      statuses.push((await post(address, HI, headers)).status);
    }
    assert.deepEqual(statuses, [401, 401, 200, 401, 200]);
  }));

test('chats carry the results of the content filter', async () => {
  await within({}, async ({ url }) => {
    const { json, headers } = await post(`${url}${CHAT}?api-version=2024-10-21`, HI);
    const [choice] = json.choices!;
    assert.deepEqual(Object.keys(choice!['content_filter_results'] as object), ['hate', 'self_harm', 'sexual', 'violence']);
    assert.ok('prompt_filter_results' in json);
    assert.deepEqual([headers['x-ms-region'], typeof headers['apim-request-id']], ['North Central US', 'string']);
  });
  await within({ 'content-filter-rate': 1 }, async ({ url }) => {
    const [choice] = (await post(`${url}${CHAT}?api-version=2024-10-21`, HI)).json.choices!;
    const results = choice!['content_filter_results'] as { violence: object };
    assert.deepEqual([choice!['finish_reason'], results.violence], ['content_filter', { filtered: true, severity: 'medium' }]);
  });
  await within({ 'prompt-filter-rate': 1 }, async ({ url }) => {
    const { status, json } = await post(`${url}${CHAT}?api-version=2024-10-21`, HI);
    const inner = json.error!['innererror'] as { code: string };
    assert.deepEqual([status, json.error!['code'], inner.code], [400, 'content_filter', 'ResponsibleAIPolicyViolation']);
  });
});

test('admission counts all of max_tokens, and a refused request is told by the headers that were asked for', () =>
  within({ 'tokens-per-minute': 1_000, 'wait-headers': 'reset' }, async ({ url }) => {
    const address = `${url}${CHAT}?api-version=2024-10-21`;
    const first = await post(address, { ...HI, max_tokens: 300, n: 3 });
    assert.deepEqual(
      [first.status, first.headers['x-ratelimit-remaining-tokens'], first.headers['x-ratelimit-reset-tokens']],
      [200, '98', undefined],
    );
    const { status, headers, json } = await post(address, { ...HI, max_tokens: 300 });
    assert.deepEqual([status, json.error!['code'], headers['retry-after']], [429, '429', undefined]);
    const seconds = Number(headers['x-rate-limit-reset-tokens']);
    assert.ok(seconds > 5 && seconds <= 13, String(seconds));
    assert.match(String(json.error!['message']), new RegExp(`token rate limit .* Please retry after ${seconds} seconds`));
  }));
