// A job of 5,000 model calls, killed fifty times at random moments. See README.md.
import { killRun } from '../../dist/testing/kill-run.test.fixture.js';
import { machine, table } from '../harness.mjs';

const rows = Number(process.env.ROWS ?? 5_000);
const kills = Number(process.env.KILLS ?? 50);
const inFlight = Number(process.env.IN_FLIGHT ?? 20);
const latencyMs = Number(process.env.LATENCY_MS ?? 100);

const report = await killRun({ rows, kills, inFlight, latencyMs, random: Math.random });
console.log(`${machine()}; ${rows} rows, latency ${latencyMs} ms, ${inFlight} in flight`);
console.log(
  table(
    ['kills', 'calls', 'repeated', 'bound', 'answers found in the journal', 'paid twice of these', 'output as undisturbed'],
    [
      [
        report.kills,
        report.calls,
        report.repeated,
        report.kills * inFlight,
        report.journaled,
        report.paidTwice.length,
        report.output === report.undisturbed,
      ],
    ],
  ),
);
