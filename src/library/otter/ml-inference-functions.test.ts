import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../testing/fake-clock.js';
import { fakeEngine } from './fake-engine.test.fixture.js';
import { InferenceException } from './inference-exception.js';
import { MLInferenceDynamicTableFactory } from './ml-inference-dynamic-table-factory.js';
import { MLInferenceFunction } from './ml-inference-function.js';
import { MLInferenceLookupFunction } from './ml-inference-lookup-function.js';
import { ModelCache } from './model-cache.js';
import { SqlInferenceConfig } from './sql-inference-config.js';

const OPTIONS = {
  connector: 'ml-inference',
  'model.name': 'churn',
  'model.path': 'tests/fixtures/onnx/churn_pipeline.onnx',
  'model.format': 'onnx',
  'cache.ttl-minutes': '60',
};
const NAMES = ['country', 'plan', 'age', 'balance', 'visits'];
const KEYS = ['FR', 'pro', 32.670689, 764.95294, 0];

test('MLInferenceFunction: the first number of the model, and null for each reason of the reference', async () => {
  const cache = new ModelCache({ clock: createFakeClock() });
  const scorer = new MLInferenceFunction(cache);
  cache.putEngine('good', fakeEngine({ a: [0.25, 0.75] }));
  cache.putEngine('throwing', fakeEngine(new InferenceException('no')));
  cache.putEngine('failing', fakeEngine('no'));
  cache.putEngine('empty', fakeEngine({}));
  cache.putEngine('wordy', fakeEngine({ a: 'x', b: 1 }));
  assert.equal(await scorer.eval({ x: 1 }, 'good'), 0.25);
  for (const name of ['absent', 'throwing', 'failing', 'empty', 'wordy'])
    assert.equal(await scorer.eval(new Map([['x', 1]]), name), null, name);
  assert.equal(await scorer.eval(null, 'good'), null);
  assert.deepEqual(scorer.missingScores, { 'model-absent': 1, 'inference-failed': 3, 'outputs-empty': 1, 'not-numeric': 1 });
});

test('MLInferenceFunction: without a cache of its own it asks that of the process', async () => {
  const engine = fakeEngine({ y: 4 });
  ModelCache.getInstance().putEngine('of-this-test', engine);
  assert.equal(await new MLInferenceFunction().eval({}, 'of-this-test'), 4);
  ModelCache.getInstance().invalidate('of-this-test');
});

test('MLInferenceLookupFunction: keys in the order of the features, one row with score and confidence', async () => {
  const cache = new ModelCache();
  const lookup = new MLInferenceLookupFunction(SqlInferenceConfig.fromOptions(OPTIONS), { featureNames: NAMES, cache });
  const [[row], more] = await Promise.all([lookup.eval(...KEYS), lookup.eval(...KEYS)]);
  assert.deepEqual([row!.score!.toFixed(4), row!.confidence!.toFixed(4), more.length], ['0.1872', '0.8128', 1]);
  assert.deepEqual(await lookup.eval('FR', null, 1, 2, 3), []);
  await assert.rejects(lookup.eval('FR'), { name: 'InferenceException', message: /takes 5 keys/ });
  await assert.rejects(lookup.eval('FR', 'pro', 'old', 1, 2), { name: 'InferenceException', code: 'PREDICTION_FAILED' });
  await cache.close();
});

test('MLInferenceLookupFunction: a model that only knows places takes keys without names', async () => {
  const cache = new ModelCache();
  const config = SqlInferenceConfig.fromOptions({
    ...OPTIONS,
    'model.name': 'iris',
    'model.path': 'tests/fixtures/onnx/iris_lr.onnx',
    'cache.enabled': 'false',
  });
  const [row] = await new MLInferenceLookupFunction(config, { cache }).eval(5.1, 3.5, 1.4, 0.2);
  assert.deepEqual([row!.score, row!.confidence!.toFixed(4)], [0, '0.9847']);
  await cache.close();
});

test('MLInferenceDynamicTableFactory: identifier, options, and a source whose model is loaded', async () => {
  const factory = new MLInferenceDynamicTableFactory();
  assert.equal(factory.factoryIdentifier(), 'ml-inference');
  assert.deepEqual([...factory.requiredOptions()], ['model.name', 'model.path']);
  const optional = factory.optionalOptions();
  for (const key of [
    'model.format',
    'model.version',
    'model.s3.endpoint',
    'model.s3.access-key',
    'model.s3.secret-key',
    'model.s3.path-style',
  ])
    assert.ok(optional.has(key), key);
  for (const key of ['cache.enabled', 'cache.ttl', 'batch.size', 'async.enabled', 'retry.max-attempts']) assert.ok(optional.has(key), key);
  const cache = new ModelCache();
  const source = await factory.createDynamicTableSource(OPTIONS, { cache });
  assert.ok(cache.getEngine('churn'));
  assert.equal(source.config.cacheTtlMinutes, 60);
  assert.equal(source.asSummaryString(), 'MLInference(churn)');
  const [row] = await source.getLookupRuntimeProvider(NAMES).eval(...KEYS);
  assert.equal(row!.score!.toFixed(4), '0.1872');
  await assert.rejects(factory.createDynamicTableSource({ ...OPTIONS, 'model.name': 'gone', 'model.path': 'gone.onnx' }, { cache }), {
    name: 'InferenceException',
    code: 'FILE_NOT_FOUND',
  });
  await cache.close();
});
