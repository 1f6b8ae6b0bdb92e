import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mlInference } from './ml-inference-connector.js';
import { mlInferenceOptions } from '../../kit/inference-engine/ml-inference-options.js';

const GIVEN = { 'model.name': 'fraud', 'model.path': 's3a://models/fraud/' };

test('ml-inference: without options, the documented defaults', () => {
  assert.deepEqual(mlInferenceOptions.parse(GIVEN), {
    ...GIVEN,
    'model.max-bytes': 4 * 2 ** 30,
    'model.load-timeout': 10 * 60_000,
    'model.allow-private-redirects': false,
    'model.s3.anonymous': false,
    'model.format': 'tensorflow-savedmodel',
    'model.version': 'latest',
    'model.s3.path-style': true,
    'cache.enabled': true,
    'cache.ttl': 30 * 60_000,
    'batch.size': 1,
    'async.enabled': false,
    'retry.max-attempts': 3,
  });
});

test('ml-inference: a time to live is a number of minutes, or a duration', () => {
  for (const [written, ms] of Object.entries({ 60: 3_600_000, ' 5 ': 300_000, '10 s': 10_000 }))
    assert.equal(mlInferenceOptions.parse({ ...GIVEN, 'cache.ttl': written })['cache.ttl'], ms);
  for (const written of ['-1', 'soon', '1.5'])
    assert.ok(!mlInferenceOptions.safeParse({ ...GIVEN, 'cache.ttl': written }).success, written);
});

test('ml-inference: name and path are needed, and the format is one of the known', () => {
  assert.ok(!mlInferenceOptions.safeParse({ 'model.name': 'fraud' }).success);
  assert.ok(!mlInferenceOptions.safeParse({ 'model.path': 'fraud.onnx' }).success);
  assert.ok(!mlInferenceOptions.safeParse({ ...GIVEN, 'model.format': 'pickle' }).success);
});

test('ml-inference: it is neither read nor written as a whole', () => {
  assert.equal(mlInference.createSource, undefined);
  assert.equal(mlInference.createSink, undefined);
});
