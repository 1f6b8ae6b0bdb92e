// What the benches share: runs in fresh processes, interleaved, medians, and the machine they ran on.
import { spawn } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

/** Wall seconds, CPU seconds of the process and its threads, and peak memory of one run. */
export async function measure(args, env = {}) {
  const started = performance.now();
  const child = spawn('/usr/bin/env', ['bash', '-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bench', process.execPath, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', data => (stdout += data));
  child.stderr.on('data', data => (stderr += data));
  const code = await new Promise(resolve => child.on('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}\n${stderr}`);
  const seconds = (performance.now() - started) / 1_000;
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpuSeconds: user + system, stdout, stderr };
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Runs every variant once, `rounds` times over, so that a noisy minute hits all of them. */
export async function interleave(variants, rounds) {
  const results = new Map(Object.keys(variants).map(name => [name, []]));
  for (let round = 0; round < rounds; round++) for (const [name, run] of Object.entries(variants)) results.get(name).push(await run());
  return results;
}

export function machine() {
  return `${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

export function table(header, rows) {
  const lines = [header, header.map(() => '---'), ...rows];
  return lines.map(line => `| ${line.join(' | ')} |`).join('\n');
}

/**
 * Rows a second of a prepared model (`ModelRun` of src/spec/model-runtime.ts), called again and again by one caller for
 * `seconds`, after a third of that to get warm.
 */
export async function rowsPerSecond(run, data, { rows, seconds }) {
  const never = new AbortController().signal;
  // The run keeps what it is given, so each call has a copy.
  const call = () =>
    run(
      rows,
      data.map(values => values.slice()),
      never,
    );
  const warm = performance.now() + (seconds * 1_000) / 3;
  while (performance.now() < warm) await call();
  let calls = 0;
  const start = performance.now();
  while (performance.now() - start < seconds * 1_000) {
    const { failures } = await call();
    if (failures.length > 0) throw new Error(failures[0][1]);
    calls++;
  }
  return (calls * rows) / ((performance.now() - start) / 1_000);
}
