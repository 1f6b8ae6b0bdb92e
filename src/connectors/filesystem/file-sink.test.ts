import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { batchOfRows, type Batch, type Value } from '../../spec/batch.js';
import type { Sink, SinkWriter } from '../../spec/connector.js';
import { BIGINT, STRING, type Field } from '../../spec/data-type.js';
import { bar } from '../../testing/bar-format.js';
import { sinkContract } from '../../testing/sink-contract.js';
import { formatPair, tableContext } from '../../testing/table-context.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { filesystem } from './filesystem-connector.js';
import type { PartFiles } from './folder-sink.js';
import type { SideFile } from './single-file-sink.js';
import { hasEnded, thisProcess } from './writer-process.js';

const FIELDS: readonly Field[] = [
  { name: 'n', type: BIGINT },
  { name: 'text', type: STRING },
];

type Options = Readonly<Record<string, string>>;

function openSink({
  path,
  options,
  format,
}: {
  readonly path: string;
  readonly options?: Options;
  readonly format?: Options;
}): Promise<Sink> {
  return Promise.resolve(
    filesystem.createSink!(tableContext({ connector: filesystem, options: { path, ...options }, fields: FIELDS }), formatPair(bar, format)),
  );
}

function rows(...values: readonly Value[][]): Batch {
  return batchOfRows(FIELDS, values);
}

const BATCHES: readonly [Batch, Batch] = [rows([1, 'one'], [2, 'zwei é']), rows([3, 'three'], [4, null])];

function linesOf(batch: Batch): string[] {
  return formatPair(bar).createEncoder(FIELDS).encode(batch);
}

/** The lines of all visible files, those of one file together. */
async function visibleLines(folder: string): Promise<string[]> {
  const names = await namesIn(folder, 'visible');
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
  return texts.flatMap(text => text.split('\n')).filter(line => line !== '' && !line.startsWith('#'));
}

async function namesIn(folder: string, which: 'visible' | 'hidden'): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(name => name.startsWith('.') === (which === 'hidden')).toSorted();
}

const PLACES: readonly (readonly [what: string, name: string, options: Options, format: Options])[] = [
  ['a folder', 'out', {}, {}],
  ['a folder with small files', 'out', { 'sink.rolling-policy.file-size': '1' }, { header: 'true' }],
  ['one file', 'out/rows.txt', {}, {}],
  ['one file with a header', 'out/rows.csv', {}, { header: 'true' }],
];

for (const [what, name, options, format] of PLACES) {
  sinkContract({
    name: `filesystem, ${what}`,
    visibleBy: 'commit',
    async open() {
      const folder = await temporaryFolder();
      return {
        openSink: () => openSink({ path: join(folder.path, name), options, format }),
        batches: BATCHES,
        visible: () => visibleLines(join(folder.path, 'out')),
        expected: linesOf,
        close: folder.remove,
      };
    },
  });
}

async function folderFor(context: TestContext): Promise<string> {
  const folder = await temporaryFolder();
  context.after(folder.remove);
  return folder.path;
}

/** Writes batches as one job with a commit for each, and gives the committables. */
async function writeAll({
  sink,
  attempt = 'x',
  batches,
}: {
  readonly sink: Sink;
  readonly attempt?: string;
  readonly batches: readonly Batch[];
}): Promise<unknown[]> {
  const writer = await sink.openWriter(attempt);
  const committables: unknown[] = [];
  for (const batch of batches) {
    await writer.write(batch);
    committables.push(await prepareAndCommit(sink, writer));
  }
  await writer.close();
  return committables;
}

async function prepareAndCommit(sink: Sink, writer: SinkWriter<unknown>): Promise<unknown> {
  const committable = await writer.prepareCommit();
  await sink.commit!([committable]);
  return committable;
}

async function errorOf(action: Promise<unknown>): Promise<MillraceError> {
  const thrown: unknown = await action.then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(MillraceError.is(thrown), String(thrown));
  return thrown;
}

test('filesystem sink: part files are named by attempt and number, and hidden until the commit', async context => {
  const path = join(await folderFor(context), 'deep/out');
  const sink = await openSink({ path, options: { 'sink.rolling-policy.file-size': '10 b' } });
  const writer = await sink.openWriter('job 1/a');
  for (const batch of BATCHES) await writer.write(batch);
  assert.deepEqual(await namesIn(path, 'visible'), []);
  assert.equal((await namesIn(path, 'hidden')).length, 2);
  await prepareAndCommit(sink, writer);
  await writer.close();
  assert.deepEqual(await namesIn(path, 'visible'), ['part-job-1-a-0.bar', 'part-job-1-a-1.bar']);
  assert.deepEqual(await namesIn(path, 'hidden'), []);
});

test('filesystem sink: a second run with the same attempt overwrites nothing', async context => {
  const path = await folderFor(context);
  for (const batch of BATCHES) await writeAll({ sink: await openSink({ path }), batches: [batch] });
  assert.deepEqual(await namesIn(path, 'visible'), ['part-x-0.bar', 'part-x-1.bar']);
  assert.deepEqual((await visibleLines(path)).toSorted(), BATCHES.flatMap(linesOf).toSorted());
});

test('filesystem sink: a prepared part file that was removed is an error', async context => {
  const path = await folderFor(context);
  const sink = await openSink({ path });
  const writer = await sink.openWriter('x');
  await writer.write(BATCHES[0]);
  const committable = (await writer.prepareCommit()) as PartFiles;
  for (const name of await namesIn(path, 'hidden')) await rm(join(path, name));
  const error = await errorOf(sink.commit!([committable]));
  assert.equal(error.code, 'IO');
  assert.match(error.message, /was removed before it was committed/);
});

test('filesystem sink: one file keeps what stands in it, and starts on a line of its own', async context => {
  const path = join(await folderFor(context), 'rows.txt');
  await writeFile(path, '0|zero');
  await writeAll({ sink: await openSink({ path }), batches: BATCHES });
  assert.equal(await readFile(path, 'utf8'), ['0|zero', ...BATCHES.flatMap(linesOf), ''].join('\n'));
});

test('filesystem sink: the header of one file is written once', async context => {
  const path = join(await folderFor(context), 'rows.csv');
  const format = { header: 'true' };
  await writeAll({ sink: await openSink({ path, format }), batches: BATCHES });
  await writeAll({ sink: await openSink({ path, format }), attempt: 'y', batches: [rows([5, 'five'])] });
  assert.equal(await readFile(path, 'utf8'), ['#n|text', ...BATCHES.flatMap(linesOf), '5|five', ''].join('\n'));
});

test('filesystem sink: what stands at a path decides what it is', async context => {
  const folder = await folderFor(context);
  await mkdir(join(folder, 'folder.csv'));
  await writeFile(join(folder, 'file'), '');
  for (const name of ['folder.csv', 'file', 'new.JSONL', 'new.json/', 'new'])
    await writeAll({ sink: await openSink({ path: `${folder}/${name}` }), batches: [BATCHES[0]] });
  assert.deepEqual(await visibleLines(join(folder, 'folder.csv')), linesOf(BATCHES[0]));
  assert.deepEqual(await visibleLines(join(folder, 'new')), linesOf(BATCHES[0]));
  assert.deepEqual(await visibleLines(join(folder, 'new.json')), linesOf(BATCHES[0]));
  for (const name of ['file', 'new.JSONL']) assert.equal(await readFile(join(folder, name), 'utf8'), `${linesOf(BATCHES[0]).join('\n')}\n`);
});

test('filesystem sink: paths that rows cannot go to are refused', async () => {
  for (const path of ['/tmp/*.txt', '/tmp/a.jsonl.gz', 'hdfs://a/b'])
    await assert.rejects(async () => openSink({ path }), { code: 'INVALID_OPTION' });
});

/** A copy into the target that was stopped after some bytes, as a killed process leaves it. */
async function tornCopy(path: string, bytes: number): Promise<SideFile> {
  const sink = await openSink({ path });
  const writer = await sink.openWriter('torn');
  await writer.write(BATCHES[1]);
  const committable = (await writer.prepareCommit()) as SideFile;
  const folder = join(path, '..');
  const content = await readFile(join(folder, `${committable.name}.inprogress`));
  const { length } = await readFile(path);
  await rm(join(folder, `${committable.name}.inprogress`));
  await writeFile(join(folder, `${committable.name}.at-${length}-0`), content);
  await appendFile(path, content.subarray(0, bytes));
  return committable;
}

for (const who of ['commit', 'recover', 'the next commit of another job']) {
  test(`filesystem sink: a copy that broke off is completed by ${who}`, async context => {
    const path = join(await folderFor(context), 'rows.txt');
    await writeAll({ sink: await openSink({ path }), batches: [BATCHES[0]] });
    const committable = await tornCopy(path, 5);
    const sink = await openSink({ path });
    if (who === 'commit') await sink.commit!([committable]);
    else if (who === 'recover') await sink.recover!([]);
    else await writeAll({ sink, attempt: 'next', batches: [rows([5, 'five'])] });
    const next = who.startsWith('the next') ? ['5|five'] : [];
    assert.equal(await readFile(path, 'utf8'), [...BATCHES.flatMap(linesOf), ...next, ''].join('\n'));
    assert.deepEqual(await namesIn(join(path, '..'), 'hidden'), []);
  });
}

test('filesystem sink: rows of another program in the way of a copy are not overwritten', async context => {
  const path = join(await folderFor(context), 'rows.txt');
  await writeAll({ sink: await openSink({ path }), batches: [BATCHES[0]] });
  const committable = await tornCopy(path, 0);
  await appendFile(path, '9|by hand\n');
  const before = await readFile(path, 'utf8');
  const error = await errorOf((await openSink({ path })).commit!([committable]));
  assert.equal(error.code, 'IO');
  assert.match(error.message, /was changed by another program/);
  assert.equal(await readFile(path, 'utf8'), before);
});

test('filesystem sink: a full disk is an error with path and remedy, and the rows stay for the next try', async context => {
  const folder = await folderFor(context);
  const path = join(folder, 'rows.txt');
  await symlink('/dev/full', path);
  const sink = await openSink({ path });
  const writer = await sink.openWriter('x');
  await writer.write(BATCHES[0]);
  const committable = await writer.prepareCommit();
  const error = await errorOf(sink.commit!([committable]));
  assert.equal(error.code, 'IO');
  assert.equal(error.message, `cannot write "${path}": no space is left on the disk`);
  assert.match(error.notes[0]!.message, /free some space/);
  await rm(path);
  await writeFile(path, '');
  await (
    await openSink({ path })
  ).commit!([committable]);
  assert.deepEqual(await visibleLines(folder), linesOf(BATCHES[0]));
});

test('filesystem sink: a path through a file is an error with path and remedy', async context => {
  const folder = await folderFor(context);
  await writeFile(join(folder, 'file'), '');
  for (const name of ['file/out', 'file/rows.txt']) {
    const writer = await (await openSink({ path: join(folder, name) })).openWriter('x');
    const error = await errorOf(Promise.resolve(writer.write(BATCHES[0])));
    assert.equal(error.code, 'IO');
    assert.match(error.message, /^cannot write ".*\/file.*": a /);
    await writer.close();
  }
});

/** A job that prepares and commits the first batch, writes the second one, says so, and waits to be killed. */
const VICTIM = `
import { filesystem } from '${new URL('./filesystem-connector.js', import.meta.url).href}';
import { formatPair, tableContext } from '${new URL('../../testing/table-context.js', import.meta.url).href}';
import { bar } from '${new URL('../../testing/bar-format.js', import.meta.url).href}';
import { batchOfRows } from '${new URL('../../spec/batch.js', import.meta.url).href}';
const fields = [{ name: 'n', type: { kind: 'BIGINT', nullable: true } }, { name: 'text', type: { kind: 'VARCHAR', length: 2147483647, nullable: true } }];
const sink = await filesystem.createSink(tableContext({ connector: filesystem, options: { path: process.argv[1] }, fields }), formatPair(bar));
const writer = await sink.openWriter('victim');
await writer.write(batchOfRows(fields, [[1, 'one'], [2, 'zwei é']]));
const committable = await writer.prepareCommit();
await writer.write(batchOfRows(fields, [[3, 'three'], [4, null]]));
await writer.flush();
console.log(JSON.stringify(committable));
setInterval(() => {}, 1000);
`;

for (const name of ['out', 'out/rows.txt']) {
  test(
    `filesystem sink: a killed process leaves nothing behind in ${name}, and a running one keeps what it has`,
    { timeout: 60_000 },
    async context => {
      const folder = await folderFor(context);
      const path = join(folder, name);
      const victim = spawn(process.execPath, ['--input-type=module', '-e', VICTIM, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      context.after(() => victim.kill('SIGKILL'));
      const [output] = (await once(victim.stdout, 'data')) as [Buffer];
      const committable: unknown = JSON.parse(output.toString());
      const sink = await openSink({ path });
      await sink.recover!([]);
      assert.equal((await namesIn(join(folder, 'out'), 'hidden')).length, 2);
      victim.kill('SIGKILL');
      await once(victim, 'exit');
      await sink.commit!([committable]);
      await sink.recover!([committable]);
      assert.deepEqual(await visibleLines(join(folder, 'out')), linesOf(BATCHES[0]));
      assert.deepEqual(await namesIn(join(folder, 'out'), 'hidden'), []);
    },
  );
}

test('filesystem sink: a process is told by number, start and machine', () => {
  const [pid, start, machine] = thisProcess().split('-');
  assert.equal(hasEnded(thisProcess()), false);
  assert.equal(hasEnded(`${pid}-0-${machine}`), true);
  assert.equal(hasEnded(`${process.ppid}-${start}-${machine}`), false);
  assert.equal(hasEnded(`${pid}-${start}-elsewhere`), false);
  assert.equal(hasEnded('not a process'), false);
});
