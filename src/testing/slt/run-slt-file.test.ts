import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeSltFile } from './complete-slt-file.js';
import { modesOf, renderSltFailure, runSltFile, type SltFailure } from './run-slt-file.js';
import { parseSltFile, type SltFile, type SltMode } from './slt-file.js';

const TABLES = `statement ok
CREATE TABLE numbers (n INT) WITH ('connector' = 'feed');

statement ok
CREATE TABLE doubled (n INT) WITH ('connector' = 'collect');

job twice
INSERT INTO doubled SELECT n * 2 FROM numbers;

feed numbers
1
2
`;

function fileOf(body: string): SltFile {
  return parseSltFile('tests/slt/a/b.slt', `# name: a/b\n# description: d\n\n${body}\n`);
}

function run(body: string, mode: SltMode = 'plain'): Promise<SltFailure | undefined> {
  return runSltFile(fileOf(body), { mode });
}

async function failureOf(body: string, mode: SltMode = 'plain'): Promise<string> {
  const failure = await run(body, mode);
  assert.ok(failure !== undefined, 'the file passed');
  return renderSltFailure(failure);
}

test('a failure names its file, line and mode, with what was expected and what was found', async () => {
  const message = await failureOf(`${TABLES}\nchangelog doubled\n----\n+I | 2\n+I | 5`);
  assert.equal(
    message,
    [
      'tests/slt/a/b.slt:17 (plain): changelog doubled',
      '  expected:',
      '    +I | 2',
      '  - +I | 5',
      '  found:',
      '    +I | 2',
      '  + +I | 4',
    ].join('\n'),
  );
});

for (const mode of ['plain', 'restore', 'crash', 'splits'] as const) {
  test(`in mode ${mode} rows come out once, and a golden that says otherwise fails`, async () => {
    const more = `${TABLES}\nfeed numbers\n3\n\nfeed numbers\n4\n\nfeed numbers\n5\n\n`;
    assert.equal(await run(`${more}changelog doubled\n----\n+I | 2\n+I | 4\n+I | 6\n+I | 8\n+I | 10`, mode), undefined);
    assert.match(await failureOf(`${more}changelog doubled\n----\n+I | 2\n+I | 2\n+I | 4\n+I | 6\n+I | 8\n+I | 10`, mode), /- \+I \| 2/);
    assert.match(await failureOf(`${more}changelog doubled\n----\n+I | 2\n+I | 4`, mode), /\+ \+I \| 10/);
  });
}

test('order counts unless rowsort says otherwise', async () => {
  assert.equal(await run(`${TABLES}\nsnapshot doubled rowsort\n----\n4\n2`), undefined);
  assert.match(await failureOf(`${TABLES}\nsnapshot doubled\n----\n4\n2`), /expected:/);
});

test('a mask stands for any text', async () => {
  assert.equal(await run('query\nSELECT 12, 34;\n----\n1<slt:ignore> | 34'), undefined);
  assert.match(await failureOf('query\nSELECT 12, 34;\n----\n1<slt:ignore> | 35'), /expected:/);
});

test('an error must come, be the one that is expected, and read so where its text is given', async () => {
  assert.equal(await run('statement error UNKNOWN_TABLE\nSELECT * FROM t;'), undefined);
  assert.match(await failureOf('statement error UNKNOWN_TABLE\nSELECT 1;'), /the statement did not fail/);
  assert.match(await failureOf('statement error UNKNOWN_MODEL\nSELECT * FROM t;'), /error\[UNKNOWN_TABLE\]/);
  assert.match(await failureOf('statement error UNKNOWN_TABLE\nSELECT * FROM t;\n----\nsomething else'), /- something else/);
  assert.match(await failureOf('statement ok\nSELECT * FROM t;'), /error\[UNKNOWN_TABLE\]: there is no table or view "t"/);
});

test('a job that fails unseen fails the file', async () => {
  const body = TABLES.replace('n * 2', 'n / (n - 1)');
  assert.match(await failureOf(`${body}\nmetric twice rows_in\n----\n2`), /division by zero/);
  assert.match(await failureOf(body), /division by zero/);
  assert.equal(await run(`${body}\nfailure twice INVALID_VALUE`), undefined);
  assert.match(await failureOf(`${body}\nfailure twice TYPE_MISMATCH`), /division by zero/);
  assert.match(await failureOf(`${TABLES}\nfailure twice INVALID_VALUE`), /job "twice" has not failed/);
});

test('a query whose feed has not ended is refused instead of waited for', async () => {
  assert.match(await failureOf(`${TABLES}\nquery\nSELECT n FROM numbers;\n----\n1\n2`), /the statement does not end/);
});

test('a script must have an answer for each call and a call for each answer', async () => {
  const model = `statement ok\nCREATE MODEL m WITH ('provider' = 'script');\n\n`;
  const query = `query\nSELECT ML_PREDICT('m', 'x');\n----\ny\n\n`;
  assert.match(await failureOf(model + query), /the script of model "m" has no answer left for x/);
  assert.equal(await run(`${model}script m\nok y\n\n${query}calls m\n----\nx | ok`), undefined);
  assert.match(await failureOf(`${model}script m\nok y\nok z\n\n${query}`), /the script of model "m" has 1 lines left/);
});

test('a condition leaves a record out', async () => {
  const wrong = 'query\nSELECT 1;\n----\n2';
  assert.equal(await run(`onlyif engine=flink\n${wrong}\n\nskipif mode=plain\n${wrong}`), undefined);
  assert.match(await failureOf(`onlyif mode=crash\n${wrong}`, 'crash'), /expected:/);
});

test('one record is judged alone, after what stands before it', async () => {
  const file = fileOf(`${TABLES}\nchangelog doubled\n----\nwrong\n\nsnapshot doubled\n----\n2\n4\n\nquery\nSELECT 1;\n----\nwrong`);
  assert.equal(await runSltFile(file, { mode: 'plain', line: 22 }), undefined);
  assert.equal((await runSltFile(file, { mode: 'plain', line: 19 }))?.line, 17);
});

test('answers are completed in place, and right ones stay as they are', async () => {
  const file = fileOf(
    `${TABLES}\nchangelog doubled\n----\n+I | <slt:ignore>\n+I | 4\n\nsnapshot doubled\n----\nwrong\n\nquery\nSELECT 1;\n\nstatement error UNKNOWN_TABLE\nSELECT * FROM t;`,
  );
  const { text, failure } = await completeSltFile(file);
  assert.equal(failure, undefined);
  const body = text.slice(text.indexOf('changelog'));
  assert.equal(
    body,
    'changelog doubled\n----\n+I | <slt:ignore>\n+I | 4\n\nsnapshot doubled\n----\n2\n4\n\nquery\nSELECT 1;\n----\n1\n\nstatement error UNKNOWN_TABLE\nSELECT * FROM t;\n',
  );
});

test('what cannot be run ends the completion, and what was completed before is kept', async () => {
  const { text, failure } = await completeSltFile(fileOf('query\nSELECT 1;\n\nstatement ok\nSELECT x;\n\nquery\nSELECT 2;'));
  assert.equal(failure?.line, 7);
  assert.match(text, /SELECT 1;\n----\n1\n\nstatement ok\nSELECT x;\n\nquery\nSELECT 2;\n$/);
});

test('only files for the embedded engine are run, in the modes that are wanted', () => {
  const file = { ...fileOf(''), modes: ['plain', 'crash'] as const };
  assert.deepEqual(modesOf(file), ['plain', 'crash']);
  assert.deepEqual(modesOf(file, ['crash', 'splits']), ['crash']);
  assert.deepEqual(modesOf({ ...file, engines: ['flink'] }), []);
});
