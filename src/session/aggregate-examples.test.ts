import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGGREGATE_FUNCTIONS } from '../planner/functions/aggregate/aggregate-registry.js';
import { GROUPING_FUNCTIONS } from '../planner/functions/aggregate/grouping-functions.js';
import { OVER_FUNCTIONS } from '../planner/functions/over/over-functions.js';
import { parseSltFile } from '../testing/slt/slt-file.js';
import { SltRun } from '../testing/slt/slt-run.js';

const ALL = [...AGGREGATE_FUNCTIONS, ...GROUPING_FUNCTIONS, ...OVER_FUNCTIONS];

/** The only row of a query, without the kind that a changelog puts before it. */
async function rowOf(sql: string): Promise<string> {
  const { records } = parseSltFile(
    'example.slt',
    `# name: example\n# description: an example\n# engines: embedded\n\nquery\n${sql};\n----\n`,
  );
  const run = new SltRun('plain');
  try {
    const answer = await run.perform(records[0]!);
    assert.equal(answer?.length, 1, sql);
    return answer[0]!.replace(/^\+I \| /, '');
  } finally {
    await run.close();
  }
}

for (const { name, examples } of ALL) {
  test(`the examples of ${name} are true`, async () => {
    for (const { sql, result } of examples) assert.equal(await rowOf(sql), result, sql);
  });
}

test('every aggregate and window function is documented with an example', () => {
  for (const { name, doc, signature, examples } of ALL) {
    assert.ok(examples.length > 0, name);
    assert.match(doc, /^[A-Z].*\.$/, name);
    assert.ok(signature.startsWith(name), name);
  }
});
