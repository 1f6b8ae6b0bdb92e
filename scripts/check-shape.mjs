// Fails when the folder of an extension lacks one of its four files, or its main file does not define what the folder promises.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { exportName, extensionFile, extensionFolders } from './extensions.mjs';

const DEFINERS = {
  connectors: 'defineConnector',
  formats: 'defineFormat',
  providers: 'defineProvider',
  runtimes: 'defineRuntime',
  stores: 'defineStore',
};
const problems = [];
let count = 0;
for (const [kind, folders] of Object.entries(extensionFolders())) {
  for (const folder of folders) {
    count++;
    const main = `src/${extensionFile(kind, folder)}.ts`;
    const where = `src/${kind}/${folder}`;
    if (!existsSync(main)) {
      problems.push(`${where}: lacks ${main}`);
      continue;
    }
    const text = readFileSync(main, 'utf8');
    if (!text.includes(`export const ${exportName(folder)} = ${DEFINERS[kind]}(`))
      problems.push(`${main}: does not export ${exportName(folder)} by ${DEFINERS[kind]}`);
    if (!text.includes(`name: '${folder}'`)) problems.push(`${main}: the extension is not named '${folder}'`);
    if (!existsSync(`${where}/README.md`)) problems.push(`${where}: lacks README.md`);
    if (!readdirSync(where).some(name => name.endsWith('.test.ts'))) problems.push(`${where}: lacks a test`);
  }
}
for (const problem of problems) console.error(problem);
console.log(`shape: ${count} extensions, ${problems.length} problems`);
if (problems.length > 0 || count === 0) process.exit(1);
