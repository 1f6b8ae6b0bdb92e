import assert from 'node:assert/strict';
import { accessSync, chmodSync, constants, existsSync, mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { idLines, idsIn, jsonTable, numbers, workplace, type CommandOptions, type Ended, type Workplace } from './workplace.js';

/** How a run ended, with the parts that differ from run to run masked. */
async function run(place: Workplace, args: readonly string[], options?: CommandOptions): Promise<Ended> {
  const ended = await place.run(args, options);
  return { ...ended, stderr: place.masked(ended.stderr) };
}

/** A script that copies `ids.jsonl` to a path. */
function copyTo(path: string): string {
  return `${jsonTable('ids', 'id INT', 'ids.jsonl')}${jsonTable('copy', 'id INT', path)}INSERT INTO copy SELECT id FROM ids;\n`;
}

test('an input file that is not there', async context => {
  const place = workplace(context);
  place.write('copy.sql', copyTo('copy.jsonl'));
  assert.deepEqual(await run(place, ['run', 'copy.sql']), {
    code: 2,
    stdout: '',
    stderr: `error[FILE_NOT_FOUND]: path "FOLDER/ids.jsonl" does not exist
  = relative paths start at "FOLDER"
  at table "ids", operator Source (source-1)
  = in the statement at copy.sql:3:1
`,
  });
  assert.deepEqual(place.names(), ['copy.sql']);
});

test('a malformed record: file, line, and what can be done; nothing is written', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', `${idLines(1, 2)}{"id":3\n${idLines(4, 5)}`);
  place.write('copy.sql', copyTo('copy.jsonl'));
  assert.deepEqual(await run(place, ['run', 'copy.sql']), {
    code: 1,
    stdout: '',
    stderr: `error[MALFORMED_RECORD]: the record is not JSON: expected "," or "}" at character 8, the record ends: {"id":3
  = correct the record, or set ignore-parse-errors of the format
  at table "ids", operator Source (source-1), split "ids.jsonl", line 3
  = in the statement at copy.sql:3:1
`,
  });
  assert.equal(place.exists('copy.jsonl'), false);
});

test('a value of another type, in a file of a folder', async context => {
  const place = workplace(context);
  place.write('in/a.jsonl', idLines(1, 2));
  place.write('in/b.jsonl', `${idLines(3, 3)}{"id":"four"}\n`);
  const { code, stdout, stderr } = await run(place, [
    'run',
    '-e',
    `${jsonTable('ids', 'id INT', 'in')}SELECT id FROM ids`,
    '-f',
    'changelog',
  ]);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '+I[1]\n+I[2]\n' });
  assert.equal(
    stderr,
    `error[MALFORMED_RECORD]: column "id" is "four", which is no INT: {"id":"four"}
  = correct the record, or set ignore-parse-errors of the format
  at table "ids", operator Source (source-1), split "b.jsonl", line 2
  = in the statement at -e:2:1
`,
  );
});

test('ignore-parse-errors passes over malformed records, and the summary counts them', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', `${idLines(1, 2)}{"id":3\n3 4\n${idLines(5, 5)}`);
  const table = jsonTable('ids', 'id INT', 'ids.jsonl', { 'json.ignore-parse-errors': 'true' });
  const { code, stdout, stderr } = await run(place, ['run', '-f', 'changelog', '-e', `${table} SELECT id FROM ids`]);
  assert.deepEqual({ code, stdout }, { code: 0, stdout: '+I[1]\n+I[2]\n+I[5]\n' });
  assert.match(stderr, /^3 rows in, 3 rows out in N ms \(N rows\/s\), 2 records skipped\n$/);
});

test('with --state, a job goes on once the malformed record is mended: every row is there once', async context => {
  const place = workplace(context);
  place.write('in/a.jsonl', idLines(1, 2_000));
  place.write('in/b.jsonl', `${idLines(2_001, 2_500)}{"id":\n${idLines(2_502, 4_000)}`);
  place.write(
    'copy.sql',
    `${jsonTable('ids', 'id INT', 'in')}${jsonTable('copy', 'id INT', 'copy/')}INSERT INTO copy SELECT id FROM ids;\n`,
  );
  const args = ['run', '-q', '--state', 'state', '--set', 'execution.checkpointing.interval=1 ms', 'copy.sql'];
  const failed = await run(place, args);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /split "b.jsonl", line 501\n/);
  place.write('in/b.jsonl', idLines(2_001, 4_000));
  assert.deepEqual(await run(place, args), { code: 0, stdout: '', stderr: '' });
  assert.deepEqual(idsIn(place, 'copy'), numbers(1, 4_000));
});

test('a value that cannot be converted names the statement', async context => {
  const place = workplace(context);
  place.write('cast.sql', "SELECT 1 AS n;\n\nSELECT CAST(word AS INT) AS n\nFROM (VALUES ('1'), ('two')) AS words (word);\n");
  const { code, stdout, stderr } = await run(place, ['run', '-f', 'changelog', 'cast.sql']);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '+I[1]\n' });
  assert.match(
    stderr,
    /^error\[INVALID_VALUE\]: .*\n {2}= use TRY_CAST, or filter such rows out\n {2}at operator .*\n {2}= in the statement at cast.sql:3:1\n$/,
  );
});

test('an output below a file', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 3));
  place.write('taken', '');
  for (const path of ['taken/copy/', 'taken/copy.jsonl']) {
    const { code, stdout, stderr } = await run(place, ['run', '-e', copyTo(path)]);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.equal(
      stderr,
      `error[IO]: cannot write "FOLDER/${path.replace(/\/$/, '')}": a part of the path is a file, not a folder
  = correct the path
  at table "copy", operator Sink (sink-2)
  = in the statement at -e:3:1
`,
    );
  }
});

test('an output folder that may not be written to', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 3));
  const { code, stdout, stderr } = await run(place, ['run', '-e', copyTo(`${lockedFolder(place)}/copy/`)]);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  assert.match(
    stderr,
    /^error\[IO\]: cannot write ".*\/copy": (permission denied|the operation is not permitted|the file system is read-only)\n {2}= /,
  );
  assert.match(stderr, /\n {2}at table "copy", operator Sink \(sink-2\)\n/);
});

/** A folder that this user cannot write to: root can, except in the kernel's own. */
function lockedFolder(place: Workplace): string {
  const folder = place.file('locked');
  mkdirSync(folder);
  chmodSync(folder, 0o555);
  try {
    accessSync(folder, constants.W_OK);
    return '/sys';
  } catch {
    return folder;
  }
}

/** Files may have 64 KiB. */
const SMALL_DISK = { shell: 'ulimit -f 64; exec "$@"' };

for (const [path, hidden] of [
  ['copy/', 'copy/.part-ID.inprogress'],
  ['copy.jsonl', '.copy.jsonl.part-ID.inprogress'],
] as const) {
  test(`a disk that takes no more of ${path}: table and reason; no rows and no leftovers`, async context => {
    const place = workplace(context);
    place.write('ids.jsonl', idLines(1, 50_000));
    place.write('copy.sql', copyTo(path));
    assert.deepEqual(await run(place, ['run', 'copy.sql'], SMALL_DISK), {
      code: 1,
      stdout: '',
      stderr: `error[IO]: cannot write "FOLDER/${hidden}": the file would be larger than the limit
  = raise the limit, or lower 'sink.rolling-policy.file-size'
  at table "copy", operator Sink (sink-2)
  = in the statement at copy.sql:3:1
`,
    });
    assert.deepEqual([...place.names(), ...place.names('copy')], ['copy', 'copy.sql', 'ids.jsonl'].slice(path === 'copy/' ? 0 : 1));
  });

  test(`with --state, the job over ${path} goes on when there is room again: every row is there once`, async context => {
    const place = workplace(context);
    place.write('ids.jsonl', idLines(1, 50_000));
    place.write('copy.sql', copyTo(path));
    const args = ['run', '-q', '--state', 'state', '--set', 'execution.checkpointing.interval=5 ms', 'copy.sql'];
    assert.equal((await run(place, args, SMALL_DISK)).code, 1);
    assert.deepEqual(await run(place, args), { code: 0, stdout: '', stderr: '' });
    assert.deepEqual(idsIn(place, path), numbers(1, 50_000));
  });
}

test('a state folder that cannot be one', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 3));
  place.write('taken', '');
  const { code, stdout, stderr } = await run(place, ['run', '--state', 'taken', '-e', copyTo('copy/')]);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  assert.match(
    stderr,
    /^error\[IO\]: the state folder "taken\/job-1" cannot be opened: .*\n {2}= check that it can be written to and that the disk is not full\n$/,
  );
});

test('a disk that takes no more state: one message, and the job goes on when there is room again', async context => {
  const place = workplace(context);
  place.write('ids.jsonl', idLines(1, 20_000));
  // The groups are the state: far more than the limit.
  const script = `${jsonTable('ids', 'id INT', 'ids.jsonl')}CREATE TABLE seen (word STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO seen SELECT REPEAT('x', 100) || CAST(id AS STRING), COUNT(*) FROM ids GROUP BY id;\n`;
  const args = ['run', '-q', '--state', 'state', '--set', 'execution.checkpointing.interval=5 ms', '-e', script];
  const { code, stderr } = await run(place, args, SMALL_DISK);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /(^|\n)error\[IO\]: the state in "state\/job-1" cannot be saved: .*\n {2}= check that the disk is not full; started again, the job goes on from its last checkpoint\n$/,
  );
  assert.equal((await run(place, args)).code, 0);
});

/** What fills a disk through stdout. */
const WRITERS: readonly (readonly string[])[] = [
  ['run', '-f', 'table', '-e', 'SELECT 1 AS n'],
  ['run', '-f', 'csv', '-e', 'SELECT 1 AS n'],
  ['run', '-e', 'SHOW TABLES'],
  ['explain', '-e', 'SELECT 1 AS n'],
  ['--help'],
];

for (const args of WRITERS) {
  test(
    `a full disk behind stdout: ${args.join(' ')}`,
    { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' },
    async context => {
      const { code, stderr } = await workplace(context).run(args, { shell: 'exec "$@" > /dev/full' });
      assert.equal(code, 1);
      assert.match(stderr, /^error\[IO\]: cannot write "stdout": no space is left on the disk\n {2}= free some space/);
      assert.doesNotMatch(stderr, /\n {4}at /);
    },
  );
}
