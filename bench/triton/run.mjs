// Tensors as bytes against JSON, in rows/s and CPU of the client. See README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { interleave, machine, measure, median, table } from '../harness.mjs';

const rounds = Number(process.env.ROUNDS ?? 3);
const WIDTHS = { 4: 60_000, 384: 8_000, 4_096: 1_600 };

async function variants(width, rows) {
  const server = spawn(process.execPath, ['bench/triton/server.mjs', String(width)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout, 'data');
  const url = String(line).trim();
  const run = async (binary, compression) =>
    JSON.parse((await measure(['bench/triton/client.mjs', url, String(width), String(binary), compression, String(rows)])).stdout);
  const results = await interleave(
    { JSON: () => run(false, 'none'), bytes: () => run(true, 'none'), 'bytes, gzip': () => run(true, 'gzip') },
    rounds,
  );
  server.kill('SIGTERM');
  return results;
}

const lines = [];
for (const [width, rows] of Object.entries(WIDTHS)) {
  const results = await variants(width, rows);
  const rateOf = name => median(results.get(name).map(({ rate }) => rate));
  const cpuOf = name => median(results.get(name).map(({ cpuMicros }) => cpuMicros));
  for (const name of results.keys()) {
    lines.push([
      width,
      name,
      Math.round(rateOf(name)).toLocaleString('en'),
      (rateOf(name) / rateOf('JSON')).toFixed(1),
      cpuOf(name).toFixed(1),
      (cpuOf('JSON') / cpuOf(name)).toFixed(1),
    ]);
  }
}
console.log(`${machine()}; 32 rows a request, 10 in flight, simulator in its own process, median of ${rounds} runs\n`);
console.log(table(['floats a row', 'form', 'rows/s', 'against JSON', 'CPU of the client, µs a row', 'JSON against it'], lines));
