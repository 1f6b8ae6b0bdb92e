// The OpenAI simulator in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @param options of `millrace simulate openai`, by name. */
export async function startService(options = {}) {
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, ['dist/cli/main.js', 'simulate', 'openai', ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(child.stdout, 'data');
  const url = String(line).trim();
  return {
    url,
    stats: async () => (await fetch(new URL('/simulator/stats', url))).json(),
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** A service that does as little as possible, in a process of its own; see quick-service.mjs. */
export async function startQuickService({ latencyMs, slowFrom = Infinity, slowTo = Infinity, slowMs = 0 }) {
  const path = fileURLToPath(new URL('quick-service.mjs', import.meta.url));
  const child = spawn(process.execPath, [path, ...[latencyMs, slowFrom, slowTo, slowMs].map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return {
    url: String(line).trim(),
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Runs a program of this folder in a process of its own. @returns what it printed, as JSON. */
export async function inChild(program, ...args) {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [path, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', data => (text += data));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return JSON.parse(text);
}
