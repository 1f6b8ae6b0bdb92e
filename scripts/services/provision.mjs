// Finds a service's program, or gets it.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { hasApt, libraryPath, programIn, unpackDebianPackages } from './debian.mjs';
import { pythonEnvironment } from './python.mjs';
import { runProgram } from './run-program.mjs';
import { ServiceUnavailable } from './service.mjs';

/** Where unpacked programs are kept, by the hash of their packages. */
export const CACHE = '.cache/services';

/**
 * The program of a service: an installed one that fits, else the one in the cache, else it is downloaded into the cache.
 *
 * @param {import('./service.mjs').Service} service
 * @param {(line: string) => void} tell told before something slow
 * @returns {{ program: string, env: Record<string, string>, origin: string }}
 * @throws {ServiceUnavailable} that says how to give an own server
 */
export function provision(service, tell) {
  if (service.pythonRequirements !== undefined) return provisionPython(service, tell);
  const installed = runProgram(service.program, ['--version']);
  if (installed.ok && service.fits(installed.output)) return { program: service.program, env: {}, origin: 'installed' };

  const note = join(CACHE, `${service.name}.json`);
  if (existsSync(note)) {
    const kept = usable(service, resolve(CACHE, JSON.parse(readFileSync(note, 'utf8')).folder));
    if (kept !== undefined) return kept;
  }
  const own = `set ${service.variable} to the address of a server that tests may write to`;
  if (!hasApt())
    throw new ServiceUnavailable(
      `there is no ${service.program} (${service.needs}) here, and no apt-get to get it with: install it (${service.otherSystems}), or ${own}`,
    );
  tell(`getting ${service.title} from Debian's packages, once, into ${CACHE}`);
  let folder;
  try {
    folder = unpackDebianPackages(service.debianPackages, CACHE);
  } catch (error) {
    if (error instanceof ServiceUnavailable) error.message += `\notherwise install ${service.title} (${service.needs}), or ${own}`;
    throw error;
  }
  const found = usable(service, folder);
  if (found === undefined)
    throw new ServiceUnavailable(`Debian's ${service.title} in ${folder} does not run, or is not ${service.needs}; ${own}`);
  writeWhole(note, JSON.stringify({ folder: basename(folder) }));
  return found;
}

function provisionPython(service, tell) {
  try {
    const folder = pythonEnvironment(service.pythonRequirements, CACHE, tell);
    return { program: join(folder, service.program), env: {}, origin: folder };
  } catch (error) {
    if (error instanceof ServiceUnavailable)
      error.message += `\nit needs ${service.otherSystems}; otherwise set ${service.variable} to the address of a server that tests may write to`;
    throw error;
  }
}

function usable(service, folder) {
  const program = programIn(folder, service.program);
  if (program === undefined) return undefined;
  const env = libraryPath(folder);
  const { ok, output } = runProgram(program, ['--version'], { env });
  return ok && service.fits(output) ? { program, env, origin: folder } : undefined;
}

function writeWhole(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}
