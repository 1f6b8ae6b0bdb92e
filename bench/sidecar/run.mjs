// Models behind the Python sidecar against the framework in a Python process of its own, in rows/s. See README.md.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleave, machine, measure, median, table } from '../harness.mjs';
import { pythons } from '../../scripts/services/pythons.mjs';

const rounds = Number(process.env.ROUNDS ?? 3);
const seconds = process.env.SECONDS_EACH ?? '2';
const WIDTHS = { small: 4, wide: 256 };
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
const lines = [];
for (const [framework, format] of Object.entries({ torch: 'pytorch', tensorflow: 'tensorflow' })) {
  const { variable, provide } = pythons.find(({ name }) => name === framework);
  const python = process.env[variable] ?? provide(line => console.error(line));
  const models = join(folder, framework);
  mkdirSync(models);
  execFileSync(python, ['bench/sidecar/models.py', framework, models], { stdio: ['ignore', 'ignore', 'ignore'] });
  for (const [name, width] of Object.entries(WIDTHS)) {
    const path = join(models, name);
    for (const rows of [1, 32, 1_024]) {
      const settings = [path, String(width), String(rows), seconds];
      const results = await interleave(
        {
          alone: () =>
            Number(execFileSync(python, ['bench/sidecar/alone.py', framework, ...settings], { stdio: ['ignore', 'pipe', 'ignore'] })),
          sidecar: async () => Number((await measure(['bench/sidecar/client.mjs', format, python, ...settings])).stdout),
        },
        rounds,
      );
      const [alone, sidecar] = ['alone', 'sidecar'].map(each => median(results.get(each)));
      const shown = [alone, sidecar].map(rate => Math.round(rate).toLocaleString('en'));
      lines.push([framework, name, rows.toLocaleString('en'), ...shown, (sidecar / alone).toFixed(2)]);
    }
  }
}
rmSync(folder, { recursive: true });
console.log(`${machine()}; one worker, median of ${rounds} runs of ${seconds} s\n`);
console.log(table(['framework', 'model', 'rows a call', 'alone, rows/s', 'sidecar, rows/s', 'ratio'], lines));
