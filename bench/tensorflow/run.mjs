// How many rows a second a SavedModel predicts here, against TensorFlow's own signature called from Python, in turns.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { viewModelFile } from '../../dist/kit/view-model-file.js';
import { tensorflow } from '../../dist/runtimes/tensorflow/index.js';
import { allocate } from '../../dist/spec/element-type.js';
import { machine, median, rowsPerSecond, table } from '../harness.mjs';

const { values: given } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
  },
});
const SECONDS = Number(given.seconds);
const FOLDER = resolve('tests/fixtures/tensorflow');
const MODELS = ['dense', 'activations', 'conv2d', 'attention', 'recurrent', 'preprocessing'];
const SIZES = [1, 32, 1_024];

const python = spawn(given.python, [resolve('bench/tensorflow/signature.py')], { stdio: ['pipe', 'pipe', 'ignore'] });
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const answer = async () => {
  const { value, done } = await lines.next();
  if (done) throw new Error(`"${given.python}" ended; does it have tensorflow?`);
  return JSON.parse(value);
};
const { version } = await answer();

async function inPython(model, rows) {
  python.stdin.write(`${JSON.stringify({ ...model.request, rows, seconds: SECONDS })}\n`);
  return (await answer()).rows_per_second;
}

function repeated({ type, shape, values }, rows) {
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  const number = value => (type === 'int64' ? BigInt(value) : Number(value));
  const all = Array.from({ length: rows * width }, (_, i) => values[i % values.length]);
  if (type === 'string') return all;
  const data = allocate(type, rows * width);
  all.forEach((value, i) => (data[i] = number(value)));
  return data;
}

/** Tensors in, values out, through the thread that runs the model: what a batch of a job does without its columns. */
async function here(model, rows) {
  const { run, columns } = model;
  const data = columns.map(column => repeated(column, rows));
  return rowsPerSecond(run, data, { rows, seconds: SECONDS });
}

async function open(name) {
  const path = resolve(FOLDER, name);
  const { inputs, signature, outputs } = JSON.parse(readFileSync(`${path}.expected.json`, 'utf8'));
  const start = performance.now();
  const loaded = await tensorflow.open({
    name,
    file: await viewModelFile(path),
    options: tensorflow.options.parse({ signature }),
    threads: 1,
    device: 'cpu',
  });
  const feeds = loaded.inputs.map(({ name: input, element }) => {
    const rowShape = inputs[input].shape.slice(1);
    return { name: input, element, columns: [], rowShape, width: rowShape.reduce((product, size) => product * size, 1) };
  });
  const prepared = await loaded.prepare(feeds);
  const openMs = performance.now() - start;
  const reads = prepared.outputs
    .filter(({ name: output }) => output in outputs)
    .map(({ name: output, width }) => ({ output, width, offset: 0, count: width, form: 'numbers' }));
  return {
    name,
    loaded,
    openMs,
    run: prepared.reading(reads),
    columns: feeds.map(feed => inputs[feed.name]),
    request: { path, signature, inputs },
  };
}

const rows = [];
for (const name of MODELS) {
  const model = await open(name);
  for (const size of SIZES) {
    const own = [];
    const theirs = [];
    for (let round = 0; round < Number(given.rounds); round++) {
      own.push(await here(model, size));
      theirs.push(await inPython(model, size));
    }
    const [a, b] = [median(own), median(theirs)];
    rows.push([
      name,
      size.toLocaleString('en'),
      Math.round(a).toLocaleString('en'),
      Math.round(b).toLocaleString('en'),
      (a / b).toFixed(2),
    ]);
  }
  rows.at(-1).push(`opened in ${Math.round(model.openMs)} ms`);
  await model.loaded.close();
}
python.stdin.end();
console.log(`${machine()}, TensorFlow ${version}, one thread each, medians of ${given.rounds} rounds of ${given.seconds} s\n`);
console.log(
  table(
    ['Model', 'Rows a call', 'rows/s here', 'rows/s TensorFlow', 'Ratio', ''],
    rows.map(row => (row.length === 5 ? [...row, ''] : row)),
  ),
);
