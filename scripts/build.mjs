// Compiles src to dist, with the programs in other languages beside it, and the tests and benches to build.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readdirSync, rmSync, statSync, writeFileSync, readFileSync } from 'node:fs';
import { registryText } from './extensions.mjs';

const registry = registryText();
if (!existsSync('src/extensions.ts') || readFileSync('src/extensions.ts', 'utf8') !== registry)
  writeFileSync('src/extensions.ts', registry);

/** Output whose source is gone would still be found by imports and by the test runner. */
function removeOrphans(output, source) {
  if (!existsSync(output)) return;
  for (const name of readdirSync(output, { recursive: true })) {
    const match = /^(.*)\.(js|d\.ts|js\.map)$/.exec(name);
    if (match && statSync(`${output}/${name}`).isFile() && !existsSync(`${source}/${match[1]}.ts`)) rmSync(`${output}/${name}`);
  }
}

removeOrphans('dist', 'src');
if (!existsSync('dist')) rmSync('.cache/src.tsbuildinfo', { force: true });
if (!existsSync('build')) rmSync('.cache/tests.tsbuildinfo', { force: true });
for (const project of ['tsconfig.json', 'tests/tsconfig.json']) {
  if (!existsSync(project)) continue;
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
/** Python that runs beside Millrace. */
for (const name of readdirSync('src', { recursive: true })) if (name.endsWith('.py')) copyFileSync(`src/${name}`, `dist/${name}`);
chmodSync('dist/cli/main.js', 0o755);
