// Writes the files that are made from the code: src/extensions.ts and docs/reference/. With --check, fails where one differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { registryText } from './extensions.mjs';
import { cliPage } from './reference/cli-page.mjs';
import { errorsPage } from './reference/errors-page.mjs';
import { functionsPage } from './reference/functions-page.mjs';
import { metricsPage } from './reference/metrics-page.mjs';
import { outcomesPage } from './reference/outcomes-page.mjs';
import { optionsPage } from './reference/options-page.mjs';

if (!existsSync('dist/cli/main.js')) {
  console.error('the reference is made from the compiled code: run npm run build first');
  process.exit(1);
}

const files = {
  'src/extensions.ts': registryText(),
  'docs/reference/options.md': await optionsPage(),
  'docs/reference/errors.md': await errorsPage(),
  'docs/reference/functions.md': await functionsPage(),
  'docs/reference/cli.md': cliPage(),
  'docs/reference/metrics.md': metricsPage(),
  'docs/reference/outcomes.md': outcomesPage(),
};

const isCheck = process.argv.includes('--check');
mkdirSync('docs/reference', { recursive: true });
for (const [path, text] of Object.entries(files)) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (isCheck) {
    console.error(`${path} differs from the code: run npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}
