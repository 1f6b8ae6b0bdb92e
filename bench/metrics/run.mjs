// CPU of a call with and without metrics and logs, in one run. See README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { ModelMetrics } from '../../dist/telemetry/model-metrics.js';
import { servePrometheus } from '../../dist/telemetry/prometheus.js';
import { interleave, machine, measure, median, table } from '../harness.mjs';

const rows = Number(process.env.ROWS ?? 20_000);
const rounds = Number(process.env.ROUNDS ?? 5);
const folder = '.cache/bench';
mkdirSync(folder, { recursive: true });
const prompts = `${folder}/metrics-prompts.jsonl`;
writeFileSync(prompts, Array.from({ length: rows }, (_, id) => `${JSON.stringify({ id, prompt: `question ${id}` })}\n`).join(''));

const service = spawn(process.execPath, ['dist/cli/main.js', 'simulate', 'openai', '--latency', '5 ms'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(service.stdout, 'data');
const script = `
CREATE TABLE prompts (id BIGINT, prompt STRING) WITH ('connector' = 'filesystem', 'path' = '${prompts}', 'format' = 'json');
CREATE MODEL answerer INPUT (prompt STRING) OUTPUT (answer STRING)
WITH ('provider' = 'openai', 'endpoint' = '${String(line).trim()}', 'api-key' = 'key', 'model' = 'gpt-4o-mini', 'max-concurrent-requests' = '100');
CREATE TABLE answers (id BIGINT, answer STRING) WITH ('connector' = 'blackhole');
INSERT INTO answers SELECT id, answer FROM ML_PREDICT(TABLE prompts, MODEL answerer, DESCRIPTOR(prompt));
`;
const PORT = '19464';

async function run(...flags) {
  const scraper = flags.includes('--metrics-port')
    ? setInterval(
        () =>
          fetch(`http://127.0.0.1:${PORT}/metrics`).then(
            each => each.text(),
            () => {},
          ),
        1_000,
      )
    : undefined;
  try {
    return await measure(['dist/cli/main.js', 'run', '--quiet', '-e', script, ...flags]);
  } finally {
    clearInterval(scraper);
  }
}

const results = await interleave(
  {
    'without metrics': () => run(),
    'with metrics, scraped each second': () => run('--metrics-port', PORT),
    'with log lines at info': () => run('--log-level', 'info', '--log-format', 'json'),
  },
  rounds,
);
service.kill('SIGTERM');

const cpu = name => (median(results.get(name).map(each => each.cpuSeconds)) * 1_000_000) / rows;
console.log(
  `${machine()}; ${rows.toLocaleString('en')} calls, 100 in flight, 5 ms, median of ${rounds} interleaved runs in fresh processes, start-up included\n`,
);
console.log(
  table(
    ['run', 'CPU µs a call', 'more than without'],
    [...results.keys()].map(name => [name, cpu(name).toFixed(0), (cpu(name) - cpu('without metrics')).toFixed(0)]),
  ),
);

/** What a call tells its observer, alone: eight values into histograms. */
async function observerMicroseconds() {
  const endpoint = await servePrometheus({ host: '127.0.0.1', port: 0, version: '0' });
  const metrics = new ModelMetrics(endpoint.meter, () => new Map());
  const observer = metrics.observer({ name: 'answerer', provider: 'openai', operation: 'chat', version: 'gpt-4o-mini' });
  const usage = { inputTokens: 120, outputTokens: 30 };
  const calls = 200_000;
  const rounds = [];
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) {
      observer.queued({ rowCount: 1, waitedMs: i % 50 });
      observer.admitted(0);
      observer.attemptEnded({ rowCount: 1, durationMs: i % 900, usage });
      observer.callEnded({ rowCount: 1, totalMs: i % 1_000 });
    }
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / calls);
  }
  await endpoint.close();
  return median(rounds);
}

console.log(`\nthe observer alone: ${(await observerMicroseconds()).toFixed(1)} µs a call`);
