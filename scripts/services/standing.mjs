// Services that a developer starts by hand and that stay until stopped: one of a kind, noted in a file.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE } from './provision.mjs';
import { runProgram } from './run-program.mjs';
import { startService } from './start.mjs';

const noteOf = service => join(CACHE, 'run', `${service.name}.json`);

/** @returns {{ url: string, pid: number, log: string, folder: string } | undefined} the one that runs */
export function standing(service) {
  const note = noteOf(service);
  if (!existsSync(note)) return undefined;
  const kept = JSON.parse(readFileSync(note, 'utf8'));
  return startTime(kept.pid) === kept.startTime ? kept : undefined;
}

export async function startStanding(service, tell) {
  const already = standing(service);
  if (already !== undefined) return already;
  const { url, pid, log, folder } = await startService(service, { detached: true, tell });
  const kept = { url, pid, log, folder, startTime: startTime(pid) };
  mkdirSync(join(CACHE, 'run'), { recursive: true });
  writeFileSync(noteOf(service), JSON.stringify(kept));
  return kept;
}

/** @returns {Promise<boolean>} whether there was one to stop */
export async function stopStanding(service) {
  const kept = standing(service);
  if (kept !== undefined) {
    process.kill(kept.pid, 'SIGTERM');
    for (let waited = 0; startTime(kept.pid) === kept.startTime && waited < 5_000; waited += 50) await sleep(50);
    if (startTime(kept.pid) === kept.startTime) process.kill(kept.pid, 'SIGKILL');
    rmSync(kept.folder, { recursive: true, force: true });
  }
  rmSync(noteOf(service), { force: true });
  return kept !== undefined;
}

/** Ids of processes are used again; id and start time together are not. `undefined` when there is no such process. */
function startTime(pid) {
  const path = `/proc/${pid}/stat`;
  if (existsSync('/proc/self/stat')) {
    if (!existsSync(path)) return undefined;
    const fields = readFileSync(path, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // Field 3 of proc(5) is the state, field 22 the start time.
    return fields[0] === 'Z' ? undefined : fields[19];
  }
  const { ok, output } = runProgram('ps', ['-o', 'lstart=', '-p', String(pid)]);
  return ok ? output.trim() : undefined;
}
