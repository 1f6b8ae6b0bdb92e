// How many rows a second a TorchScript archive predicts here, against torch.jit from Python, in turns. See ../README.md.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { viewModelFile } from '../../dist/kit/view-model-file.js';
import { pytorch } from '../../dist/runtimes/pytorch/index.js';
import { machine, median, rowsPerSecond, table } from '../harness.mjs';

const { values: given } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
  },
});
const SECONDS = Number(given.seconds);
const FOLDER = resolve('tests/fixtures/pytorch/torch-2.15');
const MODELS = ['mlp-trace', 'gelu-script', 'gru-trace', 'lstm-trace', 'conv2d-trace', 'transformer-trace', 'data-if-script'];
const SIZES = [1, 32, 1_024];
const ORDINARY_ROWS = 96;
const ARRAYS = { float32: Float32Array, int64: BigInt64Array, bool: Uint8Array };

const python = spawn(given.python, [resolve('bench/pytorch/torchscript.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const answer = async () => {
  const { value, done } = await lines.next();
  if (done) throw new Error(`"${given.python}" ended; does it have torch?`);
  return JSON.parse(value);
};
const { version } = await answer();

async function inPython(model, rows) {
  python.stdin.write(`${JSON.stringify({ path: model.path, document: model.document, rows, seconds: SECONDS, alone: model.alone })}\n`);
  return (await answer()).rows_per_second;
}

/** Tensors in, values out, through the thread that runs the model: what a batch of a job does without its columns. */
async function here({ run, inputs }, rows) {
  const data = inputs.map(({ values, width }) => values.constructor.from({ length: rows * width }, (_, i) => values[i % values.length]));
  return rowsPerSecond(run, data, { rows, seconds: SECONDS });
}

async function open(name) {
  const path = `${FOLDER}/${name}.pt`;
  const document = `${FOLDER}/${name.replace(/-(?:trace|script)$/, '')}.json`;
  const { inputs: stored, outputs } = JSON.parse(readFileSync(document, 'utf8'));
  const inputs = Object.entries(stored).map(([input, { type, shape, data }]) => {
    const rowShape = shape.slice(1);
    // The rows behind these hold extreme values.
    const all = new ARRAYS[type](Uint8Array.from(Buffer.from(data, 'base64')).buffer);
    const values = all.slice(0, (all.length / shape[0]) * ORDINARY_ROWS);
    return { name: input, element: type, values, rowShape, width: rowShape.reduce((product, size) => product * size, 1), columns: [] };
  });
  const start = performance.now();
  const loaded = await pytorch.open({ name, file: await viewModelFile(path), options: {}, threads: 1, device: 'cpu' });
  const prepared = await loaded.prepare(inputs);
  const openMs = performance.now() - start;
  const reads = prepared.outputs
    .filter(output => output.name in outputs)
    .map(output => ({ output: output.name, width: output.width, offset: 0, count: output.width, form: 'numbers' }));
  // A model that mixes rows runs here row by row, so it does there.
  return {
    name,
    path,
    document,
    inputs,
    openMs,
    run: prepared.reading(reads),
    alone: name.startsWith('data-if'),
    close: () => loaded.close(),
  };
}

const rows = [];
for (const name of MODELS) {
  const model = await open(name);
  for (const size of SIZES) {
    const rates = { here: [], python: [] };
    for (let round = 0; round < Number(given.rounds); round++) {
      rates.here.push(await here(model, size));
      rates.python.push(await inPython(model, size));
    }
    const [ours, theirs] = [median(rates.here), median(rates.python)];
    const cells = [Math.round(ours).toLocaleString('en'), Math.round(theirs).toLocaleString('en'), (ours / theirs).toFixed(2)];
    rows.push([name, Math.round(model.openMs), size, ...cells]);
  }
  await model.close();
}
python.kill('SIGTERM');
console.log(`${machine()}; torch ${version} with 1 thread, 1 thread here, median of ${given.rounds} rounds of ${SECONDS} s\n`);
console.log(table(['model', 'load, ms', 'rows a call', 'rows/s here', 'rows/s torch.jit', 'ratio'], rows));
