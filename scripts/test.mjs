// Runs the compiled tests: all of them, or those whose path contains one of the arguments. Ends with `N passed, N failed`.
import { readdirSync, existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { startServicesFor } from './services/for-tests.mjs';

const wanted = process.argv.slice(2);
const files = ['dist', 'build/tests']
  .filter(existsSync)
  .flatMap(folder => readdirSync(folder, { recursive: true }).map(name => `${folder}/${name}`))
  .filter(name => name.endsWith('.test.js') && (wanted.length === 0 || wanted.some(part => name.includes(part))))
  .toSorted();

const stopServices = await startServicesFor(files, line => console.log(line));
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];
const stream = run({ files, concurrency: Math.max(2, availableParallelism()), timeout: 600_000 });
stream.on('test:pass', test => {
  if (test.details.type === 'suite') return;
  if (test.skip !== undefined) {
    counts.skipped++;
    skips.push(`skipped: ${test.name} (${test.skip === true ? 'no reason given' : test.skip})`);
  } else counts.passed++;
});
stream.on('test:fail', test => {
  if (test.details.type === 'suite' && test.details.error?.failureType === 'subtestsFailed') return;
  if (test.details.error?.failureType === 'subtestsFailed') return;
  counts.failed++;
  failures.push(test);
});
stream.on('test:stderr', ({ message }) => process.stderr.write(message));
await new Promise(resolve => {
  stream.on('end', resolve);
  stream.resume();
});
await stopServices();

for (const test of failures) {
  const { error } = test.details;
  const cause = error?.cause ?? error;
  console.log(`\nFAILED ${test.name}\n  ${test.file ?? ''}:${test.line ?? ''}\n${indent(cause?.stack ?? cause?.message ?? String(cause))}`);
}
for (const skip of skips) console.log(skip);
if (files.length === 0) {
  console.log('there is no compiled test: run npm run build first');
  process.exitCode = 1;
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`);
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
if (counts.skipped > 0 && process.env.CI === 'true') {
  console.log('in CI a skipped test is a failure');
  process.exitCode = 1;
}

function indent(text) {
  return text
    .split('\n')
    .slice(0, 40)
    .map(line => `  ${line}`)
    .join('\n');
}
