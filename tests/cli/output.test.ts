import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAiSimulatorOptions, startOpenAiSimulator } from 'millrace/testing';
import { idLines, idsIn, jsonTable, numbers, workplace } from './workplace.js';

/** A table that gives 1, 2, 3 … for longer than any test. */
const LONG = `CREATE TABLE numbers (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '5000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000000');\n`;

/** Readers that leave after the first line; bash tells how millrace ended. */
const LEAVING: readonly { readonly args: readonly string[]; readonly first: RegExp }[] = [
  { args: ['run', '-f', 'jsonl', '-e', `${LONG}SELECT id FROM numbers`], first: /^\{"id":1\}\n$/ },
  { args: ['run', '-f', 'table', '-e', `${LONG}SELECT id FROM numbers`], first: /^ *id\n$/ },
  {
    args: ['run', '-e', `${LONG}CREATE TABLE seen (id INT) WITH ('connector' = 'print'); INSERT INTO seen SELECT id FROM numbers`],
    first: /^\+I\[1\]\n$/,
  },
];

for (const { args, first } of LEAVING) {
  test(`| head -1 ends quietly: ${args.at(-1)!.split(';').at(-1)!.trim()} as ${args[2]}`, async context => {
    const { code, stdout, stderr } = await workplace(context).run(args, { shell: '"$@" | head -1; exit "${PIPESTATUS[0]}"' });
    assert.equal(code, 0);
    assert.match(stdout, first);
    assert.equal(stderr, '');
  });
}

test('| head of a query over a paid model ends its calls; what else the script does is finished', async context => {
  const place = workplace(context);
  const service = await startOpenAiSimulator(openAiSimulatorOptions.parse({ latency: '100 ms' }));
  context.after(() => service.close());
  place.write('ids.jsonl', idLines(1, 2_000));
  place.write(
    'both.sql',
    `${jsonTable('ids', 'id INT', 'ids.jsonl')}${jsonTable('watched', 'id INT', 'ids.jsonl', { 'source.monitor-interval': '20 ms' })}${jsonTable('copy', 'id INT', 'copy/')}
CREATE MODEL m INPUT (question STRING) OUTPUT (answer STRING)
WITH ('provider' = 'openai', 'endpoint' = '${service.url}', 'api-key' = 'any', 'model' = 'gpt-4o-mini', 'max-concurrent-requests' = '5');
INSERT INTO copy SELECT id FROM watched;
SELECT id, ML_PREDICT(MODEL m, CAST(id AS STRING)) FROM ids;
`,
  );
  const { code, stdout, stderr } = await place.run(['run', '-f', 'jsonl', 'both.sql'], {
    shell: '"$@" | head -1; exit "${PIPESTATUS[0]}"',
  });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.match(stdout, /^\{"id":1,/);
  assert.ok(service.stats().requests < 200, `${service.stats().requests} calls`);
  assert.deepEqual(idsIn(place, 'copy'), numbers(1, 2_000));
});

test('a reader that leaves before the plan is printed', async context => {
  const { code, stderr } = await workplace(context).run(['explain', '-e', 'SELECT 1 AS n'], {
    shell: '"$@" | true; exit "${PIPESTATUS[0]}"',
  });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});

test('nobody has to read stderr', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 100));
  const script = `${jsonTable('ids', 'id INT', 'ids.jsonl')}${jsonTable('copy', 'id INT', 'copy/')}SET 'state.backend.type' = 'x'; INSERT INTO copy SELECT id FROM ids`;
  const { code } = await place.run(['run', '-e', script], { shell: '"$@" 2>&1 >/dev/null | true; exit "${PIPESTATUS[0]}"' });
  assert.equal(code, 0);
  assert.deepEqual(idsIn(place, 'copy'), numbers(1, 100));
});

test('rows and messages of a long result are complete', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 100_000));
  const { code, stdout } = await place.run(['run', '-f', 'jsonl', '-e', `${jsonTable('ids', 'id INT', 'ids.jsonl')}SELECT id FROM ids`], {
    shell: '"$@" | (sleep 0.3; cat); exit "${PIPESTATUS[0]}"',
  });
  assert.equal(code, 0);
  assert.equal(stdout, idLines(1, 100_000));
});

test('the summary adds up: rows, calls, retries, tokens', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 1_200));
  place.write(
    'score.sql',
    `${jsonTable('ids', 'id INT', 'ids.jsonl')}${jsonTable('scored', 'id INT, answer STRING', 'scored/')}
CREATE MODEL judge INPUT (id INT) OUTPUT (answer STRING) WITH ('provider' = 'mock', 'answer' = 'ok');
CREATE MODEL flaky INPUT (id INT) OUTPUT (answer STRING)
WITH ('provider' = 'mock', 'failure-rate' = '1', 'failure.status' = '503', 'retry.initial-delay' = '1 ms', 'max-retries' = '1', 'on-error' = 'skip');
INSERT INTO scored SELECT id, answer FROM ML_PREDICT(TABLE ids, MODEL judge, DESCRIPTOR(id)) WHERE id <= 1000;
INSERT INTO scored SELECT id, answer FROM ML_PREDICT(TABLE ids, MODEL flaky, DESCRIPTOR(id)) WHERE id = 7;
`,
  );
  const { code, stdout, stderr } = await place.run(['run', 'score.sql']);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
  const [rows, judge, flaky, reason] = place.masked(stderr).split('\n');
  assert.equal(rows, '2,400 rows in, 1,000 rows out in N ms (N rows/s)');
  assert.match(judge!, /^model judge: (1,000|1,200) rows, (1,000|1,200) calls, [\d,]+ tokens in, [\d,]+ out, p50 N ms, p99 N ms$/);
  assert.match(flaky!, /^model flaky: (1 row|1,200 rows) \([\d,]+ skipped\), [\d,]+ calls \([\d,]+ (retry|retries)\)$/);
  assert.match(reason!, /^ {2}[\d,]+ × SERVICE_ERROR: /);
});

test('a job that is done is not run again, and says so', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 3));
  place.write(
    'copy.sql',
    `${jsonTable('ids', 'id INT', 'ids.jsonl')}${jsonTable('copy', 'id INT', 'copy.jsonl')}INSERT INTO copy SELECT id FROM ids;\n`,
  );
  const args = ['run', '--state', 'state', 'copy.sql'];
  assert.equal((await place.run(args)).code, 0);
  const again = await place.run(args);
  assert.deepEqual(
    { ...again, stderr: place.masked(again.stderr) },
    {
      code: 0,
      stdout: '',
      stderr:
        'job-1 is done, says its state in "state"; give --state another folder to run it again\n0 rows in, 0 rows out in N ms (N rows/s)\n',
    },
  );
  assert.deepEqual(await place.run([...args, '-q']), { code: 0, stdout: '', stderr: '' });
  assert.deepEqual(idsIn(place, 'copy.jsonl'), [1, 2, 3]);
});

test('the state of another script is refused', async context => {
  const place = workplace(context);
  assert.equal((await place.run(['run', '--state', 'state', '-e', 'SELECT 1 AS n'])).code, 0);
  assert.deepEqual(await place.run(['run', '--state', 'state', '-e', 'SELECT 2 AS n']), {
    code: 2,
    stdout: '',
    stderr: `error[STATE_MISMATCH]: the state in "state/job-1" belongs to another statement
  --> -e:1:1
  1 | SELECT 2 AS n
    | ^^^^^^^^^^^^^ run the script that made it, give another folder to --state, or delete this one to start over
`,
  });
});

test('a state folder is used by one process at a time', async context => {
  const place = workplace(context);
  const script = `CREATE TABLE numbers (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');\nCREATE TABLE gone (id INT) WITH ('connector' = 'blackhole');\nINSERT INTO gone SELECT id FROM numbers;\nSELECT 'ready' AS word;\n`;
  const args = ['run', '-q', '--state', 'state', '-e', script];
  const first = place.start(args);
  await first.until(() => first.stdout.includes('ready'));
  const { code, stdout, stderr } = await place.run(args);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  assert.match(stderr, /^error\[STATE_IN_USE\]: .*state\/job-1/);
  first.signal('SIGINT');
  assert.equal((await first.ended).code, 0);
});
