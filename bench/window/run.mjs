// TUMBLE, HOP and SESSION aggregations over 10,000 keys, in Millrace and by hand. See README.md.
import { interleave, machine, measure, median, table } from '../harness.mjs';
import { BATCH_ROWS, KEYS } from './rows.mjs';

const count = Number(process.env.ROWS ?? 1_000_000);
const rounds = Number(process.env.ROUNDS ?? 5);
const KINDS = ['tumble', 'hop', 'session'];
const PROGRAMS = ['hand', 'millrace'];

const variants = Object.fromEntries(
  KINDS.flatMap(kind =>
    PROGRAMS.map(program => [
      `${program} ${kind}`,
      async () => JSON.parse((await measure(['--expose-gc', 'bench/window/measure.mjs', program, kind, String(count)])).stdout),
    ]),
  ),
);
const results = await interleave(variants, rounds);

const rate = name => count / median(results.get(name).map(run => run.cpuSeconds));
for (const kind of KINDS) {
  const totals = PROGRAMS.map(program => JSON.stringify(results.get(`${program} ${kind}`)[0].total));
  if (new Set(totals).size !== 1) throw new Error(`the programs disagree about ${kind}: ${totals.join(' and ')}`);
}
console.log(
  `${machine()}; ${count.toLocaleString('en')} rows of ${KEYS.toLocaleString('en')} keys, batches of ${BATCH_ROWS}, median of ${rounds} interleaved runs in fresh processes\n`,
);
console.log(
  table(
    ['windows', 'groups', 'by hand, rows per CPU second', 'Millrace, rows per CPU second', 'of by hand'],
    KINDS.map(kind => [
      kind,
      results.get(`hand ${kind}`)[0].total.rows.toLocaleString('en'),
      Math.round(rate(`hand ${kind}`)).toLocaleString('en'),
      Math.round(rate(`millrace ${kind}`)).toLocaleString('en'),
      (rate(`millrace ${kind}`) / rate(`hand ${kind}`)).toFixed(2),
    ]),
  ),
);
