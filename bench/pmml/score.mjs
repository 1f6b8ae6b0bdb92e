// Rows a second of this runtime over the bench's documents, as JSON: `node bench/pmml/score.mjs FOLDER`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPmml } from '../../dist/runtimes/pmml/load-pmml.js';

const [folder] = process.argv.slice(2);
const rows = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8'));
const count = rows.n0.length;
const signal = new AbortController().signal;
const results = {};
for (const name of ['logistic', 'boosting', 'forest']) {
  const model = loadPmml(readFileSync(join(folder, `${name}.pmml`)));
  const feeds = model.inputs.map(({ name, element }, i) => ({ name, element, columns: [i], width: 1, rowShape: [1] }));
  const { outputs, reading } = await model.prepare(feeds);
  const { name: output, width } = outputs.find(({ kind }) => kind === 'probability');
  const run = reading([{ output, width, offset: 0, count: width, form: 'numbers' }]);
  for (const size of [1, 32, 1024]) {
    const batches = Array.from({ length: Math.min(64, count / size) }, (_, batch) =>
      model.inputs.map(({ name, element }) => {
        const values = rows[name].slice(batch * size, (batch + 1) * size);
        return element === 'string' ? values : Float64Array.from(values);
      }),
    );
    await rate(run, batches, size, 0.3);
    results[`${name} ${size} millrace`] = await rate(run, batches, size, 0.7);
  }
}
console.log(JSON.stringify(results));

async function rate(run, batches, size, seconds) {
  const start = performance.now();
  let done = 0;
  for (let at = 0; performance.now() - start < seconds * 1_000; at++, done += size) await run(size, batches[at % batches.length], signal);
  return (done / (performance.now() - start)) * 1_000;
}
