import { readFile } from 'node:fs/promises';

/** What a process has in memory now, in bytes; `undefined` where the system does not tell, or the process is gone. */
export async function residentMemory(pid: number): Promise<number | undefined> {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}
