import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { idLines, idsIn, jsonTable, numbers, workplace, type Workplace } from './workplace.js';

const ROWS = 60;

/** Asks a model, which fails for a part of the rows, about each of `in.jsonl`; what it gives up goes to `failed.jsonl`. */
function pipeline({
  target = 'file:failed.jsonl',
  query = 'INSERT INTO answers SELECT id, ML_PREDICT(MODEL m, id) FROM ids',
  latency = '1 ms',
} = {}): string {
  return `SET 'execution.checkpointing.interval' = '20 ms';
${jsonTable('ids', 'id INT', 'in.jsonl')}${jsonTable('answers', 'id INT, answer STRING', 'out.jsonl')}${jsonTable('letters', LETTER_COLUMNS, 'letters/')}
CREATE MODEL m INPUT (id INT) OUTPUT (answer STRING)
WITH ('provider' = 'mock', 'answer' = 'to {{id}}', 'latency' = '${latency}', 'failure-rate' = '\${RATE}', 'failure.status' = '400', 'max-retries' = '0',
  'max-concurrent-requests' = '4', 'on-error' = 'dead_letter', 'dead-letter.target' = '${target}');
${query};
`;
}

/** All columns of dead letters, as a table declares them. */
const LETTER_COLUMNS =
  'id STRING, job STRING, statement_id STRING, call_site STRING, model STRING, model_version STRING, error_class STRING, message STRING, ' +
  'http_status INT, headers MAP<STRING NOT NULL, STRING>, attempts INT, first_at TIMESTAMP_LTZ(3), last_at TIMESTAMP_LTZ(3), ' +
  'source_position MAP<STRING NOT NULL, STRING>, row_json STRING, row_types STRING';

interface Letter {
  readonly id: string;
  readonly row_json: string;
}

function letters(place: Workplace, name = 'failed.jsonl'): Letter[] {
  return place.lines(name).map(line => JSON.parse(line) as Letter);
}

function rowIds(all: readonly Letter[]): number[] {
  return all.map(({ row_json: row }) => (JSON.parse(row) as { readonly id: number }).id).toSorted((a, b) => a - b);
}

const FAILING = { env: { RATE: '0.3' } };
const FINE = { env: { RATE: '0' } };

/** A pipeline that has run to its end. */
async function failed(context: TestContext, script = pipeline()): Promise<Workplace> {
  const place = workplace(context);
  place.write('in.jsonl', idLines(1, ROWS));
  place.write('pipeline.sql', script);
  const run = await place.run(['run', 'pipeline.sql'], FAILING);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, new RegExp(`^model m: ${ROWS} rows \\(\\d+ dead letters\\), ${ROWS} calls`, 'm'));
  return place;
}

function replay(place: Workplace, args: readonly string[] = [], { env } = FINE) {
  return place.run(['dead-letters', 'replay', 'failed.jsonl', '--script', 'pipeline.sql', ...args], { env });
}

test('every row is in the output or in the dead letters, and after a replay in the output', async context => {
  const place = await failed(context);
  const lost = rowIds(letters(place));
  assert.ok(lost.length > 5 && lost.length < ROWS - 5, `${lost.length} rows are lost`);
  assert.deepEqual(
    [...idsIn(place, 'out.jsonl'), ...lost].toSorted((a, b) => a - b),
    numbers(1, ROWS),
  );
  assert.deepEqual(await replay(place, ['--dry-run']), {
    code: 0,
    stdout: '',
    stderr: `would replay ${lost.length} dead letters\n  ${lost.length} × REFUSED of model m\n`,
  });
  assert.deepEqual(await replay(place), { code: 0, stdout: '', stderr: `${lost.length} rows of job-1 replayed\n` });
  assert.deepEqual(idsIn(place, 'out.jsonl'), numbers(1, ROWS));
  assert.deepEqual(await replay(place), { code: 0, stdout: '', stderr: 'there is nothing to replay\n' });
  assert.deepEqual(idsIn(place, 'out.jsonl'), numbers(1, ROWS));
  assert.deepEqual(place.names('failed.jsonl.replay'), ['replayed.jsonl']);
});

test('a replay that fails again makes new dead letters, which can be replayed', async context => {
  const place = await failed(context);
  const lost = letters(place).length;
  assert.equal((await replay(place, [], FAILING)).stderr, `${lost} rows of job-1 replayed, ${lost} dead letters again\n`);
  const all = letters(place);
  assert.equal(all.length, 2 * lost);
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  assert.deepEqual(rowIds(all.slice(0, lost)), rowIds(all.slice(lost)));
  assert.equal((await replay(place)).stderr, `${lost} rows of job-1 replayed\n`);
  assert.deepEqual(idsIn(place, 'out.jsonl'), numbers(1, ROWS));
});

test('one dead letter is shown, replayed by its id, and not replayed twice', async context => {
  const place = await failed(context);
  const [letter] = letters(place) as [Letter];
  const { id } = letter;
  const before = idsIn(place, 'out.jsonl').length;
  const shown = await place.run(['dead-letters', 'show', 'failed.jsonl', id]);
  assert.match(
    shown.stdout,
    new RegExp(
      `^id: ${id}\\njob: job-1\\nstatement_id: [0-9a-f]{64}\\ncall_site: predict-\\d\\nmodel: m\\nmodel_version: mock\\nerror_class: REFUSED`,
    ),
  );
  assert.match(shown.stdout, new RegExp(`http_status: 400\\nattempts: 1\\n(.*\\n)+row:\\n  id INT: ${rowIds([letter])[0]!}\\n$`));
  assert.equal((await replay(place, ['--id', id])).stderr, '1 row of job-1 replayed\n');
  assert.equal(idsIn(place, 'out.jsonl').length, before + 1);
  const again = await replay(place, ['--id', id]);
  assert.deepEqual([again.code, again.stderr], [2, `error[USAGE]: dead letter "${id}" was replayed already\n`]);
  const listed = await place.run(['dead-letters', 'list', 'failed.jsonl', '--format', 'jsonl']);
  const rows = listed.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { readonly id: string; readonly replayed: boolean });
  assert.deepEqual(
    rows.filter(({ replayed }) => replayed).map(each => each.id),
    [id],
  );
  assert.equal(rows.length, letters(place).length);
  assert.equal(listed.stderr, `${rows.length} dead letters, 1 replayed\n  ${rows.length - 1} × REFUSED of model m\n`);
});

test('dead letters in a table are listed and replayed by the script that defines it', async context => {
  const place = await failed(context, pipeline({ target: 'table:letters' }));
  const lost = letters(place, 'letters').length;
  assert.ok(lost > 5);
  const args = ['--table', 'letters', '--script', 'pipeline.sql'];
  assert.match((await place.run(['dead-letters', 'list', ...args], FINE)).stderr, new RegExp(`^${lost} dead letters\n`));
  const stateless = await place.run(['dead-letters', 'replay', ...args], FINE);
  assert.deepEqual([stateless.code, stateless.stderr.includes('name a folder with --state')], [2, true]);
  const done = await place.run(['dead-letters', 'replay', ...args, '--state', 'replays'], FINE);
  assert.deepEqual(done, { code: 0, stdout: '', stderr: `${lost} rows of job-1 replayed\n` });
  assert.deepEqual(idsIn(place, 'out.jsonl'), numbers(1, ROWS));
  assert.match(
    (await place.run(['dead-letters', 'list', ...args, '--state', 'replays'], FINE)).stderr,
    new RegExp(`^${lost} dead letters, ${lost} replayed\n`),
  );
});

test('a statement that has changed is not replayed; options of its model may change', async context => {
  const place = await failed(context);
  const lost = letters(place).length;
  place.write('pipeline.sql', pipeline({ query: 'INSERT INTO answers SELECT id + 1, ML_PREDICT(MODEL m, id) FROM ids' }));
  const refused = await replay(place);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, new RegExp(`^error\\[STATE_MISMATCH\\]: the script has no statement that made these ${lost} dead letters`));
  place.write('pipeline.sql', pipeline().replace("'to {{id}}'", "'now {{id}}'"));
  assert.equal((await replay(place)).code, 0);
  assert.equal(place.lines('out.jsonl').filter(line => line.includes('"now ')).length, lost);
});

test('rows are not replayed through a statement that would give another answer for them alone', async context => {
  const counts = jsonTable('counts', 'answer STRING, n BIGINT', 'counts.jsonl');
  const query = `${counts}INSERT INTO counts SELECT answer, n FROM (SELECT answer, COUNT(*) AS n FROM (SELECT ML_PREDICT(MODEL m, id) AS answer FROM ids) GROUP BY answer)`;
  const place = await failed(context, `SET 'execution.runtime-mode' = 'BATCH';\n${pipeline({ query })}`);
  const refused = await replay(place);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^error\[UNSUPPORTED\]: rows cannot be replayed through an aggregation: it needs all rows/);
  assert.deepEqual(place.names('failed.jsonl.replay'), []);
});

test('a replay that is killed anywhere is completed by the next one, and no row is written twice', { timeout: 120_000 }, async context => {
  const place = await failed(context, pipeline({ latency: '40 ms' }));
  let kills = 0;
  for (let wait = 250; kills < 4; wait += 60) {
    const running = place.start(['dead-letters', 'replay', 'failed.jsonl', '--script', 'pipeline.sql'], FINE);
    await new Promise(done => setTimeout(done, wait));
    running.signal('SIGKILL');
    await running.ended;
    kills++;
  }
  assert.equal((await replay(place)).code, 0);
  assert.deepEqual(idsIn(place, 'out.jsonl'), numbers(1, ROWS));
  assert.equal((await replay(place)).stderr, 'there is nothing to replay\n');
});

test('what is wrong with the command line or the dead letters is told with the next step', async context => {
  const place = workplace(context);
  const cases: readonly [readonly string[], RegExp][] = [
    [['list'], /^error\[USAGE\]: no dead letters are named\n.*name a file, or a table with --table/],
    [['list', 'a.jsonl', '--table', 'b'], /^error\[USAGE\]: dead letters are named twice/],
    [['list', '--table', 'b'], /^error\[USAGE\]: nothing says what the table "b" is\n.*--script/],
    [['list', 'kafka:b'], /^error\[UNSUPPORTED\]: this build has no connector "kafka"/],
    [['list', 'nowhere.jsonl'], /^error\[FILE_NOT_FOUND\]/],
    [['show', 'empty.jsonl'], /^error\[USAGE\]: no dead letter is named/],
    [['show', 'empty.jsonl', 'x'], /^error\[USAGE\]: there is no dead letter "x"/],
    [['list', 'table:b', '--script', 'other.sql'], /^error\[UNKNOWN_TABLE\]: dead letters are to be in "b", which is no table/],
    [['replay', 'table:a', '--script', 'other.sql', '--state', 's'], /^error\[UNKNOWN_COLUMN\]: table "a" has no column "id"/],
    [['replay', 'empty.jsonl', '--id', 'x', '--script', 'other.sql'], /^error\[USAGE\]: there is no dead letter "x"/],
    [['list', 'table:a', '--script', 'broken.sql'], /^error\[SYNTAX\]/],
  ];
  place.write('empty.jsonl', '');
  place.write('other.sql', jsonTable('a', 'n INT', 'empty.jsonl'));
  place.write('broken.sql', 'CREATE TABLE;');
  for (const [args, expected] of cases) {
    const { code, stderr } = await place.run(['dead-letters', ...args]);
    assert.match(stderr, expected);
    assert.equal(code, 2, args.join(' '));
  }
});
