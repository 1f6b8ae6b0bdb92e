import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idLines, idsIn, jsonTable, numbers, workplace } from './workplace.js';

test('a bounded INSERT is done before the next statement reads its file', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 800));
  place.write(
    'two.sql',
    `${jsonTable('ids', 'id INT', 'ids.jsonl')}${jsonTable('middle', 'id INT', 'middle.jsonl')}${jsonTable('last', 'id INT', 'last.jsonl')}
INSERT INTO middle SELECT id FROM ids WHERE MOD(id, 2) = 0;
INSERT INTO last SELECT id * 10 FROM middle;
SELECT COUNT(*) AS n, MAX(id) AS top FROM last;
`,
  );
  const { code, stdout, stderr } = await place.run(['run', '-f', 'changelog', 'two.sql']);
  assert.deepEqual(
    { code, stdout, stderr: place.masked(stderr) },
    { code: 0, stdout: '+I[400, 8000]\n', stderr: '1,600 rows in, 801 rows out in N ms (N rows/s)\n' },
  );
  assert.deepEqual(idsIn(place, 'last.jsonl').slice(0, 3), [20, 40, 60]);
});

test('the statements of a set run as one job that reads its source once', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 100));
  place.write(
    'set.sql',
    `${jsonTable('ids', 'id INT', 'ids.jsonl')}${jsonTable('low', 'id INT', 'low.jsonl')}${jsonTable('high', 'id INT', 'high.jsonl')}
EXECUTE STATEMENT SET
BEGIN
  INSERT INTO low SELECT id FROM ids WHERE id <= 30;
  INSERT INTO high SELECT id FROM ids WHERE id > 90;
END;
`,
  );
  const { code, stdout, stderr } = await place.run(['run', '--state', 'state', 'set.sql']);
  assert.deepEqual(
    { code, stdout, stderr: place.masked(stderr) },
    { code: 0, stdout: '', stderr: '100 rows in, 40 rows out in N ms (N rows/s)\n' },
  );
  assert.deepEqual(place.names('state'), ['job-1']);
  assert.deepEqual([idsIn(place, 'low.jsonl'), idsIn(place, 'high.jsonl')], [numbers(1, 30), numbers(91, 100)]);
});

test('jobs over streams run beside each other and beside later statements, until they are stopped', async context => {
  const place = workplace(context);
  place.write('in/a.jsonl', idLines(1, 20));
  place.write(
    'beside.sql',
    `${jsonTable('ids', 'id INT', 'in', { 'source.monitor-interval': '20 ms' })}${jsonTable('first', 'id INT', 'first/')}${jsonTable('negated', 'id INT', 'negated/')}${jsonTable('file', 'id INT', 'in/a.jsonl')}
INSERT INTO first SELECT id FROM ids;
INSERT INTO negated SELECT -id FROM ids;
SELECT COUNT(*) AS n FROM file;
`,
  );
  const run = place.start(['run', '-f', 'changelog', '--set', 'execution.checkpointing.interval=20 ms', 'beside.sql']);
  await run.until(() => idsIn(place, 'first').length === 20 && idsIn(place, 'negated').length === 20 && run.stdout.length > 0);
  assert.equal(run.stdout, '+I[20]\n');
  place.write('in/b.jsonl', idLines(21, 30));
  await run.until(() => idsIn(place, 'first').length === 30 && idsIn(place, 'negated').length === 30);
  run.signal('SIGINT');
  const { code, stderr } = await run.ended;
  assert.equal(code, 0);
  assert.match(place.masked(stderr), /\n80 rows in, 61 rows out in N ms \(N rows\/s\)\n$/);
});

test('a stream that fails ends the run, and its own statement is named', async context => {
  const place = workplace(context);
  place.write('in/a.jsonl', idLines(1, 20));
  place.write('broken/a.jsonl', '');
  place.write(
    'streams.sql',
    `${jsonTable('ids', 'id INT', 'in', { 'source.monitor-interval': '20 ms' })}${jsonTable('broken', 'id INT', 'broken', { 'source.monitor-interval': '20 ms' })}${jsonTable('first', 'id INT', 'first/')}
INSERT INTO first SELECT id FROM broken;
INSERT INTO first SELECT id FROM ids;
`,
  );
  const run = place.start(['run', 'streams.sql', '-e', "SELECT 'ready' AS word; INSERT INTO first SELECT id + 1 FROM ids"]);
  await run.until(() => run.stdout.includes('ready'));
  place.write('broken/b.jsonl', 'no JSON\n');
  const { code, stderr } = await run.ended;
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error\[MALFORMED_RECORD\]: .*\n.*\n {2}at table "broken", .*split "b.jsonl", line 1\n {2}= in the statement at streams.sql:5:1\n$/,
  );
});

test('a mistake behind a stream ends the run with exit code 2', async context => {
  const place = workplace(context);
  place.write('in/a.jsonl', idLines(1, 20));
  const script = `${jsonTable('ids', 'id INT', 'in', { 'source.monitor-interval': '20 ms' })}${jsonTable('first', 'id INT', 'first/')}INSERT INTO first SELECT id FROM ids;\nSELECT idd FROM ids;\n`;
  const { code, stdout, stderr } = await place.run(['run', '-e', script]);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  assert.match(stderr, /^error\[UNKNOWN_COLUMN\]: table "ids" has no column "idd"\n {2}--> -e:4:8\n/);
});

test('a table replayed at a rate keeps to it over all its files', async context => {
  const place = workplace(context);
  for (const file of numbers(1, 4)) place.write(`in/${file}.jsonl`, idLines(file * 100, file * 100 + 99));
  const script = `SET 'parallelism.default' = '4';\n${jsonTable('ids', 'id INT', 'in', { 'scan.rows-per-second': '400' })}${jsonTable('copy', 'id INT', 'copy/')}INSERT INTO copy SELECT id FROM ids;\n`;
  const { code, stderr } = await place.run(['run', '-e', script]);
  assert.equal(code, 0);
  // Slower is a busy machine; faster is a rate that each file has for itself.
  const rate = Number(/\(([\d,]+) rows\/s\)/.exec(stderr)![1]!.replace(',', ''));
  assert.ok(rate <= 650, `${rate} rows/s`);
});
