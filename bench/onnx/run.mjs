// How many rows a second ONNX models predict here, from columns to columns, against onnxruntime called from Python, in turns.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bindColumns } from '../../dist/kit/model-columns/bind-columns.js';
import { viewModelFile } from '../../dist/kit/view-model-file.js';
import { onnx } from '../../dist/runtimes/onnx/index.js';
import { columnOf } from '../../dist/spec/batch.js';
import { arrayOf, BIGINT, DOUBLE, FLOAT, STRING } from '../../dist/spec/data-type.js';
import { machine, median, table } from '../harness.mjs';

const { values: given } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    // The folder of a larger model of texts, such as bench/onnx/make_text_model.py makes.
    text: { type: 'string' },
    // Models whose names contain it.
    only: { type: 'string', default: '' },
    sizes: { type: 'string', default: '1,32,1024' },
  },
});
const SECONDS = Number(given.seconds);
const SIZES = given.sizes.split(',').map(Number);
const TYPES = { FLOAT, DOUBLE, BIGINT, STRING };
const FIXTURES = 'tests/fixtures/onnx';

const python = spawn(given.python, [resolve('bench/onnx/session.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
async function answer() {
  const { value, done } = await lines.next();
  if (done) throw new Error(`"${given.python}" ended; does it have onnxruntime and tokenizers?`);
  return JSON.parse(value);
}
const { version } = await answer();

async function inPython(request) {
  python.stdin.write(`${JSON.stringify({ ...request, seconds: SECONDS })}\n`);
  return (await answer()).rows_per_second;
}

async function here(model, rows) {
  const never = new AbortController().signal;
  const batch = {
    kind: 'batch',
    rowCount: rows,
    columns: model.columns.map(({ type, values }) =>
      columnOf(
        type,
        Array.from({ length: rows }, (_, i) => values[i % values.length]),
      ),
    ),
  };
  const warm = performance.now() + (SECONDS * 1_000) / 3;
  while (performance.now() < warm) await model.predict(batch, never);
  let calls = 0;
  const start = performance.now();
  while (performance.now() - start < SECONDS * 1_000) {
    const { failures } = await model.predict(batch, never);
    if (failures) throw [...failures.values()][0];
    calls++;
  }
  return (calls * rows) / ((performance.now() - start) / 1_000);
}

async function open(name, path, columns, output) {
  const loaded = await onnx.open({ name, file: await viewModelFile(path), options: onnx.options.parse({}), threads: 1, device: 'cpu' });
  const predict = await bindColumns(loaded, {
    inputs: columns.map(({ name: column, type }) => ({ name: column, type })),
    outputs: [output],
  });
  return { name, loaded, predict, columns };
}

async function openMatrix(name, file, output) {
  const path = resolve(FIXTURES, file);
  const { inputs } = JSON.parse(readFileSync(resolve(FIXTURES, `${name}.expected.json`), 'utf8'));
  const columns = inputs.map(({ name: column, type, values }) => ({ name: column, type: TYPES[type], values }));
  const model = await open(name, path, columns, output);
  return { ...model, request: { kind: 'columns', path, inputs } };
}

async function openText(name, folder) {
  const path = resolve(folder, 'model.onnx');
  const { texts } = JSON.parse(readFileSync('tests/fixtures/text/bert_embedder/expected.json', 'utf8'));
  // The sentences, without those that are made to be odd.
  const values = texts.slice(-160);
  const model = await open(name, path, [{ name: 'content', type: STRING, values }], { name: 'embedding', type: arrayOf(FLOAT) });
  return { ...model, request: { kind: 'texts', path, texts: values } };
}

const MODELS = {
  churn_pipeline: () => openMatrix('churn_pipeline', 'churn_pipeline.onnx', { name: 'churns', type: DOUBLE }),
  diabetes_trees: () => openMatrix('diabetes_trees', 'diabetes_trees.onnx', { name: 'progression', type: DOUBLE }),
  wine_words: () => openMatrix('wine_words', 'wine_words.onnx', { name: 'label', type: STRING }),
  bert_embedder: () => openText('bert_embedder', 'tests/fixtures/text/bert_embedder'),
  ...(given.text !== undefined && { 'text model': () => openText('text model', given.text) }),
};

const rows = [];
for (const [name, openModel] of Object.entries(MODELS)) {
  if (!name.includes(given.only)) continue;
  const model = await openModel();
  for (const size of SIZES) {
    const samples = { own: [], one: [], all: [] };
    for (let round = 0; round < Number(given.rounds); round++) {
      samples.own.push(await here(model, size));
      samples.one.push(await inPython({ ...model.request, rows: size, threads: 1 }));
      samples.all.push(await inPython({ ...model.request, rows: size, threads: 0 }));
    }
    const [own, one, all] = [median(samples.own), median(samples.one), median(samples.all)];
    rows.push([model.name, size, own, one, all].map(cell => (typeof cell === 'number' ? Math.round(cell).toLocaleString('en') : cell)));
    rows.at(-1).push((own / one).toFixed(2), (own / all).toFixed(2));
  }
  await model.loaded.close();
}
python.stdin.end();
console.log(`${machine()}, onnxruntime ${version} in Python, medians of ${given.rounds} rounds of ${given.seconds} s\n`);
console.log(table(['Model', 'Rows a call', 'rows/s here', 'Python, 1 thread', 'Python, default', 'Ratio', 'Ratio to default'], rows));
