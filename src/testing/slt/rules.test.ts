import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPTIONAL_RULES } from '../../session/plan-statement.js';
import { findSltFiles } from './find-slt-files.js';
import { renderSltFailure, runSltFile } from './run-slt-file.js';

/** Beginnings of the names of the golden files whose rows each rule must not change. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'fold-constants': ['aggregate', 'explain', 'expression', 'inference/predict', 'join', 'over', 'query', 'window'],
  'merge-projects': ['aggregate', 'explain', 'join', 'over', 'query', 'window'],
  'remove-unused-columns': ['aggregate', 'explain', 'inference/predict', 'join', 'over', 'query', 'window'],
  'push-down-filter': ['aggregate', 'explain', 'inference/predict', 'join', 'over', 'query', 'window'],
  'limit-row-number': ['explain', 'over'],
  'push-down-limit': ['explain', 'inference/predict', 'join', 'query'],
  'remove-empty-inputs': ['aggregate', 'explain', 'join', 'query'],
  'share-common-parts': ['explain', 'query'],
};

const files = findSltFiles('tests/slt');

test('every optional rule has golden files, one of its own among them', () => {
  assert.deepEqual(Object.keys(FILES).toSorted(), OPTIONAL_RULES.toSorted());
  const names = new Set(files.map(file => file.name));
  for (const rule of OPTIONAL_RULES) assert.ok(names.has(`explain/${rule}`), `explain/${rule}`);
});

for (const [rule, beginnings] of Object.entries(FILES)) {
  test(`rows are the same without ${rule}`, async () => {
    const chosen = files.filter(({ name, modes }) => modes.includes('plain') && beginnings.some(each => name.startsWith(each)));
    assert.ok(chosen.length >= beginnings.length);
    for (const file of chosen) {
      const failure = await runSltFile(file, { mode: 'plain', withoutRule: rule });
      if (failure) assert.fail(renderSltFailure(failure));
    }
  });
}
