// Programs from the packages of a Debian system, unpacked into a folder: nothing is installed, and root is not needed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runProgram } from './run-program.mjs';
import { ServiceUnavailable } from './service.mjs';

export function hasApt() {
  return runProgram('apt-get', ['--version']).ok && runProgram('dpkg', ['--version']).ok;
}

/**
 * Downloads `packages` and all they depend on that this system lacks, and unpacks them into `cache/<hash>`, where the
 * hash is that of the downloaded files. The folder appears when it is complete.
 *
 * @returns the absolute path of the folder.
 * @throws {ServiceUnavailable}
 */
export function unpackDebianPackages(packages, cache) {
  const root = resolve(cache);
  mkdirSync(root, { recursive: true });
  const work = mkdtempSync(join(root, 'download-'));
  try {
    const files = download(packages, work);
    const hash = createHash('sha256');
    for (const file of files) hash.update(createHash('sha256').update(readFileSync(file)).digest());
    const target = join(root, hash.digest('hex').slice(0, 16));
    if (existsSync(target)) return target;
    const unpacked = join(work, 'root');
    for (const file of files) {
      const result = runProgram('dpkg', ['-x', file, unpacked]);
      if (!result.ok) throw new ServiceUnavailable(`${file} could not be unpacked:\n${result.output}`);
    }
    try {
      renameSync(unpacked, target);
    } catch (error) {
      // Another process was quicker; its folder has the same content.
      if (!existsSync(target)) throw error;
    }
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The variables with which a program out of `folder` finds the libraries that came with it. */
export function libraryPath(folder) {
  const folders = ['usr/lib', 'lib']
    .map(name => join(folder, name))
    .filter(existsSync)
    .flatMap(name => [name, ...subfolders(name).filter(sub => sub.includes('-linux-gnu'))]);
  return { LD_LIBRARY_PATH: folders.join(':') };
}

/** The executable `program` in an unpacked folder. */
export function programIn(folder, program) {
  return ['usr/bin', 'usr/sbin', 'bin', 'sbin'].map(place => join(folder, place, program)).find(existsSync);
}

function subfolders(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => join(folder, entry.name));
}

function download(packages, work) {
  const config = writeAptConfig(work);
  const update = runProgram('apt-get', ['-c', config, 'update']);
  // Resolves dependencies against what is installed, so that what is downloaded fits the system's own libraries.
  const fetch = runProgram('apt-get', ['-c', config, '--yes', '--no-install-recommends', '--download-only', 'install', ...packages]);
  const archives = join(work, 'archives');
  const files = readdirSync(archives)
    .filter(name => name.endsWith('.deb'))
    .toSorted()
    .map(name => join(archives, name));
  if (!fetch.ok || files.length === 0)
    throw new ServiceUnavailable(
      `the Debian packages ${packages.join(', ')} could not be downloaded; is the network there?\n${complaints(update.output, fetch.output)}`,
    );
  return files;
}

/** Own folders for all that apt writes. Read with -c, after the system's settings, so that hooks of the system are cleared. */
function writeAptConfig(work) {
  const lists = join(work, 'lists');
  const archives = join(work, 'archives');
  for (const folder of [lists, archives]) mkdirSync(join(folder, 'partial'), { recursive: true });
  const path = join(work, 'apt.conf');
  writeFileSync(
    path,
    [
      `Dir::State::lists "${lists}";`,
      `Dir::Cache "${work}";`,
      `Dir::Cache::archives "${archives}";`,
      'Debug::NoLocking "1";',
      'APT::Sandbox::User "";',
      'Acquire::Retries "2";',
      'Acquire::http::Timeout "20";',
      'Acquire::https::Timeout "20";',
      '#clear APT::Update::Pre-Invoke;',
      '#clear APT::Update::Post-Invoke;',
      '#clear APT::Update::Post-Invoke-Success;',
      '#clear DPkg::Post-Invoke;',
      '',
    ].join('\n'),
  );
  return path;
}

function complaints(...outputs) {
  const lines = outputs.flatMap(output => output.split('\n').filter(line => /^(E|W|Err):/.test(line)));
  return lines
    .slice(0, 10)
    .map(line => `  ${line}`)
    .join('\n');
}
