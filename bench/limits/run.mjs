// How much of a service's limit is used, and how often it is exceeded, by operators, jobs and processes that share it. See README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { redis } from '../../scripts/services/redis.mjs';
import { startService } from '../../scripts/services/start.mjs';
import { machine, table } from '../harness.mjs';

const perMinute = Number(process.env.PER_MINUTE ?? 600);
const rows = Number(process.env.ROWS ?? 600);
const window = process.env.LIMIT_WINDOW ?? '6 s';
const SETTLING_MS = 15_000;
/** What the simulator counts for a prompt of this bench and its answer. */
const tokensOfCall = 18;
const folder = '.cache/bench/limits';
mkdirSync(folder, { recursive: true });

/** Limits of the service in a minute, of which both kinds let the same calls through. */
const LIMITS = { requests: perMinute, tokens: perMinute * tokensOfCall };

const CASES = {
  'one process': { parts: 1, run: one },
  'two operators': { parts: 2, run: operators },
  'two jobs': { parts: 2, run: jobs },
  'two processes, Redis': { parts: 2, run: (service, own) => processes(service, own.url) },
  'two processes, each by itself': { parts: 2, run: service => processes(service) },
};

async function simulator(kind) {
  const child = spawn(
    process.execPath,
    [
      'dist/cli/main.js',
      'simulate',
      'openai',
      '--latency',
      '300 ms',
      '--limit-window',
      window,
      `--${kind}-per-minute`,
      String(LIMITS[kind]),
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const [line] = await once(child.stdout, 'data');
  const url = String(line).trim();
  const stats = async () => (await fetch(new URL('/simulator/stats', url))).json();
  return { url, stats, stop: () => child.kill('SIGTERM') };
}

/** The rows of one part, a table over them and one for the answers. */
function tables(part) {
  return ['prompts', 'answers']
    .map(
      name =>
        `CREATE TABLE ${name}_${part} (id BIGINT, ${name === 'prompts' ? 'prompt' : 'answer'} STRING) WITH ('connector' = 'filesystem', 'path' = '${folder}/${name}-${part}.jsonl', 'format' = 'json');`,
    )
    .join('\n');
}

/** The kind of limit that options tell, where the service's headers are not to tell it alone. */
let given;
const model = (url, name) => `CREATE MODEL ${name} INPUT (prompt STRING) OUTPUT (answer STRING)
WITH ('provider' = 'openai', 'endpoint' = '${url}', 'api-key' = 'key', 'model' = 'gpt-4o-mini', 'temperature' = '0',
      'max-concurrent-requests' = '100'${given ? `, 'rate-limit.${given}-per-minute' = '${LIMITS[given]}'` : ''});`;

const insert = part =>
  `INSERT INTO answers_${part} SELECT id, answer FROM ML_PREDICT(TABLE prompts_${part}, MODEL m_${part}, DESCRIPTOR(prompt))`;

const partOf = (url, part) => `${tables(part)}\n${model(url, `m_${part}`)}\n`;

async function cli(script) {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'run', '--quiet', '-e', script], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', data => (stderr += data));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(stderr);
}

function one({ url }) {
  return cli(`${partOf(url, 0)}${insert(0)};`);
}

function operators({ url }) {
  return cli(`${partOf(url, 0)}${partOf(url, 1)}EXECUTE STATEMENT SET BEGIN ${insert(0)}; ${insert(1)}; END;`);
}

async function jobs({ url }) {
  const { createSession } = await import('../../dist/index.js');
  const session = createSession();
  await session.execute(`${partOf(url, 0)}${partOf(url, 1)}`);
  await Promise.all([session.execute(insert(0)), session.execute(insert(1))]);
  await session.close();
}

function processes({ url }, store) {
  const setting = store === undefined ? '' : `SET 'limits.store' = '${store}';\n`;
  return Promise.all([0, 1].map(part => cli(`${setting}${partOf(url, part)}${insert(part)};`)));
}

function usedOf(stats, kind) {
  return kind === 'requests' ? stats.answeredInputs : stats.promptTokens + stats.completionTokens;
}

async function measure({ parts, run }, kind, own) {
  given = process.env.GIVEN === 'true' ? kind : undefined;
  for (let part = 0; part < parts; part++) {
    const ids = Array.from({ length: rows / parts }, (_, i) => i * parts + part);
    writeFileSync(
      `${folder}/prompts-${part}.jsonl`,
      ids.map(id => `${JSON.stringify({ id, prompt: `question ${id + 1_000} of many` })}\n`).join(''),
    );
    rmSync(`${folder}/answers-${part}.jsonl`, { force: true });
  }
  const service = await simulator(kind);
  const samples = [];
  let running = true;
  const watch = (async () => {
    while (running) {
      const sample = { at: performance.now(), used: usedOf(await service.stats(), kind) };
      if (sample.used > (samples.at(-1)?.used ?? 0)) samples.push(sample);
      await sleep(20);
    }
  })();
  await run(service, own);
  running = false;
  await watch;
  const stats = await service.stats();
  service.stop();
  const written = Array.from({ length: parts }, (_, part) =>
    readFileSync(`${folder}/answers-${part}.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).id),
  );
  const [first] = samples;
  const last = samples.at(-1);
  // By then what the service lets through at once is used up.
  const steady = samples.find(({ at }) => at >= first.at + SETTLING_MS);
  return {
    seconds: (last.at - first.at) / 1_000,
    used: (last.used - steady.used) / (LIMITS[kind] * ((last.at - steady.at) / 60_000)),
    refused: (stats.byStatus['429'] ?? 0) / stats.requests,
    lost: rows - new Set(written.flat()).size,
    twice: stats.repeatedInputs,
    inOrder: written.every(ids => ids.every((id, i) => i === 0 || id > ids[i - 1])),
    maxInFlight: stats.maxInFlight,
  };
}

const chosen = Object.entries(CASES).filter(([name]) => process.argv.length < 3 || process.argv.slice(2).some(word => name.includes(word)));
const lines = [];
const own = await startService(redis, { tell: line => console.error(line) });
try {
  for (const kind of ['requests', 'tokens'])
    for (const [name, each] of chosen) {
      const result = await measure(each, kind, own);
      lines.push([
        name,
        `${LIMITS[kind].toLocaleString('en')} ${kind}`,
        result.seconds.toFixed(1),
        result.used.toFixed(3),
        `${(result.refused * 100).toFixed(1)} %`,
        result.maxInFlight,
        result.lost,
        result.twice,
        result.inOrder,
      ]);
      console.error(name, kind, result);
    }
} finally {
  await own.stop();
}
console.log(
  `${machine()}; ${rows} rows in all, 300 ms, limits ${process.env.GIVEN === 'true' ? 'in the options' : 'told by the service'}, 100 in flight wanted by each operator, burst of the service ${window}, simulator in its own process, one run\n`,
);
console.log(
  table(
    ['who shares', 'limit in a minute', 'seconds', 'of the allowed rate', 'refused', 'most in flight', 'lost', 'paid twice', 'in order'],
    lines,
  ),
);
