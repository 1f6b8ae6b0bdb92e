import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = 'tests/fixtures/spec';
const DOCUMENTS = readdirSync(FOLDER).toSorted();

test('there are the three documents', () => {
  assert.deepEqual(DOCUMENTS, ['lesson.sql', 'mailing-list.sql', 'otter.sql']);
});

/** The lesson asks for the window of rows that are not grouped by it, which Flink refuses too. */
const WAITING = /TUMBLE_START needs a call of TUMBLE/;

for (const document of DOCUMENTS) {
  test(`check accepts every statement of ${document}, also those that are refused when they run`, () => {
    const { stderr, stdout } = spawnSync(process.execPath, ['dist/cli/main.js', 'check', `${FOLDER}/${document}`], { encoding: 'utf8' });
    const errors = stderr.split('\n').filter(line => line.startsWith('error'));
    assert.deepEqual(
      errors.filter(line => !WAITING.test(line)),
      [],
    );
    assert.equal(stdout, '');
    if (errors.length === 0) assert.equal(stderr, 'no problems\n');
  });
}
