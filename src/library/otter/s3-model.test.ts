import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startS3Simulator } from '../../testing/s3-simulator/s3-simulator.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { createSession } from '../create-session.js';
import { ModelCache } from './model-cache.js';

const KEYS = { accessKeyId: 'minioadmin', secretAccessKey: 'minio-secret' };
const FEATURES = "MAP['country', 'FR', 'plan', 'pro', 'age', 32.670689e0, 'balance', 764.95, 'visits', 0]";

test('a table of the reference: the model comes from an S3 service with its keys, by a path or a folder', async context => {
  const s3 = await startS3Simulator({ keys: KEYS });
  context.after(() => s3.close());
  const folder = await temporaryFolder();
  context.after(() => folder.remove());
  s3.put('ml-models', 'churn/v1/model.onnx', readFileSync('tests/fixtures/onnx/churn_pipeline.onnx'));
  const table = (name: string, secret: string): string => `
    CREATE TABLE ${name} (country STRING, plan STRING, age FLOAT, balance FLOAT, visits BIGINT, score DOUBLE, confidence DOUBLE) WITH (
      'connector' = 'ml-inference',
      'model.name' = '${name}',
      'model.path' = 's3a://ml-models/churn/v1/model.onnx',
      'model.format' = 'onnx',
      'model.version' = 'v1',
      'model.s3.endpoint' = '${s3.url}',
      'model.s3.access-key' = '${KEYS.accessKeyId}',
      'model.s3.secret-key' = '${secret}',
      'model.s3.path-style' = 'true',
      'cache.enabled' = 'true',
      'cache.ttl-minutes' = '60',
      'batch.size' = '32',
      'async.enabled' = 'true',
      'retry.max-attempts' = '3')`;
  await using session = createSession({
    engines: new ModelCache(),
    environment: { KEY: KEYS.secretAccessKey },
    settings: { 'model.cache.path': folder.path },
  });
  await session.execute(table('churn', '${KEY}'));
  for await (const { score } of session.query<{ score: number }>(`SELECT ml_score(${FEATURES}, 'churn') AS score`))
    assert.equal(score.toFixed(4), '0.1872');
  await session.execute(table('locked', 'wrong'));
  await assert.rejects(
    session.query(`SELECT ml_score(${FEATURES}, 'locked') AS score`).next(),
    (thrown: Error & { code: string }) => thrown.code === 'UNAUTHORIZED' && !thrown.message.includes('wrong'),
  );
});
