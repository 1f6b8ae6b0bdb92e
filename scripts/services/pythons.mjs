// Python interpreters that tests use: one with TensorFlow from PyPI, one with PyTorch as Debian packs it.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasApt, libraryPath, programIn, unpackDebianPackages } from './debian.mjs';
import { CACHE } from './provision.mjs';
import { runProgram } from './run-program.mjs';
import { ServiceUnavailable } from './service.mjs';

const REQUIREMENTS = fileURLToPath(new URL('./requirements-tensorflow.txt', import.meta.url));

/**
 * What is no server: `provide` gives the path of an interpreter and gets it first, once, into the cache.
 *
 * @type {readonly { name: string, variable: string, provide: (tell: (line: string) => void) => string }[]}
 */
export const pythons = [
  { name: 'tensorflow', variable: 'MILLRACE_TEST_TENSORFLOW_PYTHON', provide: provideTensorflow },
  { name: 'torch', variable: 'MILLRACE_TEST_TORCH_PYTHON', provide: provideTorch },
];

function provideTensorflow(tell) {
  const own = 'set MILLRACE_TEST_TENSORFLOW_PYTHON to an interpreter that has tensorflow and numpy';
  const version = runProgram('python3', ['--version']);
  if (!version.ok) throw new ServiceUnavailable(`there is no python3 here: ${own}`);
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(version.output).digest('hex').slice(0, 16);
  const target = resolve(CACHE, `python-${hash}`);
  const program = join(target, 'bin', 'python');
  if (existsSync(program)) return program;
  tell(`getting TensorFlow from PyPI, once, into ${CACHE}`);
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(resolve(CACHE, 'download-'));
  try {
    const folder = join(work, 'venv');
    for (const [name, args] of [
      ['python3', ['-m', 'venv', folder]],
      [join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]],
    ]) {
      const { ok, output } = runProgram(name, args);
      if (!ok)
        throw new ServiceUnavailable(`"${name} ${args.join(' ')}" failed: ${own}\n${output.trimEnd().split('\n').slice(-10).join('\n')}`);
    }
    put(folder, target);
    return program;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function provideTorch(tell) {
  const own = 'set MILLRACE_TEST_TORCH_PYTHON to an interpreter that has torch and numpy';
  const note = join(CACHE, 'torch.json');
  if (existsSync(note)) {
    const { program } = JSON.parse(readFileSync(note, 'utf8'));
    if (existsSync(program)) return program;
  }
  if (!hasApt()) throw new ServiceUnavailable(`there is no apt-get here to get PyTorch with: ${own}`);
  tell(`getting PyTorch from Debian's packages, once, into ${CACHE}`);
  const folder = unpackDebianPackages(['python3-torch', 'python3-numpy'], CACHE);
  const { LD_LIBRARY_PATH: libraries } = libraryPath(folder);
  // Which of several libraries for linear algebra is used is a setting of the system; here it is the one that came along.
  const algebra = libraries.split(':').flatMap(path => ['blas', 'lapack'].map(name => join(path, name)).filter(existsSync));
  const program = join(folder, 'python-torch');
  writeFileSync(
    `${program}.${process.pid}`,
    [
      '#!/bin/sh',
      `export PYTHONPATH=${quoted(join(folder, 'usr/lib/python3/dist-packages'))}`,
      `export LD_LIBRARY_PATH=${quoted([...algebra, libraries].join(':'))}`,
      `exec ${quoted(existsSync('/usr/bin/python3') ? '/usr/bin/python3' : programIn(folder, 'python3'))} "$@"`,
      '',
    ].join('\n'),
  );
  chmodSync(`${program}.${process.pid}`, 0o755);
  renameSync(`${program}.${process.pid}`, program);
  const { ok, output } = runProgram(program, ['-c', 'import numpy, torch']);
  if (!ok) throw new ServiceUnavailable(`Debian's PyTorch does not run here: ${own}\n${output.trimEnd().split('\n').slice(-3).join('\n')}`);
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(`${note}.${process.pid}`, JSON.stringify({ program }));
  renameSync(`${note}.${process.pid}`, note);
  return program;
}

function put(folder, target) {
  try {
    renameSync(folder, target);
  } catch (error) {
    // Another process was quicker; its folder has the same content.
    if (!existsSync(target)) throw error;
  }
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
