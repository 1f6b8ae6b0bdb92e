import { readFileSync } from 'node:fs';

/** What tells one process of this machine from all others. */
export interface ProcessMark {
  readonly pid: number;
  /** When it started, as the system tells it: not so for an earlier or later process with the same number. */
  readonly start?: string | undefined;
}

/** The mark of this process. */
export function processMark(): ProcessMark {
  return { pid: process.pid, start: statOf(process.pid)?.start ?? `at ${Math.floor(performance.timeOrigin)}` };
}

/** Whether the process that a mark names is still there. */
export function isRunning({ pid, start }: ProcessMark): boolean {
  if (pid === process.pid) return start === undefined || start === processMark().start;
  if (!exists(pid)) return false;
  const stat = statOf(pid);
  if (stat?.isDead) return false;
  return start === undefined || stat === undefined || stat.start === start;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // Any other answer comes from a process: one of another user.
    return (thrown as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * What Linux tells about a process in `/proc/<pid>/stat` (proc_pid_stat(5)): its state is the first field behind the name,
 * which stands in parentheses and can hold anything, and its start, in ticks since the boot, is the twentieth.
 */
function statOf(pid: number): { readonly start: string; readonly isDead: boolean } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const start = fields[19];
  // A zombie has ended, and only its parent does not know yet.
  return start === undefined ? undefined : { start, isDead: fields[0] === 'Z' || fields[0] === 'X' };
}
