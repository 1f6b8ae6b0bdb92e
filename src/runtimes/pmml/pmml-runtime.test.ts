import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { viewModelFile } from '../../kit/view-model-file.js';
import type { LoadedModel, ModelInput, TensorFeed } from '../../spec/model-runtime.js';
import { pmml } from './pmml-runtime.js';
import { readOf } from './reference.test.fixture.js';

const SIGNAL = new AbortController().signal;

interface OpenOptions {
  readonly device?: 'cpu' | 'gpu';
  readonly declaredInputs?: readonly ModelInput[];
}

async function open(path: string, { device = 'cpu', declaredInputs }: OpenOptions = {}): Promise<LoadedModel> {
  const file = await viewModelFile(resolve(path));
  assert.ok(file.entries !== undefined || pmml.recognizes(file));
  return pmml.open({ name: 'm', file, format: undefined, options: {}, threads: 1, device, declaredInputs });
}

function feedsOf(model: LoadedModel): TensorFeed[] {
  return model.inputs.map(({ name, element, takesNull }, i) => ({
    name,
    element: element!,
    columns: [i],
    width: 1,
    rowShape: [1],
    takesNull,
  }));
}

test('a document tells what it takes and gives', async () => {
  const model = await open('tests/fixtures/pmml/trained/logistic-three.pmml');
  assert.match(model.version, /^[0-9a-f]{12}$/);
  assert.ok(model.memoryBytes > 1_000);
  assert.deepEqual(
    model.inputs.map(({ name, element, takesNull }) => [name, element, takesNull ?? false]),
    [
      ['color', 'string', true],
      ['age', 'float64', false],
      ['income', 'float64', false],
      ['score', 'float64', false],
    ],
  );
  const { outputs } = await model.prepare(feedsOf(model));
  assert.deepEqual(
    outputs.map(({ name, element, width, classes, kind, onRequest }) => [name, element, width, classes, kind, onRequest ?? false]),
    [
      ['label', 'string', 1, undefined, 'class', false],
      ['probabilities', 'float64', 3, ['high', 'low', 'mid'], 'probability', false],
      ['probability(high)', 'float64', 1, undefined, undefined, true],
      ['probability(low)', 'float64', 1, undefined, undefined, true],
      ['probability(mid)', 'float64', 1, undefined, undefined, true],
    ],
  );
  await model.close();
});

test('values side by side can be read in part', async () => {
  const model = await open('tests/fixtures/pmml/trained/logistic-three.pmml');
  const { outputs, reading } = await model.prepare(feedsOf(model));
  const all = readOf(outputs[1]!);
  const data = (): (Float64Array | string[])[] => [
    ['red', 'blue'],
    Float64Array.of(30, 60),
    Float64Array.of(1e4, 5e4),
    Float64Array.of(-1, NaN),
  ];
  const { columns } = await reading([all, { ...all, offset: 1, count: 1 }])(2, data(), SIGNAL);
  const [whole, low] = columns as [Float64Array, Float64Array];
  assert.deepEqual([...low], [whole[1], whole[4]]);
  assert.ok(Math.abs(whole.slice(0, 3).reduce((sum, value) => sum + value, 0) - 1) < 1e-12);
});

test('long batches let others have their turn, and can be given up', async () => {
  const model = await open('tests/fixtures/pmml/trained/boosting-regression.pmml');
  const { outputs, reading } = await model.prepare(feedsOf(model));
  const run = reading(outputs.map(readOf));
  const rows = 20_000;
  const data = (): (Float64Array | (string | null)[])[] =>
    model.inputs.map(({ element }) => (element === 'string' ? Array.from({ length: rows }, () => null) : new Float64Array(rows)));
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await run(rows, data(), SIGNAL);
  clearInterval(timer);
  assert.ok(turns > 0, 'nothing else ran');
  const controller = new AbortController();
  const given = run(rows, data(), controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(given, /enough/);
});

test('what cannot be opened is refused with the reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pmml-'));
  const refused = (promise: Promise<unknown>, code: string, message: RegExp): Promise<void> =>
    assert.rejects(promise, error => MillraceError.is(error) && error.code === code && message.test(error.message));
  try {
    const path = 'tests/fixtures/pmml/trained/tree.pmml';
    await refused(open(path, { device: 'gpu' }), 'INVALID_OPTION', /gpu/);
    await refused(open(path, { declaredInputs: [] }), 'INVALID_OPTION', /model\.inputs/);
    await refused(open(folder), 'MODEL_LOAD', /is a folder/);
    await writeFile(join(folder, 'old.pmml'), '<PMML xmlns="http://www.dmg.org/PMML-2_1" version="2.1"><DataDictionary/></PMML>');
    await refused(open(join(folder, 'old.pmml')), 'MODEL_LOAD', /version "2\.1"/);
    const view = { path, entries: undefined, size: 5, head: Buffer.from('<html>') };
    assert.equal(pmml.recognizes(view), false);
    assert.equal(
      pmml.recognizes({ ...view, head: Buffer.from('\ufeff<?xml version="1.0"?><!-- a --><PMML version="4.4">', 'utf16le') }),
      true,
    );
    const hostile = '<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY a "ha">]><PMML version="4.4">';
    assert.equal(pmml.recognizes({ ...view, head: Buffer.from(hostile) }), true, 'so that it is refused for what it is');
  } finally {
    await rm(folder, { recursive: true });
  }
});
