import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { batchOfRows } from '../../spec/batch.js';
import { DOUBLE, STRING } from '../../spec/data-type.js';
import { openRuntime } from '../../testing/open-runtime.js';
import { onnx } from './onnx-runtime.js';

const FEATURES = [
  'mean_radius',
  'mean_texture',
  'mean_smoothness',
  'mean_concave_points',
  'mean_symmetry',
  'worst_radius',
  'worst_texture',
  'worst_smoothness',
  'worst_concave_points',
  'worst_symmetry',
];

test('the model of the triage example is right about 277 of its 284 events, and unsure about 36', async () => {
  const lines = (await readFile('examples/triage/events.jsonl', 'utf8')).trimEnd().split('\n');
  const events = lines.map(line => JSON.parse(line) as Record<string, number | string>);
  const inputs = FEATURES.map(name => ({ name, type: DOUBLE }));
  const outputs = [
    { name: 'predicted', type: STRING },
    { name: 'malignancy', type: DOUBLE },
  ];
  const path = resolve('examples/triage/triage.onnx');
  const model = await openRuntime({ runtime: onnx, path, inputs, outputs });
  const batch = batchOfRows(
    inputs,
    events.map(event => FEATURES.map(name => event[name]!)),
  );
  const result = await model.predict(batch, new AbortController().signal);
  await model.close();
  const [predicted, malignancy] = result.outputs;
  const scores = malignancy!.values as Float64Array;
  assert.equal(events.length, 284);
  assert.equal(events.filter((event, i) => event['diagnosis'] === predicted!.values[i]).length, 277);
  assert.equal(scores.filter(score => score > 0.2 && score < 0.8).length, 36);
});
