// Starts a service on a free port of this machine.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE, provision } from './provision.mjs';
import { ServiceUnavailable } from './service.mjs';

const READY_WITHIN_MS = 30_000;
const PORT_ATTEMPTS = 3;

/**
 * Starts a service and waits until it answers.
 *
 * @param {import('./service.mjs').Service} service
 * @param {{ password?: string, port?: number, detached?: boolean, tell?: (line: string) => void }} options `port`: a free
 * one when absent; `detached`: it outlives this process
 * @returns {Promise<{ url: string, port: number, pid: number, log: string, folder: string, stop: () => Promise<void> }>}
 * `log` is the path of what it prints; `stop` ends it and removes its folder.
 * @throws {ServiceUnavailable} with the end of the log when it does not come up.
 */
export async function startService(service, { password, port, detached = false, tell = () => {} } = {}) {
  const found = provision(service, tell);
  for (let attempt = 1; ; attempt++) {
    const started = await launch(service, found, { password, port: port ?? (await freePort()), detached });
    if (started.failure === undefined) return started;
    // Between the search for a free port and its use somebody else may have taken it.
    const again = port === undefined && attempt < PORT_ATTEMPTS && service.isPortTaken(started.failure);
    if (!again) throw new ServiceUnavailable(`${service.title} did not start:\n${started.failure}`);
  }
}

async function launch(service, found, { password, port, detached }) {
  mkdirSync(join(CACHE, 'run'), { recursive: true });
  const folder = mkdtempSync(resolve(CACHE, 'run', `${service.name}-`));
  const log = join(folder, 'log');
  const output = openSync(log, 'a');
  const { arguments: args, input } = service.launch({ port, folder, password });
  const child = spawn(found.program, args, {
    env: { ...process.env, ...found.env },
    cwd: folder,
    stdio: ['pipe', output, output],
    detached,
  });
  closeSync(output);
  let isGone = false;
  let notStarted = '';
  const exited = new Promise(done => {
    child.once('exit', done);
    child.once('error', error => {
      notStarted = `  ${error.message}\n`;
      done();
    });
  }).then(() => (isGone = true));
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  // The server of a run must not outlive it, however it ends.
  const endWithThisProcess = () => {
    child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
  if (!detached) process.once('exit', endWithThisProcess);
  const stop = async () => {
    process.off('exit', endWithThisProcess);
    if (!isGone) child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(forced);
    rmSync(folder, { recursive: true, force: true });
  };

  const deadline = Date.now() + READY_WITHIN_MS;
  while (!isGone && Date.now() < deadline) {
    if (await service.isReady({ port, password })) {
      if (detached) child.unref();
      return { url: service.url({ port, password }), port, pid: child.pid, log, folder, stop };
    }
    await sleep(20);
  }
  const why = isGone ? notStarted : `  no answer within ${READY_WITHIN_MS / 1_000} s\n`;
  const failure = why + lastLines(readFileSync(log, 'utf8'), 20);
  await stop();
  return { failure };
}

function lastLines(text, count) {
  return text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map(line => `  ${line}`)
    .join('\n');
}

function freePort() {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}
