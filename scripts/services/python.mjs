// Programs from Python packages, in a virtual environment of their own: nothing is installed, and root is not needed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runProgram } from './run-program.mjs';
import { ServiceUnavailable } from './service.mjs';

/**
 * A virtual environment with the packages of a requirements file, in `cache/python-<hash>`, where the hash is that of the file and of
 * the version of Python. The folder appears when it is complete.
 *
 * @returns {string} the absolute path of the folder
 * @throws {ServiceUnavailable}
 */
export function pythonEnvironment(requirements, cache, tell) {
  const version = runProgram('python3', ['--version']);
  if (!version.ok) throw new ServiceUnavailable('there is no python3 here');
  const hash = createHash('sha256').update(version.output).update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const target = resolve(cache, `python-${hash}`);
  const done = join(target, 'complete');
  if (existsSync(done)) return target;
  tell(`getting the packages of ${requirements}, once, into ${target}`);
  mkdirSync(resolve(cache), { recursive: true });
  // Environments hold their own path, so one is made where it stays, and marked when it is complete.
  rmSync(target, { recursive: true, force: true });
  must(runProgram('python3', ['-m', 'venv', target]), 'a virtual environment could not be made (Debian: python3-venv)');
  must(
    runProgram(join(target, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', '--requirement', resolve(requirements)]),
    `the packages of ${requirements} could not be installed; is the network there?`,
  );
  mkdirSync(`${done}.new`, { recursive: true });
  renameSync(`${done}.new`, done);
  return target;
}

function must({ ok, output }, problem) {
  if (!ok) throw new ServiceUnavailable(`${problem}\n${output.trimEnd().split('\n').slice(-10).join('\n')}`);
}
