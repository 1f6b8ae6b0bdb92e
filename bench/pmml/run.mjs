// Rows a second of PMML documents here, in the JPMML evaluator from Python, and of the same models in scikit-learn.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { interleave, machine, median, table } from '../harness.mjs';

const { values } = parseArgs({ options: { python: { type: 'string' }, rounds: { type: 'string', default: '3' } } });
if (values.python === undefined)
  throw new Error('give a Python with the packages of scripts/fixtures/pmml/requirements-pmml.txt: --python PATH');
const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'bench-pmml-'));
const script = join(here, 'reference.py');
const json = (command, args) =>
  JSON.parse(
    execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 })
      .trim()
      .split('\n')
      .at(-1),
  );
try {
  execFileSync(values.python, [script, 'train', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  const rounds = await interleave(
    {
      millrace: () => json(process.execPath, [join(here, 'score.mjs'), folder]),
      python: () => json(values.python, [script, 'measure', folder]),
    },
    Number(values.rounds),
  );
  const rate = key => median([...rounds.values()].flat().flatMap(result => (key in result ? [result[key]] : [])));
  const lines = [];
  for (const name of ['logistic', 'boosting', 'forest']) {
    for (const size of [1, 32, 1024]) {
      const [own, jpmml, sklearn] = ['millrace', 'jpmml', 'sklearn'].map(who => rate(`${name} ${size} ${who}`));
      const per = number => Math.round(number).toLocaleString('en');
      lines.push([name, size, per(own), per(jpmml), `${(own / jpmml).toFixed(1)} x`, per(sklearn), `${(own / sklearn).toFixed(1)} x`]);
    }
  }
  console.log(`${machine()}; rows a second, medians of ${values.rounds} interleaved runs\n`);
  console.log(table(['Model', 'Batch', 'millrace', 'JPMML from Python', 'ratio', 'scikit-learn', 'ratio'], lines));
} finally {
  rmSync(folder, { recursive: true });
}
