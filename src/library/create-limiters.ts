import { systemClock } from '../common/clock.js';
import { SILENT, type Logger } from '../common/logger.js';
import { LimiterPool } from '../session/host.js';

export interface LimitersOptions {
  /** Takes throttles and pauses; default: none. */
  readonly log?: Logger;
}

/**
 * The limits of services as a process knows them. Sessions that are given the same ones, as `createSession({ limiters })`,
 * share what each endpoint, key and model allows; without, each session keeps its own.
 */
export function createLimiters({ log = SILENT }: LimitersOptions = {}): LimiterPool {
  return new LimiterPool({ clock: systemClock, random: Math.random, log });
}
