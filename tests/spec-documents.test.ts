import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = 'tests/fixtures/spec';
const DOCUMENTS = readdirSync(FOLDER).toSorted();

test('there are the three documents', () => {
  assert.deepEqual(DOCUMENTS, ['lesson.sql', 'mailing-list.sql', 'otter.sql']);
});

for (const document of DOCUMENTS) {
  test(`check accepts every statement of ${document}, also those that are refused when they run`, () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ['dist/cli/main.js', 'check', `${FOLDER}/${document}`], {
      encoding: 'utf8',
    });
    assert.equal(stderr, 'no problems\n');
    assert.equal(stdout, '');
    assert.equal(status, 0);
  });
}
