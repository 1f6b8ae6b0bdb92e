import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSltFiles } from './find-slt-files.js';
import { modesOf, renderSltFailure, runSltFile } from './run-slt-file.js';

const files = findSltFiles('tests/slt');

test('there are golden files, with names of their own', () => {
  assert.ok(files.length > 0);
});

for (const file of files) {
  for (const mode of modesOf(file)) {
    test(`${file.name} (${mode}): ${file.description}`, async () => {
      const failure = await runSltFile(file, { mode });
      if (failure) assert.fail(renderSltFailure(failure));
    });
  }
}
