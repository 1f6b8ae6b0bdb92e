import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpTransport } from '../../kit/http-transport.js';
import { arrayOf, BIGINT, BOOLEAN, DOUBLE, FLOAT, STRING } from '../../spec/data-type.js';
import type { Model } from '../../spec/provider.js';
import { startBedrockSimulator } from '../../testing/bedrock-simulator/bedrock-simulator.js';
import type { BedrockSimulatorOptions } from '../../testing/bedrock-simulator/simulator-options.js';
import { simulatedAnswer } from '../../testing/simulator/simulated-text.js';
import { providerContract, type ModelVariant } from '../../testing/provider-contract.js';
import { conditionOptions } from '../../testing/simulator/condition-options.js';
import { bedrock } from './bedrock-provider.js';
import { batch, call, CLAUDE, NOVA, open, recorder, rowsOf, SECRET, textReply, withSimulator } from './bedrock-under-test.test.fixture.js';

/** What each model is asked, and how it is let in: the credential under test is the secret, the session token or the API key. */
const CONTRACTS = [
  { name: 'converse', model: NOVA, keyOption: 'secret-access-key', texts: ['one'] },
  { name: 'converse with temporary keys', model: NOVA, keyOption: 'session-token', texts: ['one'] },
  { name: 'converse with an API key', model: NOVA, keyOption: 'api-key', texts: ['one'] },
  { name: 'titan embedding', model: 'amazon.titan-embed-text-v2:0', keyOption: 'secret-access-key', texts: ['one'] },
  { name: 'cohere embedding', model: 'cohere.embed-english-v3', keyOption: 'api-key', texts: ['one', 'two'] },
] as const;

const KEY = 'test/credential+0123456789';

for (const { name, model, keyOption, texts } of CONTRACTS) {
  const isEmbedding = name.endsWith('embedding');
  const keys = keyOption === 'api-key' ? {} : { 'access-key-id': 'AKIATEST', 'secret-access-key': SECRET };
  providerContract({
    name: `bedrock ${name}`,
    task: isEmbedding ? 'embedding' : 'language-model',
    // Limits are told by throttles alone, and a 200 is always an answer.
    except: ['limited', 'error-body', ...(texts.length > 1 ? [] : (['many-inputs'] as const))],
    async open(condition) {
      const simulator = await startBedrockSimulator({ ...keys, [keyOption]: KEY, ...conditionOptions(condition) });
      const http = createHttpTransport({ connections: 4 });
      const openModel = ({ key = KEY, options = {} }: ModelVariant): Promise<Model> =>
        open({
          http,
          options: { endpoint: simulator.url, model, ...keys, [keyOption]: key, ...options },
          outputs: isEmbedding ? { vector: arrayOf(FLOAT) } : { answer: STRING },
        });
      return {
        model: await openModel({}),
        inputs: batch(texts.map(text => [text])),
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

test('converse: the only STRING goes in, the text of the answer comes out, through a checked signature', () =>
  withSimulator({ seed: 'x' }, async ({ url }, http) => {
    const result = await call(await open({ http, options: { endpoint: url } }), batch([['Hello “world”\n']]));
    assert.deepEqual(rowsOf(result, 1), [[simulatedAnswer({ seed: 'x', message: 'Hello “world”\n' })]]);
    assert.match(result.requestId!, /^0{8}-/);
    assert.equal(result.rateLimit, undefined);
  }));

test('converse: ids with slashes and colons are signed as they are sent', () =>
  withSimulator({}, async ({ url, stats }, http) => {
    const model = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0';
    await call(await open({ http, options: { endpoint: url, model } }), batch([['hi']]));
    assert.deepEqual(stats().byStatus, { 200: 1 });
  }));

test('converse: every option has its place in the body', async () => {
  const service = recorder(textReply('ok'));
  const options = {
    model: CLAUDE,
    'system-prompt': 'Be brief.',
    'prompt-caching': '1h',
    temperature: '0.5',
    'max-tokens': '5',
    'top-p': '0.9',
    'top-k': '40',
    stop: 'a, the',
    'additional-model-request-fields': '{"thinking":{"type":"disabled"}}',
    'guardrail-id': 'gr1',
    'guardrail-version': 'DRAFT',
  };
  await call(await open({ http: service.http, options }), batch([['hi']]));
  assert.equal(
    service.sent[0]!.url,
    'https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/converse',
  );
  assert.deepEqual(service.body(), {
    system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default', ttl: '1h' } }],
    messages: [{ role: 'user', content: [{ text: 'hi' }] }],
    inferenceConfig: { maxTokens: 5, temperature: 0.5, topP: 0.9, stopSequences: ['a', 'the'] },
    additionalModelRequestFields: { top_k: 40, thinking: { type: 'disabled' } },
    guardrailConfig: { guardrailIdentifier: 'gr1', guardrailVersion: 'DRAFT' },
  });
});

test('converse: without options the body is the message', async () => {
  const service = recorder(textReply('ok'));
  await call(await open({ http: service.http }), batch([['hi']]));
  assert.deepEqual(service.body(), { messages: [{ role: 'user', content: [{ text: 'hi' }] }], inferenceConfig: {} });
});

test('converse: what was wrong with the last answer is a part of the same message', async () => {
  const service = recorder(textReply('ok'));
  const model = await open({ http: service.http });
  await model.predict(batch([['hi']]), { signal: new AbortController().signal, callId: 'c', rejection: 'not JSON' });
  const [message, ...more] = service.body()['messages'] as { content: { text: string }[] }[];
  assert.equal(more.length, 0);
  assert.deepEqual([message!.content.length, message!.content[0]], [2, { text: 'hi' }]);
  assert.match(message!.content[1]!.text, /rejected: not JSON\. Answer again/);
});

for (const [form, model] of [
  ['schema', CLAUDE],
  ['tool', NOVA],
  ['prompt', 'meta.llama3-1-8b-instruct-v1:0'],
] as const) {
  test(`many rows in one prompt by ${form}: each has the answer that it has alone`, () =>
    withSimulator({}, async ({ url, stats, lastRequest }, http) => {
      const texts = ['one', 'two', 'three', 'four'];
      const outputs = { label: STRING, score: DOUBLE };
      const opened = await open({ http, options: { endpoint: url, model, 'max-tokens': '50' }, outputs });
      const together = await call(opened, batch(texts.map(text => [text])));
      assert.equal(stats().requests, 1);
      const { inferenceConfig } = JSON.parse(lastRequest()!.body.toString()) as { inferenceConfig: { maxTokens: number } };
      assert.ok(inferenceConfig.maxTokens >= 4 * 50, 'the reply has room for all rows');
      // By schema for all forms: what a model says does not depend on how it is asked.
      const single = await open({ http, options: { endpoint: url, model: CLAUDE }, outputs });
      const alone = await Promise.all(texts.map(async text => rowsOf(await call(single, batch([[text]])), 1)[0]));
      assert.deepEqual(rowsOf(together, 4), alone);
    }));
}

test('top-k goes where the family has it, and is refused where that is not known', async () => {
  const service = recorder(textReply('ok'));
  await call(await open({ http: service.http, options: { 'top-k': '7' } }), batch([['hi']]));
  assert.deepEqual(service.body()['additionalModelRequestFields'], { inferenceConfig: { topK: 7 } });
  const profile = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3';
  await assert.rejects(open({ http: service.http, options: { model: profile, 'top-k': '7' } }), {
    code: 'INVALID_OPTION',
    message: /top-k/,
  });
  await call(await open({ http: service.http, options: { model: profile, 'base-model': CLAUDE, 'top-k': '7' } }), batch([['hi']]));
  assert.deepEqual(service.body()['additionalModelRequestFields'], { top_k: 7 });
});

test('options that belong together are given together', async () => {
  const { http } = recorder({});
  await assert.rejects(open({ http, options: { 'guardrail-id': 'g' } }), { code: 'MISSING_OPTION', message: /guardrail-version/ });
  await assert.rejects(open({ http, options: { 'guardrail-version': '1' } }), { code: 'MISSING_OPTION', message: /guardrail-id/ });
  assert.equal(bedrock.options.safeParse({ model: 'm', 'additional-model-request-fields': '[1]' }).success, false);
});

const OUTPUTS = { label: STRING, score: DOUBLE, sure: { ...BOOLEAN, nullable: false }, tags: arrayOf(STRING) };

for (const [form, model] of [
  ['schema', CLAUDE],
  ['tool', NOVA],
] as const) {
  test(`several OUTPUT columns by ${form}: accepted and answered by a strict service`, () =>
    withSimulator({}, async ({ url }, http) => {
      const result = await call(await open({ http, options: { endpoint: url, model }, outputs: OUTPUTS }), batch([['hi']]));
      const [row] = rowsOf(result, 1);
      assert.match(row![0] as string, /^label/);
      assert.deepEqual([typeof row![1], typeof row![2], Array.isArray(row![3])], ['number', 'boolean', true]);
    }));
}

test('several OUTPUT columns where the model can only be told: the schema stands in the system prompt', async () => {
  const service = recorder(textReply('```json\n{"label":"a","score":0.5}\n```'));
  const outputs = { label: STRING, score: DOUBLE };
  for (const options of [{ model: 'meta.llama3-1-8b-instruct-v1:0' }, { model: CLAUDE, 'structured-output': 'prompt' }]) {
    const result = await call(await open({ http: service.http, options, outputs }), batch([['x']]));
    assert.deepEqual(rowsOf(result, 1), [['a', 0.5]]);
    const [system] = service.body()['system'] as { text: string }[];
    assert.match(system!.text, /^Answer with nothing but one JSON object.*"additionalProperties":false/s);
    assert.deepEqual(Object.keys(service.body()), ['inferenceConfig', 'system', 'messages']);
  }
});

test('structured-output overrules the family', async () => {
  const service = recorder(textReply('{"label":"a","score":0.5}'));
  const outputs = { label: STRING, score: DOUBLE };
  await call(await open({ http: service.http, options: { model: CLAUDE, 'structured-output': 'tool' }, outputs }), batch([['x']]));
  assert.deepEqual((service.body()['toolConfig'] as { toolChoice: object }).toolChoice, { any: {} });
  await call(await open({ http: service.http, options: { 'structured-output': 'schema' }, outputs }), batch([['x']]));
  const { textFormat } = service.body()['outputConfig'] as { textFormat: { type: string; structure: { jsonSchema: { schema: string } } } };
  assert.equal(textFormat.type, 'json_schema');
  assert.deepEqual(Object.keys((JSON.parse(textFormat.structure.jsonSchema.schema) as { properties: object }).properties), [
    'label',
    'score',
  ]);
});

test('what a tool was given keeps its digits; reasoning and text beside it are no answer', async () => {
  const body = `{"output":{"message":{"content":[{"reasoningContent":{"reasoningText":{"text":"hm"}}},{"text":"Sure:"},
    {"toolUse":{"name":"answer","input":{"id":9007199254740993}}}]}},"stopReason":"tool_use"}`;
  const result = await call(await open({ http: recorder({ body }).http, outputs: { id: BIGINT } }), batch([['x']]));
  assert.deepEqual(rowsOf(result, 1), [[9_007_199_254_740_993n]]);
  const text = recorder({
    json: { output: { message: { content: [{ reasoningContent: { reasoningText: { text: 'hm' } } }, { text: 'o' }, { text: 'k' }] } } },
  });
  assert.deepEqual(rowsOf(await call(await open({ http: text.http }), batch([['x']])), 1), [['ok']]);
});

test('answers that are cut, withheld or empty are bad answers, and their tokens are counted', async () => {
  const cases: readonly (readonly [string, object[], RegExp, string])[] = [
    ['max_tokens', [{ text: 'half of' }], /cut at the token limit/, 'backoff'],
    ['model_context_window_exceeded', [{ text: 'half of' }], /cut at the token limit/, 'backoff'],
    ['content_filtered', [], /content filter/, 'never'],
    ['guardrail_intervened', [{ text: 'Blocked.' }], /content filter/, 'never'],
    ['malformed_model_output', [], /empty/, 'backoff'],
    ['end_turn', [{ text: ' ' }], /empty/, 'backoff'],
  ];
  for (const [stopReason, content, message, retry] of cases) {
    const json = { output: { message: { content } }, stopReason, usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } };
    const result = await call(await open({ http: recorder({ json }).http }), batch([['x']]));
    const failure = result.failures?.get(0);
    assert.deepEqual([failure?.code, failure?.retry], ['BAD_ANSWER', retry], stopReason);
    assert.match(failure!.message, message);
    assert.deepEqual(result.usage, { inputTokens: 3, outputTokens: 2 });
  }
  const none = await call(await open({ http: recorder({ json: {} }).http }), batch([['x']]));
  assert.match(none.failures!.get(0)!.message, /no choices/);
});

test('the service cuts, filters and guards as the options ask', async () => {
  const reasons: readonly (readonly [Partial<BedrockSimulatorOptions>, Record<string, string>, RegExp])[] = [
    [{}, { 'max-tokens': '1' }, /cut at the token limit/],
    [{ 'content-filter-rate': 1 }, {}, /content filter/],
    [{ 'guardrail-rate': 1 }, { 'guardrail-id': 'gr1', 'guardrail-version': '1' }, /content filter/],
  ];
  for (const [settings, options, message] of reasons) {
    await withSimulator(settings, async ({ url }, http) => {
      const { failures } = await call(await open({ http, options: { endpoint: url, ...options } }), batch([['x']]));
      assert.match(failures!.get(0)!.message, message);
    });
  }
});

test('tokens of the prompt cache are parts of the input: written once, then read', () =>
  withSimulator({}, async ({ url, stats, lastRequest }, http) => {
    const system = 'You sort tickets. '.repeat(300);
    const model = await open({ http, options: { endpoint: url, 'system-prompt': system, 'prompt-caching': '5m' } });
    const first = (await call(model, batch([['one']]))).usage!;
    const { system: sent } = JSON.parse(lastRequest()!.body.toString()) as { system: object[] };
    assert.deepEqual(sent[1], { cachePoint: { type: 'default' } });
    const second = (await call(model, batch([['two']]))).usage!;
    assert.deepEqual([first.cachedInputTokens, first.cacheWriteTokens], [0, 1_350]);
    assert.deepEqual([second.cachedInputTokens, second.cacheWriteTokens], [1_350, 0]);
    const { promptTokens, cachedTokens, cacheWriteTokens } = stats();
    assert.equal(first.inputTokens + second.inputTokens, promptTokens);
    assert.deepEqual([cachedTokens, cacheWriteTokens], [1_350, 1_350]);
  }));

test('a NULL text gives NULL outputs without a call', async () => {
  const service = recorder(textReply('ok'));
  const model = await open({ http: service.http, outputs: { label: STRING, score: DOUBLE } });
  assert.deepEqual(rowsOf(await call(model, batch([[null]])), 1), [[null, null]]);
  assert.equal(service.sent.length, 0);
});

test('limits: max-tokens are set aside, and models of one account, region and id share them', async () => {
  const { http } = recorder({});
  const model = await open({ http, options: { 'max-tokens': '50', temperature: '0' } });
  assert.equal(model.tokens!.outputOfRow, 50);
  assert.equal(model.isRepeatable, true);
  const quotas = await Promise.all(
    [
      {},
      { model: CLAUDE },
      { region: 'eu-west-1' },
      { 'access-key-id': 'AKIAOTHER', 'secret-access-key': 'other' },
      { temperature: '1' },
    ].map(async options => (await open({ http, options })).quota),
  );
  assert.equal(new Set(quotas).size, 4);
  assert.equal(quotas[0], quotas[4]);
});
