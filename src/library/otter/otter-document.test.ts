import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { encodeOnnxModel } from '../../kit/onnx/onnx-graph.js';
import { startS3Simulator } from '../../testing/s3-simulator/s3-simulator.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { createSession } from '../create-session.js';
import { ModelCache } from './model-cache.js';

/** score = sigmoid(a - b) and confidence = max(score, 1 - score) of two features. */
const MODEL = encodeOnnxModel({
  name: 'fraud',
  inputs: [{ name: 'features', element: 'float32', shape: ['N', 2] }],
  outputs: [
    { name: 'score', element: 'float32', shape: ['N', 1] },
    { name: 'confidence', element: 'float32', shape: ['N', 1] },
  ],
  constants: [
    { name: 'weights', element: 'float32', dims: [2, 1], data: new Uint8Array(Float32Array.of(1, -1).buffer) },
    { name: 'one', element: 'float32', dims: [1], data: new Uint8Array(Float32Array.of(1).buffer) },
  ],
  nodes: [
    { opType: 'MatMul', inputs: ['features', 'weights'], outputs: ['margin'] },
    { opType: 'Sigmoid', inputs: ['margin'], outputs: ['score'] },
    { opType: 'Sub', inputs: ['one', 'score'], outputs: ['other'] },
    { opType: 'Max', inputs: ['score', 'other'], outputs: ['confidence'] },
  ],
});

const NUMBERS = ['amount', 'hour_of_day', 'f1', 'f2'].map(name => `'fields.${name}.min' = '0', 'fields.${name}.max' = '1'`).join(', ');

/** What the document leaves to its reader: where the service is, what the file is, and that rows come to an end. */
function filledIn(document: string, endpoint: string): string[] {
  return document
    .replaceAll(/^--.*$/gm, '')
    .replace('http://minio:9000', endpoint)
    .replace("'s3a://ml-models/fraud/v1/'", "'s3a://ml-models/fraud/v1/model.onnx'")
    .replace("'tensorflow-savedmodel'", "'onnx'")
    .replace("WITH ('connector' = 'datagen')", `WITH ('connector' = 'datagen', 'number-of-rows' = '40', ${NUMBERS})`)
    .split(';')
    .map(statement => statement.trim())
    .filter(statement => statement !== '');
}

test('every statement of the reference runs, with the model in an S3 service', async context => {
  const s3 = await startS3Simulator({ keys: { accessKeyId: 'minioadmin', secretAccessKey: 'minioadmin' } });
  context.after(() => s3.close());
  const folder = await temporaryFolder();
  context.after(() => folder.remove());
  s3.put('ml-models', 'fraud/v1/model.onnx', MODEL);
  await using session = createSession({ engines: new ModelCache(), environment: {}, settings: { 'model.cache.path': folder.path } });
  const answers: Record<string, unknown>[][] = [];
  for (const statement of filledIn(readFileSync('tests/fixtures/spec/otter.sql', 'utf8'), s3.url)) {
    if (!statement.startsWith('SELECT')) {
      await session.execute(statement);
      continue;
    }
    const rows: Record<string, unknown>[] = [];
    for await (const row of session.query(statement)) rows.push(row);
    answers.push(rows);
  }
  const [scored, joined] = answers as [{ score: number }[], { score: number; confidence: number }[]];
  assert.deepEqual([scored.length, joined.length], [40, 40]);
  assert.deepEqual(
    scored.filter(({ score }) => !(score >= 0 && score <= 1)),
    [],
  );
  for (const { score, confidence } of joined) {
    assert.ok(score > 0.2 && score < 0.8, String(score));
    assert.ok(Math.abs(confidence - Math.max(score, 1 - score)) < 1e-6);
  }
  assert.ok(new Set(joined.map(({ score }) => score)).size > 30);
});
