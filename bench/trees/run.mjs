// Rows/s of XGBoost and LightGBM models here against the libraries themselves, from Python. See README.md.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { viewModelFile } from '../../dist/kit/view-model-file.js';
import { lightgbm } from '../../dist/runtimes/lightgbm/lightgbm-runtime.js';
import { xgboost } from '../../dist/runtimes/xgboost/xgboost-runtime.js';
import { interleave, machine, median, table } from '../harness.mjs';

const rounds = Number(process.env.ROUNDS ?? 3);
const seconds = Number(process.env.SECONDS ?? 0.5);
const python = process.argv.includes('--python') ? process.argv[process.argv.indexOf('--python') + 1] : 'python3';
/** Rows whose predictions are compared; a batch at least. */
const CHECKED = 64;
const SIZES = {
  small: { features: 30, text: '100 trees, depth 6, 30 features' },
  large: { features: 50, text: '500 trees, depth 8, 50 features' },
};
const LIBRARIES = {
  xgboost: { runtime: xgboost, ending: 'ubj', natives: { 'xgboost-dmatrix': '`predict(DMatrix)`', xgboost: '`inplace_predict`' } },
  lightgbm: { runtime: lightgbm, ending: 'txt', natives: { lightgbm: '`predict`' } },
};

/** The libraries in a process of their own; `undefined` where Python has none. */
async function startNative(folder) {
  const child = spawn(python, ['bench/trees/native.py', folder], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise(resolve => child.once('close', resolve).once('error', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = await Promise.race([lines.next(), ended.then(() => ({ done: true }))]);
  if (ready.done) return undefined;
  return {
    versions: JSON.parse(ready.value.slice('ready '.length)),
    async rate(name, batch, threads) {
      child.stdin.write(`${name} ${batch} ${threads} ${seconds}\n`);
      const [rate, checksum] = (await lines.next()).value.split(' ').map(Number);
      return { rate, checksum };
    },
    stop: () => child.kill(),
  };
}

async function openHere({ runtime, ending }, name, { folder, threads }) {
  const file = await viewModelFile(join(folder, `${name}.${ending}`));
  const options = runtime.options.parse({});
  const model = await runtime.open({ name, file, format: undefined, options, threads, device: 'cpu', declaredInputs: undefined });
  const reads = [{ output: 'value', width: 1, offset: 0, count: 1, form: 'numbers' }];
  return { run: (await model.prepare([])).reading(reads), close: () => model.close() };
}

async function rateHere({ run }, rows, { features, batch }) {
  const { signal } = new AbortController();
  const batches = Array.from({ length: rows.length / features / batch }, (_, i) =>
    rows.subarray(i * batch * features, (i + 1) * batch * features),
  );
  let checksum = 0;
  for (const data of batches.slice(0, Math.max(1, CHECKED / batch)))
    for (const value of (await run(batch, [data], signal)).columns[0]) checksum += value;
  const started = performance.now();
  let done = 0;
  while (performance.now() - started < seconds * 1_000)
    for (let i = 0; i < 8; i++) await run(batch, [batches[done++ % batches.length]], signal);
  return { rate: (done * batch * 1_000) / (performance.now() - started), checksum };
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-trees-'));
try {
  const native = await startNative(folder);
  if (native === undefined) console.log(`skipped: "${python}" has no xgboost and lightgbm; give one that has by --python PATH`);
  else {
    await compare(native);
    native.stop();
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function compare(native) {
  const lines = [];
  for (const [library, setup] of Object.entries(LIBRARIES)) {
    for (const [size, { features, text }] of Object.entries(SIZES)) {
      const name = `${library}-${size}`;
      const floats = new Float32Array(readFileSync(join(folder, `rows-${size}.bin`)).buffer);
      const rows = library === 'lightgbm' ? Float64Array.from(floats) : floats;
      const one = await openHere(setup, name, { folder, threads: 1 });
      const two = await openHere(setup, name, { folder, threads: 2 });
      for (const batch of [1, 32, 1_024]) {
        const variants = { here: () => rateHere(one, rows, { features, batch }) };
        if (batch > 32) variants['here, 2 threads'] = () => rateHere(two, rows, { features, batch });
        for (const [kind, text] of Object.entries(setup.natives)) {
          variants[`${text}, 1 thread`] = () => native.rate(`${kind}-${size}`, batch, 1);
          if (batch > 32) variants[`${text}, all`] = () => native.rate(`${kind}-${size}`, batch, 0);
        }
        process.stderr.write(`${name}, batch ${batch}\n`);
        const results = await interleave(variants, rounds);
        const rate = variant => median(results.get(variant).map(result => result.rate));
        const sums = [...results.values()].map(([result]) => result.checksum);
        if (Math.max(...sums) - Math.min(...sums) > 1e-3) throw new Error(`${name}: predictions differ: ${sums.join(', ')}`);
        for (const variant of results.keys()) {
          lines.push([
            library,
            text,
            batch,
            variant,
            Math.round(rate(variant)).toLocaleString('en'),
            (rate('here') / rate(variant)).toFixed(2),
          ]);
        }
      }
      await one.close();
      await two.close();
    }
  }
  const { xgboost: boosted, lightgbm: lighted } = native.versions;
  console.log(`${machine()}; XGBoost ${boosted}, LightGBM ${lighted}, median of ${rounds} runs of ${seconds} s\n`);
  console.log(table(['library', 'model', 'batch', 'by', 'rows/s', 'here, against it'], lines));
}
