import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { openAiSimulatorOptions, startOpenAiSimulator, type OpenAiSimulator } from 'millrace/testing';
import { idLines, idsIn, jsonTable, numbers, workplace, type Workplace } from './workplace.js';

async function simulator(test: TestContext, latency: string): Promise<OpenAiSimulator> {
  const service = await startOpenAiSimulator(openAiSimulatorOptions.parse({ latency }));
  test.after(() => service.close());
  return service;
}

const WATCHED = jsonTable('ids', 'id INT', 'in', { 'source.monitor-interval': '20 ms' });

/** A job that copies a folder for as long as it is let, with a statement behind it. */
function watching(place: Workplace): void {
  place.write('in/a.jsonl', idLines(1, 50));
  place.write(
    'watch.sql',
    `${WATCHED}${jsonTable('copy', 'id INT', 'copy/')}INSERT INTO copy SELECT id FROM ids;\nSELECT 'ready' AS word;\n`,
  );
}

/** The same, by way of a model of which `calls` run at once. */
function answering(place: Workplace, { url, calls }: { readonly url: string; readonly calls: number }): void {
  place.write('in/a.jsonl', idLines(1, 50));
  place.write(
    'answer.sql',
    `${WATCHED}${jsonTable('answers', 'id INT, answer STRING', 'answers/')}
CREATE MODEL m INPUT (question STRING) OUTPUT (answer STRING)
WITH ('provider' = 'openai', 'endpoint' = '${url}', 'api-key' = 'any', 'model' = 'gpt-4o-mini', 'max-concurrent-requests' = '${calls}');
INSERT INTO answers SELECT id, ML_PREDICT(MODEL m, 'number ' || CAST(id AS STRING)) FROM ids;
`,
  );
}

const OFTEN = ['--set', 'execution.checkpointing.interval=20 ms'];
const STOPPING = 'stopping: rows in flight are finished; press Ctrl-C again to end at once\n';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal}: what was read is written, later statements have run, and the exit code is 0`, async context => {
    const place = workplace(context);
    watching(place);
    const run = place.start(['run', '-f', 'csv', ...OFTEN, 'watch.sql']);
    await run.until(() => run.stdout.includes('ready') && idsIn(place, 'copy').length === 50);
    run.signal(signal);
    const { code, stdout, stderr } = await run.ended;
    assert.deepEqual(
      { code, stdout, stderr: place.masked(stderr) },
      { code: 0, stdout: 'word\nready\n', stderr: `${STOPPING}51 rows in, 51 rows out in N ms (N rows/s)\n` },
    );
    assert.deepEqual(idsIn(place, 'copy'), numbers(1, 50));
    assert.ok(
      place.names('copy').every(name => name.startsWith('part-')),
      place.names('copy').join(' '),
    );
  });

  test(`${signal} with --state: the next start goes on, and every row is there once`, async context => {
    const place = workplace(context);
    watching(place);
    const args = ['run', '-q', '--state', 'state', ...OFTEN, 'watch.sql'];
    for (let round = 1; round <= 3; round++) {
      const run = place.start(args);
      await run.until(() => idsIn(place, 'copy').length >= 50 * round);
      // Whether these are read before the signal is open; that they are read once is not.
      place.write(`in/new-${round}.jsonl`, idLines(round * 100, round * 100 + 39));
      appendFileSync(place.file('in/a.jsonl'), idLines(round * 1_000, round * 1_000 + 9));
      run.signal(signal);
      const { code, stderr } = await run.ended;
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    }
    const last = place.start(args);
    await last.until(() => idsIn(place, 'copy').length >= 200);
    last.signal(signal);
    assert.equal((await last.ended).code, 0);
    const added = [100, 200, 300].flatMap(from => numbers(from, from + 39));
    const appended = [1_000, 2_000, 3_000].flatMap(from => numbers(from, from + 9));
    assert.deepEqual(idsIn(place, 'copy'), [...numbers(1, 50), ...added, ...appended]);
  });
}

test('SIGINT while a model is asked: every row that was read gets its answer', async context => {
  const place = workplace(context);
  const service = await simulator(context, '400 ms');
  answering(place, { url: service.url, calls: 25 });
  const run = place.start(['run', 'answer.sql']);
  await run.until(() => service.stats().inFlight === 25);
  run.signal('SIGINT');
  const { code, stderr } = await run.ended;
  assert.equal(code, 0);
  assert.match(
    place.masked(stderr),
    /^stopping: .*\n50 rows in, 50 rows out in .*\nmodel m: 50 rows, 50 calls, \d+ tokens in, \d+ out, \$[\d.]+, p50 /,
  );
  assert.deepEqual(idsIn(place, 'answers'), numbers(1, 50));
  assert.equal(service.stats().requests, 50);
});

test('SIGINT with --state while a model is asked: the rest is asked by the next start, and nothing is paid twice', async context => {
  const place = workplace(context);
  const service = await simulator(context, '400 ms');
  answering(place, { url: service.url, calls: 10 });
  const args = ['run', '--state', 'state', ...OFTEN, 'answer.sql'];
  const first = place.start(args);
  await first.until(() => service.stats().inFlight === 10);
  first.signal('SIGINT');
  const { code, stderr } = await first.ended;
  assert.equal(code, 0);
  assert.match(stderr, /^stopping: rows that wait are kept in "state"; press Ctrl-C again to end at once\n50 rows in, /);
  assert.doesNotMatch(stderr, /failed|INTERRUPTED/);
  const asked = service.stats().requests;
  assert.ok(asked < 50, `${asked} calls`);
  const second = place.start(args);
  await second.until(() => idsIn(place, 'answers').length === 50);
  second.signal('SIGINT');
  assert.equal((await second.ended).code, 0);
  assert.deepEqual(idsIn(place, 'answers'), numbers(1, 50));
  const { requests, repeatedInputs } = service.stats();
  assert.deepEqual({ requests, repeatedInputs }, { requests: 50, repeatedInputs: 0 });
});

/** The second signal, and the exit code that shells know it by. */
const HASTY = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

for (const [signal, expected] of HASTY) {
  test(`a second signal, ${signal}, ends the process at once`, async context => {
    const place = workplace(context);
    const service = await simulator(context, '1 min');
    answering(place, { url: service.url, calls: 10 });
    const run = place.start(['run', 'answer.sql']);
    await run.until(() => service.stats().inFlight === 10);
    run.signal('SIGINT');
    await run.until(() => run.stderr.includes('stopping'));
    run.signal(signal);
    const { code, stderr } = await run.ended;
    assert.deepEqual({ code, stderr }, { code: expected, stderr: STOPPING });
  });
}

test('SIGINT in a bounded job: the rows so far are written, and the statements behind it do not run', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 10_000));
  const script = `${jsonTable('ids', 'id INT', 'ids.jsonl', { 'scan.rows-per-second': '1000' })}${jsonTable('copy', 'id INT', 'copy/')}INSERT INTO copy SELECT id FROM ids;\nSELECT 'done' AS word;\n`;
  const run = place.start(['run', '-q', ...OFTEN, '-e', script]);
  await run.until(() => idsIn(place, 'copy').length > 0);
  run.signal('SIGINT');
  assert.deepEqual(await run.ended, { code: 0, stdout: '', stderr: '' });
  const ids = idsIn(place, 'copy');
  assert.ok(ids.length < 10_000);
  assert.deepEqual(ids, numbers(1, ids.length));
});

test('SIGINT ends a SELECT over a stream: its rows are complete lines', async context => {
  const place = workplace(context);
  const numbersTable = `CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000000');`;
  const run = place.start(['run', '-q', '-f', 'jsonl', '-e', `${numbersTable} SELECT id FROM numbers`]);
  await run.until(() => run.stdout.length > 0);
  run.signal('SIGINT');
  const { code, stdout, stderr } = await run.ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(stdout, idLines(1, stdout.split('\n').length - 1));
});

test('a stream of datagen goes on where it was', async context => {
  const place = workplace(context);
  const script = `CREATE TABLE numbers (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000000');\n${jsonTable('copy', 'id INT', 'copy/')}INSERT INTO copy SELECT id FROM numbers;\n`;
  for (let round = 0; round < 3; round++) {
    const before = idsIn(place, 'copy').length;
    const run = place.start(['run', '-q', '--state', 'state', ...OFTEN, '-e', script]);
    await run.until(() => idsIn(place, 'copy').length > before);
    run.signal('SIGTERM');
    assert.deepEqual(await run.ended, { code: 0, stdout: '', stderr: '' });
  }
  const ids = idsIn(place, 'copy');
  assert.deepEqual(ids, numbers(1, ids.length));
});
