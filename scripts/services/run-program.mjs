import { spawnSync } from 'node:child_process';

/** Runs a program to its end; `output` is what it printed anywhere, or why it could not be started. */
export function runProgram(program, args, { env = {}, timeoutMs = 300_000 } = {}) {
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', ...env },
  });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error === undefined ? '' : `E: ${result.error.message}\n`}`;
  return { ok: result.status === 0, output };
}
