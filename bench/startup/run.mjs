// From the start of `millrace run` to its first row on stdout, over a file and without a model. See README.md.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { interleave, machine, median, table } from '../harness.mjs';

const rounds = Number(process.env.ROUNDS ?? 20);
const folder = '.cache/bench/startup';
mkdirSync(folder, { recursive: true });
const orders = count => Array.from({ length: count }, (_, id) => `${JSON.stringify({ id, amount: id + 1.5 })}\n`).join('');
writeFileSync(`${folder}/many.jsonl`, orders(1_000));
writeFileSync(`${folder}/few.jsonl`, orders(3));

const script = (file, options = '') => `
CREATE TABLE orders (id BIGINT, amount DECIMAL(10, 2))
WITH ('connector' = 'filesystem', 'path' = '${folder}/${file}.jsonl', 'format' = 'json'${options});
SELECT id, amount * 2 AS twice FROM orders WHERE amount > 1;
`;
const WATCHED = ", 'source.monitor-interval' = '1 s'";
writeFileSync(`${folder}/bounded.sql`, script('many'));
writeFileSync(`${folder}/watched.sql`, script('many', WATCHED));
writeFileSync(`${folder}/watched-few.sql`, script('few', WATCHED));

/** Milliseconds until stdout has something that looks like a row: a digit, which no header here has. */
async function toFirstRow(args) {
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const time = await new Promise((resolve, reject) => {
    child.stdout.on('data', data => /\d/.test(String(data)) && resolve(performance.now() - started));
    child.on('error', reject);
    child.on('exit', code => reject(new Error(`${args.join(' ')} ended with ${code} before its first row`)));
  });
  child.removeAllListeners('exit');
  const ended = new Promise(resolve => child.on('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  return time;
}

const millrace = (name, ...flags) => toFirstRow(['dist/cli/main.js', 'run', '-q', ...flags, `${folder}/${name}.sql`]);
const results = await interleave(
  {
    'node that prints a digit': () => toFirstRow(['-e', 'console.log(1)']),
    'millrace --version': () => toFirstRow(['dist/cli/main.js', '--version']),
    'a file, as a table': () => millrace('bounded'),
    'a file, as JSON lines': () => millrace('bounded', '-f', 'jsonl'),
    'a watched file, as a table': () => millrace('watched'),
    'a watched file, as JSON lines': () => millrace('watched', '-f', 'jsonl'),
    'a watched file of three rows, as a table': () => millrace('watched-few'),
  },
  rounds,
);

const milliseconds = value => value.toFixed(0);
console.log(`${machine()}; ${rounds} interleaved runs in fresh processes\n`);
console.log(
  table(
    ['to the first row of', 'median ms', 'slowest ms'],
    [...results].map(([name, times]) => [name, milliseconds(median(times)), milliseconds(Math.max(...times))]),
  ),
);
