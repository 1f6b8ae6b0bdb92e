import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrayOf, DOUBLE, STRING } from '../../spec/data-type.js';
import { simulatedEmbedding } from '../../testing/simulator/simulated-embedding.js';
import { batch, call, open, recorder, rowsOf, withSimulator } from './bedrock-under-test.test.fixture.js';

const outputs = { v: arrayOf(DOUBLE) };

const MODELS = [
  { model: 'amazon.titan-embed-text-v1', options: {}, dimensions: 1_536, maxInputs: 1 },
  { model: 'amazon.titan-embed-text-v2:0', options: { dimension: '256', normalize: 'false' }, dimensions: 256, maxInputs: 1 },
  { model: 'cohere.embed-multilingual-v3', options: { 'input-type': 'clustering' }, dimensions: 1_024, maxInputs: 96 },
  { model: 'us.cohere.embed-v4:0', options: { dimension: '512' }, dimensions: 512, maxInputs: 96 },
] as const;

for (const { model, options, dimensions, maxInputs } of MODELS) {
  test(`${model}: one vector for each text, in order`, () =>
    withSimulator({ seed: 's' }, async ({ url, stats }, http) => {
      const texts = maxInputs === 1 ? ['a'] : ['a', 'b', 'c'];
      const opened = await open({ http, options: { endpoint: url, model, ...options }, outputs });
      assert.equal(opened.maxInputsPerCall, maxInputs);
      const result = await call(opened, batch(texts.map(text => [text])));
      assert.deepEqual(
        rowsOf(result, texts.length),
        texts.map(input => [simulatedEmbedding({ seed: 's', input, dimensions })]),
      );
      assert.deepEqual(result.usage, { inputTokens: texts.length, outputTokens: 0 });
      assert.equal(stats().requests, 1);
    }));
}

test('the bodies are those of the models', async () => {
  const service = recorder({ json: { embedding: [1], embeddings: [[1]] } });
  const bodies: readonly (readonly [Record<string, string>, object])[] = [
    [{ model: 'amazon.titan-embed-text-v1' }, { inputText: 'x' }],
    [{ model: 'amazon.titan-embed-text-v2:0' }, { inputText: 'x' }],
    [
      { model: 'amazon.titan-embed-text-v2:0', dimension: '512', normalize: 'true' },
      { inputText: 'x', dimensions: 512, normalize: true },
    ],
    [
      { model: 'cohere.embed-english-v3', input_type: 'search_query' },
      { texts: ['x'], input_type: 'search_query' },
    ],
    [
      { model: 'cohere.embed-v4:0', dimension: '256' },
      { texts: ['x'], input_type: 'search_document', embedding_types: ['float'], output_dimension: 256 },
    ],
  ];
  for (const [{ input_type, ...options }, body] of bodies) {
    const given = { ...options, ...(input_type && { 'input-type': input_type }) };
    await call(await open({ http: service.http, options: given, outputs }), batch([['x']]));
    assert.deepEqual(service.body(), body);
    assert.match(service.sent.at(-1)!.url, /\/invoke$/);
  }
});

test('a model behind an ARN is named by base-model', async () => {
  const service = recorder({ json: { embedding: [1] } });
  const model = 'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc';
  await assert.rejects(open({ http: service.http, options: { model }, outputs }), { code: 'MODEL_SCHEMA', message: /"abc"/ });
  const opened = await open({ http: service.http, options: { model, 'base-model': 'amazon.titan-embed-text-v1' }, outputs });
  assert.deepEqual(rowsOf(await call(opened, batch([['x']])), 1), [[[1]]]);
});

test('other families, and options that a model lacks, are refused', async () => {
  const { http } = recorder({});
  for (const model of ['amazon.nova-2-multimodal-embeddings-v1:0', 'amazon.titan-embed-image-v1', 'us.amazon.nova-lite-v1:0'])
    await assert.rejects(open({ http, options: { model }, outputs }), {
      code: 'MODEL_SCHEMA',
      message: /Titan Text Embeddings v1 and v2, and Cohere/,
    });
  await assert.rejects(open({ http, options: { model: 'amazon.titan-embed-text-v1', dimension: '256' }, outputs }), {
    code: 'INVALID_OPTION',
    message: '"amazon.titan-embed-text-v1" has no "dimension"',
  });
  await assert.rejects(open({ http, options: { model: 'cohere.embed-v4:0', normalize: 'true' }, outputs }), { code: 'INVALID_OPTION' });
  await assert.rejects(open({ http, options: { model: 'cohere.embed-v4:0', task: 'embedding' }, outputs: { answer: STRING } }), {
    code: 'MODEL_SCHEMA',
  });
});

test('answers without vectors are bad answers', async () => {
  for (const [model, json] of [
    ['amazon.titan-embed-text-v1', {}],
    ['amazon.titan-embed-text-v1', { embedding: 'AAAA' }],
    ['cohere.embed-english-v3', { embeddings: [] }],
    ['cohere.embed-v4:0', { embeddings: { float: [[1], [2]] } }],
  ] as const) {
    await assert.rejects(call(await open({ http: recorder({ json }).http, options: { model }, outputs }), batch([['x']])), {
      code: 'BAD_ANSWER',
    });
  }
});
