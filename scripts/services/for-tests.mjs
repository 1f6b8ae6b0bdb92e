// Starts or gets what test files need: the services and interpreters whose variable they, or fixtures that they import, name.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { services } from './all.mjs';
import { pythons } from './pythons.mjs';
import { ServiceUnavailable } from './service.mjs';
import { startService } from './start.mjs';

const SIGNALS = Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 });

/**
 * Sets the variable of each service that one of the files names, and that is not set yet, to a server started for this
 * run, and that of each interpreter to its path. Where one cannot be had, its variable stays unset and `<variable>_ABSENT` says why, for the tests that skip.
 *
 * @param {readonly string[]} files
 * @param {(line: string) => void} tell
 * @returns {Promise<() => Promise<void>>} ends what was started
 */
export async function startServicesFor(files, tell) {
  const texts = files.map(textOf);
  const started = [];
  for (const service of [...services, ...pythons]) {
    if (process.env[service.variable] || !texts.some(text => text.includes(service.variable))) continue;
    try {
      if ('provide' in service) {
        process.env[service.variable] = service.provide(tell);
        continue;
      }
      const running = await startService(service, { tell });
      started.push(running);
      process.env[service.variable] = running.url;
    } catch (error) {
      if (!(error instanceof ServiceUnavailable)) throw error;
      process.env[`${service.variable}_ABSENT`] = error.message;
    }
  }
  // A signal by itself would end this process without its exit handlers, and leave the servers.
  if (started.length > 0) for (const [signal, status] of SIGNALS) process.once(signal, () => process.exit(status));
  return async () => {
    for (const running of started) await running.stop();
  };
}

function textOf(file) {
  const text = readFileSync(file, 'utf8');
  const fixtures = [...text.matchAll(/from '(\.[^']*\.fixture\.js)'/g)].map(([, path]) => join(dirname(file), path));
  return [text, ...fixtures.map(fixture => readFileSync(fixture, 'utf8'))].join('\n');
}
