// What reading and planning a script costs, warm and in a process that has planned nothing before. See README.md.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createHttpTransport } from '../../dist/kit/http-transport.js';
import { systemClock } from '../../dist/common/clock.js';
import { extensions } from '../../dist/extensions.js';
import { Session } from '../../dist/session/session.js';
import { parseScript } from '../../dist/sql/parser.js';
import { printStatement } from '../../dist/sql/printer.js';
import { machine, median, table } from '../harness.mjs';

const SCRIPTS = { '50 lines': 'bench/planning/script.sql', 'the 280 lines of the lesson': 'tests/fixtures/spec/lesson.sql' };
const WARM_UP = 50;
const rounds = Number(process.env.ROUNDS ?? 200);

/** Everything that `millrace check` does: definitions take effect, queries are bound, rewritten and lowered. */
async function plan(text) {
  const session = new Session({
    extensions,
    environment: {},
    clock: systemClock,
    random: () => 0.5,
    newId: () => 'id',
    output: { write() {} },
    openHttp: () => Promise.resolve(createHttpTransport({ connections: 1 })),
    warn() {},
  });
  await session.check(text);
  await session.close();
}

function print(text) {
  return parseScript(text).script.statements.map(printStatement);
}

async function timed(action) {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

if (process.argv[2] !== undefined) {
  console.log(await timed(() => plan(readFileSync(process.argv[2], 'utf8'))));
  process.exit();
}

const rows = [];
for (const [name, file] of Object.entries(SCRIPTS)) {
  const text = readFileSync(file, 'utf8');
  const steps = { read: () => parseScript(text), 'read and print': () => print(text), 'read and plan': () => plan(text) };
  for (const [step, action] of Object.entries(steps)) {
    for (let round = 0; round < WARM_UP; round++) await action();
    const times = [];
    for (let round = 0; round < rounds; round++) times.push(await timed(action));
    rows.push([name, step, median(times).toFixed(2), Math.max(...times).toFixed(2)]);
  }
  const first = Array.from({ length: 10 }, () => Number(spawnSync(process.execPath, [process.argv[1], file], { encoding: 'utf8' }).stdout));
  rows.push([name, 'read and plan, first of a process', median(first).toFixed(2), Math.max(...first).toFixed(2)]);
}
console.log(`${machine()}; ${rounds} runs after ${WARM_UP}\n`);
console.log(table(['script', 'step', 'median ms', 'slowest ms'], rows));
