import { hostname } from 'node:os';
import { hash32 } from '../../kit/seeded-random.js';

/**
 * A name for this process that no other one on the machine has had: number, start and machine.
 *
 * Hidden files carry it, so that a job that cleans up tells leftovers of a killed process from files that another job is
 * writing right now.
 */
export function thisProcess(): string {
  return `${process.pid}-${Math.floor(performance.timeOrigin).toString(36)}-${thisMachine()}`;
}

/** Whether the process of a name has surely ended. Processes of other machines never have. */
export function hasEnded(name: string): boolean {
  if (name === thisProcess()) return false;
  const [pidText, , machine] = name.split('-');
  const pid = Number(pidText);
  if (machine !== thisMachine() || !Number.isSafeInteger(pid) || pid <= 0) return false;
  // The same number at another start: that process is gone, or this one would not have its number.
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function thisMachine(): string {
  return hash32(hostname()).toString(36);
}
