import type { Environment } from './secret-source.js';

/** The variables of this process: the only place that reads them. */
export function processEnvironment(): Environment {
  return process.env;
}
