// 1 M JSON events → decode → filter → ONNX network → filter → JSON, in Millrace and by hand. See README.md.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { interleave, machine, measure, median, table } from '../harness.mjs';
import { writeEvents } from './events.mjs';

const count = Number(process.env.ROWS ?? 1_000_000);
const rounds = Number(process.env.ROUNDS ?? 5);
const size = 1_024;
const folder = '.cache/bench';
const events = `${folder}/events-${count}.jsonl`;
mkdirSync(folder, { recursive: true });
if (!existsSync(events)) await writeEvents(events, count);

const output = name => `${folder}/${name}.jsonl`;
const clean = path => rmSync(path, { recursive: true, force: true });
const byHand = where => async () => {
  clean(output(where));
  return measure(['bench/pipeline/hand-written.mjs', events, output(where), where, String(size)]);
};
const results = await interleave(
  {
    millrace: async () => {
      clean(output('millrace'));
      return measure(['dist/cli/main.js', 'run', '--quiet', 'bench/pipeline/pipeline.sql'], { EVENTS: events, OUTPUT: output('millrace') });
    },
    'hand-written, network in a worker': byHand('worker'),
    'hand-written, network in the main thread': byHand('main'),
    'raw onnxruntime, rows ready in memory': async () => {
      const run = await measure(['bench/pipeline/raw-onnx.mjs', String(count), String(size)]);
      return { ...run, seconds: Number(run.stdout) };
    },
  },
  rounds,
);

const lines = name =>
  new Set(
    readFileSync(output(name), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).event_time),
  ).size;
const counts = ['millrace', 'worker', 'main'].map(lines);
if (new Set(counts).size !== 1) throw new Error(`the programs disagree: ${counts.join(', ')} alerts`);

const rate = runs => count / median(runs.map(run => run.seconds));
const reference = Math.max(...[...results].filter(([name]) => name.startsWith('hand')).map(([, runs]) => rate(runs)));
console.log(
  `${machine()}; ${count.toLocaleString('en')} events, batches of ${size}, median of ${rounds} interleaved runs in fresh processes; ${counts[0].toLocaleString('en')} alerts each\n`,
);
console.log(
  table(
    ['program', 'rows/s (wall, with start)', 'CPU s', 'of the best hand-written'],
    [...results].map(([name, runs]) => [
      name,
      Math.round(rate(runs)).toLocaleString('en'),
      median(runs.map(run => run.cpuSeconds)).toFixed(2),
      (rate(runs) / reference).toFixed(2),
    ]),
  ),
);
