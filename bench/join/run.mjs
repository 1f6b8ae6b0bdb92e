// Joins, IN, orders, set operations and UNNEST over rows that are ready in memory, and the same by hand. See README.md.
import { interleave, machine, measure, median, table } from '../harness.mjs';
import { CASES } from './cases.mjs';

const rounds = Number(process.env.ROUNDS ?? 5);
const wanted = process.argv.slice(2);
const lines = [];
for (const name of Object.keys(CASES).filter(each => wanted.length === 0 || wanted.some(part => each.includes(part)))) {
  const runOf = program => async () =>
    JSON.parse((await measure(['--max-old-space-size=4096', '--expose-gc', 'bench/join/run-case.mjs', name, program])).stdout);
  const results = await interleave({ millrace: runOf('millrace'), hand: runOf('hand') }, rounds);
  const answers = new Set([...results.values()].flat().map(run => `${String(run.rows)} rows, sum ${run.sum.toFixed(1)}`));
  if (answers.size !== 1) throw new Error(`${name}: the programs disagree: ${[...answers].join('; ')}`);
  const of = (program, field) => median(results.get(program).map(run => run[field]));
  const [millrace, hand] = ['millrace', 'hand'].map(program => of(program, 'milliseconds'));
  const [millraceCpu, handCpu] = ['millrace', 'hand'].map(program => of(program, 'cpuMilliseconds'));
  const times = [millrace, hand, millraceCpu, handCpu].map(Math.round);
  lines.push([
    name,
    results.get('hand')[0].rows.toLocaleString('en'),
    ...times,
    (hand / millrace).toFixed(2),
    (handCpu / millraceCpu).toFixed(2),
  ]);
}
console.log(`${machine()}; median of ${rounds} interleaved runs in fresh processes\n`);
const header = ['case', 'rows out', 'millrace ms', 'by hand ms', 'millrace CPU ms', 'by hand CPU ms', 'of the hand-written', 'by CPU time'];
console.log(table(header, lines));
