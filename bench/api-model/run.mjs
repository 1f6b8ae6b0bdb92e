// 10,000 rows through an API model with 200 ms latency and 100 requests in flight, ordered and unordered. See README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { interleave, machine, median, table } from '../harness.mjs';

const rows = Number(process.env.ROWS ?? 10_000);
const rounds = Number(process.env.ROUNDS ?? 3);
const concurrency = 100;
const latency = process.env.LATENCY ?? '200 ms';
const idealRate = concurrency / 0.2;
const folder = '.cache/bench';
mkdirSync(folder, { recursive: true });
writeFileSync(
  `${folder}/prompts.jsonl`,
  Array.from({ length: rows }, (_, id) => `${JSON.stringify({ id, prompt: `question ${id}` })}\n`).join(''),
);

async function simulator() {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'simulate', 'openai', '--latency', latency], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const url = String(line).trim();
  return { url, stats: async () => (await fetch(new URL('/simulator/stats', url))).json(), stop: () => child.kill('SIGTERM') };
}

const script = (url, ordered) => `
CREATE TABLE prompts (id BIGINT, prompt STRING) WITH ('connector' = 'filesystem', 'path' = '${folder}/prompts.jsonl', 'format' = 'json');
CREATE MODEL answerer INPUT (prompt STRING) OUTPUT (answer STRING)
WITH ('provider' = 'openai', 'base_url' = '${url}', 'api_key' = 'key', 'model_name' = 'gpt-4o-mini', 'temperature' = '0',
      'max_concurrent_requests' = '${concurrency}', 'ordered_output' = '${ordered}');
CREATE TABLE answers (id BIGINT, answer STRING) WITH ('connector' = 'filesystem', 'path' = '${folder}/answers.jsonl', 'format' = 'json');
INSERT INTO answers SELECT id, answer FROM ML_PREDICT(TABLE prompts, MODEL answerer, DESCRIPTOR(prompt));
`;

/** Resident memory of a process in MiB, from /proc. */
function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}

async function run(ordered) {
  const service = await simulator();
  rmSync(`${folder}/answers.jsonl`, { force: true });
  const child = spawn(process.execPath, ['dist/cli/main.js', 'run', '-e', script(service.url, ordered)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', data => (stderr += data));
  const memory = [];
  const sampler = setInterval(() => memory.push(memoryOf(child.pid)), 500);
  const [code] = await once(child, 'exit');
  clearInterval(sampler);
  const stats = await service.stats();
  service.stop();
  if (code !== 0) throw new Error(stderr);
  const ids = readFileSync(`${folder}/answers.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).id);
  const seconds = Number(/rows out in ([\d.]+) s/.exec(stderr)[1]);
  return {
    rate: rows / seconds,
    inOrder: ids.every((id, i) => i === 0 || id > ids[i - 1]),
    complete: new Set(ids).size === rows,
    maxInFlight: stats.maxInFlight,
    repeated: stats.repeatedInputs,
    // The first seconds fill the heap; what matters is whether it grows after that.
    early: median(memory.slice(Math.floor(memory.length * 0.2), Math.floor(memory.length * 0.4))),
    late: median(memory.slice(Math.floor(memory.length * 0.8))),
  };
}

const results = await interleave({ ordered: () => run(true), unordered: () => run(false) }, rounds);
console.log(
  `${machine()}; ${rows.toLocaleString('en')} rows, latency ${latency}, ${concurrency} in flight (ideal ${idealRate} rows/s), simulator in its own process, median of ${rounds} runs\n`,
);
console.log(
  table(
    ['output', 'rows/s', 'of the ideal', 'most in flight at the server', 'complete', 'in order', 'paid twice', 'MiB early → late'],
    [...results].map(([name, runs]) => [
      name,
      median(runs.map(each => each.rate)).toFixed(0),
      (median(runs.map(each => each.rate)) / idealRate).toFixed(3),
      Math.max(...runs.map(each => each.maxInFlight)),
      runs.every(each => each.complete),
      runs.every(each => each.inOrder),
      Math.max(...runs.map(each => each.repeated)),
      `${median(runs.map(each => each.early)).toFixed(0)} → ${median(runs.map(each => each.late)).toFixed(0)}`,
    ]),
  ),
);
