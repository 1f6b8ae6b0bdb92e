// The sidecar of one model: client.mjs pytorch|tensorflow PYTHON PATH WIDTH ROWS SECONDS. Prints rows/s.
import { viewModelFile } from '../../dist/kit/view-model-file.js';
import { sidecar } from '../../dist/runtimes/sidecar/index.js';

const [format, python, path, width, rows, seconds] = process.argv.slice(2);
const options = sidecar.options.parse({ 'sidecar.python': python });
const model = await sidecar.open({ name: 'bench', file: await viewModelFile(path), format, options, threads: 1, device: 'cpu' });
const feed = { name: model.inputs[0].name, element: 'float32', columns: [0], width: Number(width), rowShape: [Number(width)] };
const prepared = await model.prepare([feed]);
const [output] = prepared.outputs;
const run = prepared.reading([{ output: output.name, width: output.width, offset: 0, count: output.width, form: 'numbers' }]);
const { signal } = new AbortController();
const count = Number(rows);
const inputs = Float32Array.from({ length: count * Number(width) }, (_, i) => Math.sin(i));

/** As the local provider does it: two calls, of which one is computed. */
async function rowsWithin(milliseconds) {
  const end = performance.now() + milliseconds;
  let done = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await run(count, [inputs.slice()], signal);
      done += count;
    }
  };
  await Promise.all([lane(), lane()]);
  return done;
}

await rowsWithin(Number(seconds) * 250);
const started = performance.now();
const done = await rowsWithin(Number(seconds) * 1_000);
console.log((done * 1_000) / (performance.now() - started));
await model.close();
