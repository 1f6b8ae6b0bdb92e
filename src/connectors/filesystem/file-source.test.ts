import assert from 'node:assert/strict';
import { appendFile, mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
import type { FormatPair, ReadResult, Source, SplitReader } from '../../spec/connector.js';
import { BIGINT, STRING, timestampLtz, type Field } from '../../spec/data-type.js';
import { bar } from '../../testing/bar-format.js';
import { rowsOf } from '../../testing/batch-rows.js';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.js';
import { sourceContract } from '../../testing/source-contract.js';
import { formatPair, tableContext, type TestTable } from '../../testing/table-context.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { filesystem } from './filesystem-connector.js';

const FIELDS: readonly Field[] = [
  { name: 'n', type: BIGINT },
  { name: 'text', type: STRING },
];

type Files = Readonly<Record<string, string | Buffer>>;

/** A folder with these files, removed after the test. */
async function folderOf(files: Files, context?: TestContext): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await temporaryFolder();
  context?.after(folder.remove);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), content);
  }
  return folder;
}

interface Opening extends Partial<Omit<TestTable<typeof filesystem.options>, 'connector' | 'options'>> {
  readonly path: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly format?: FormatPair;
}

async function open({ path, options, format = formatPair(bar), fields = FIELDS, ...rest }: Opening): Promise<Source> {
  return filesystem.createSource!(tableContext({ connector: filesystem, options: { path, ...options }, fields, ...rest }), format);
}

const LIMIT = { maxRows: 1_000, maxBytes: 1 << 20, waitMs: 10, signal: new AbortController().signal };

async function readSplit(source: Source, id: string, from?: unknown): Promise<Value[][]> {
  const reader = await source.openReader({ id }, from);
  const rows: Value[][] = [];
  try {
    for (let end = false; !end;) {
      const result = await reader.read(LIMIT);
      rows.push(...rowsOfResult(result));
      end = result.end;
    }
  } finally {
    await reader.close();
  }
  return rows;
}

/** One read from the start of a split. */
async function readOnce(source: Source, id: string): Promise<ReadResult<unknown>> {
  const reader = await source.openReader({ id }, undefined);
  const result = await reader.read(LIMIT);
  await reader.close();
  return result;
}

function rowsOfResult({ batch }: ReadResult<unknown>): Value[][] {
  return batch === undefined ? [] : rowsOf(batch);
}

async function readFolder(source: Source): Promise<Value[][]> {
  const rows: Value[][] = [];
  for (const { id } of await source.listSplits()) rows.push(...(await readSplit(source, id)));
  return rows;
}

async function idsOf(source: Source): Promise<string[]> {
  return (await source.listSplits()).map(split => split.id);
}

test('the backlog is what was not read, and a packed file counts in full', async context => {
  const { path } = await folderOf({ 'a.txt': '1|one\n2|two\n', 'b.txt': '3|three\n', 'c.gz': gzipSync('4|four\n5|five\n') }, context);
  const source = await open({ path });
  const [a, b, c] = await source.listSplits();
  const packed = gzipSync('4|four\n5|five\n').length;
  const behind = async (...splits: { id: string; offset?: number }[]): Promise<unknown> =>
    source.backlog!(splits.map(({ id, offset }) => ({ split: { id }, position: offset === undefined ? undefined : { offset, line: 1 } })));
  assert.deepEqual(await behind(a!, b!, c!), { unit: 'bytes', amount: 12 + 8 + packed });
  assert.deepEqual(await behind({ id: a!.id, offset: 6 }, { id: c!.id, offset: 7 }), { unit: 'bytes', amount: 6 + packed });
  await rm(join(path, 'a.txt'));
  assert.deepEqual(await behind({ id: a!.id, offset: 6 }), { unit: 'bytes', amount: 0 });
});

async function errorOf(action: Promise<unknown>): Promise<MillraceError> {
  const thrown: unknown = await action.then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(MillraceError.is(thrown), String(thrown));
  return thrown;
}

const MIXED_FILES: Files = {
  'a.txt': '1|one\r\n\r\n2|zwei é 😀\n3|\n',
  'b/c.txt': '\ufeff4|four\n\n  \n5|five without an end',
  'd.gz': gzipSync('6|six\n7|sieben ü\n'),
  empty: '',
  'last.txt': `8|${'x'.repeat(500)}\n9|NULL\n`,
};

const MIXED_ROWS: Value[][] = [
  [1, 'one'],
  [2, 'zwei é 😀'],
  [3, ''],
  [4, 'four'],
  [5, 'five without an end'],
  [6, 'six'],
  [7, 'sieben ü'],
  [8, 'x'.repeat(500)],
  [9, null],
];

sourceContract({
  name: 'filesystem, a folder',
  async open() {
    const folder = await folderOf(MIXED_FILES);
    return { source: await open({ path: folder.path }), rows: MIXED_ROWS, close: folder.remove };
  },
});

sourceContract({
  name: 'filesystem, a folder that is watched',
  async open() {
    const folder = await folderOf({ ...MIXED_FILES, 'b/c.txt': '\ufeff4|four\n\n  \n5|five without an end\n6|unfin' });
    // The time of a watched file never comes round, so each read that finds nothing ends by its limit.
    const clock = { ...createFakeClock(), sleep: () => Promise.resolve() };
    let now = 0;
    const source = await open({
      path: folder.path,
      options: { 'source.monitor-interval': '1 ms' },
      clock: { ...clock, monotonic: () => now++ },
    });
    return { source, rows: MIXED_ROWS, close: folder.remove };
  },
});

sourceContract({
  name: 'filesystem, files with headers and quotes',
  async open() {
    const folder = await folderOf({
      a: '## made by hand\n#text|n\none|1\ntwo|2\n"three\n3"|3\n',
      b: '#n|more|text\n4|?|"\n"\n5|?|five',
      c: '## nothing yet\n',
    });
    const source = await open({ path: folder.path, format: { ...formatPair(bar, { header: 'true' }), framing: 'quoted-line' } });
    return {
      source,
      rows: [
        [1, 'one'],
        [2, 'two'],
        [3, '"three\n3"'],
        [4, '"\n"'],
        [5, 'five'],
      ],
      close: folder.remove,
    };
  },
});

test('filesystem: a folder is read to any depth, without hidden files, by name', async context => {
  const { path } = await folderOf(
    { 'b/2': '1|x', 'b/.x': '', _temp: '', '.hidden/1': '', 'b/_c/1': '', 'a-1': '', a: '', 'B/1': '' },
    context,
  );
  await symlink(join(path, 'a'), join(path, 'link'));
  assert.deepEqual(await idsOf(await open({ path })), ['B/1', 'a', 'a-1', 'b/2', 'link']);
});

test('filesystem: a path is a file, a glob or a URL, relative to the working directory', async context => {
  const { path } = await folderOf({ 'x/1.txt': '1|a', 'x/2.log': '2|b', 'y/1.txt': '3|c', 'y/_1.txt': '', 'odd [1].txt': '4|d' }, context);
  assert.deepEqual(await idsOf(await open({ path: join(path, 'x/1.txt') })), ['1.txt']);
  assert.deepEqual(await idsOf(await open({ path: join(path, '*/*.txt') })), ['x/1.txt', 'y/1.txt']);
  assert.deepEqual(await idsOf(await open({ path: join(path, '**/*.{log,txt}') })), ['odd [1].txt', 'x/1.txt', 'x/2.log', 'y/1.txt']);
  assert.deepEqual(await readFolder(await open({ path: join(path, 'odd [1].txt') })), [[4, 'd']]);
  assert.deepEqual(await readFolder(await open({ path: `file://${path}/x/*.log` })), [[2, 'b']]);
  assert.deepEqual(await readFolder(await open({ path: `file://${path}/odd%20[1].txt` })), [[4, 'd']]);
  assert.deepEqual(await idsOf(await open({ path: relative(process.cwd(), join(path, 'y')) })), ['1.txt']);
  assert.deepEqual(await idsOf(await open({ path, options: { 'source.path.regex-pattern': '.*/x/\\d\\.(txt|log)' } })), [
    'x/1.txt',
    'x/2.log',
  ]);
});

test('filesystem: what is not there is named by its absolute path', async context => {
  const { path } = await folderOf({ a: '' }, context);
  const missing = join(path, 'missing');
  for (const place of [missing, join(missing, '*.txt'), join(path, 'a/b')]) {
    const error = await errorOf((await open({ path: place })).listSplits());
    assert.equal(error.code, 'FILE_NOT_FOUND');
    assert.ok(error.message.includes(place), error.message);
  }
  assert.equal((await errorOf((await open({ path: join(path, '*.txt') })).listSplits())).code, 'FILE_NOT_FOUND');
  assert.deepEqual(await (await open({ path: join(path, '*.txt'), options: { 'source.monitor-interval': '1 s' } })).listSplits(), []);
  await assert.rejects(open({ path: 's3://bucket/a' }), { code: 'INVALID_OPTION' });
  await assert.rejects(open({ path, partitionKeys: ['n'] }), { code: 'UNSUPPORTED' });
});

test('filesystem: metadata columns tell about the file', async context => {
  const { path } = await folderOf({ 'x/a.txt': '1|a\n2|b' }, context);
  await utimes(join(path, 'x/a.txt'), 1_700_000_000.5, 1_700_000_000.5);
  const metadata = [
    { key: 'file.size', field: { name: 'size', type: BIGINT } },
    { key: 'file.name', field: { name: 'file', type: STRING } },
    { key: 'file.path', field: { name: 'path', type: STRING } },
    { key: 'file.modification-time', field: { name: 'changed', type: timestampLtz(3) } },
  ];
  const described: Value[] = [7, 'a.txt', join(path, 'x/a.txt'), 1_700_000_000_500_000];
  assert.deepEqual(await readFolder(await open({ path, metadata })), [
    [1, 'a', ...described],
    [2, 'b', ...described],
  ]);
  assert.deepEqual(Object.keys(filesystem.metadata!).toSorted(), metadata.map(({ key }) => key).toSorted());
});

test('filesystem: a malformed record is an error with its file and line, and those before it stay readable', async context => {
  const { path } = await folderOf({ 'x/bad.txt': '1|a\n\n\n2|b\nthree\n4|d\n', quoted: '1|"\n\n"\nbad\n' }, context);
  const source = await open({ path });
  const error = await errorOf(readSplit(source, 'x/bad.txt'));
  assert.deepEqual([error.code, error.context.split, error.context.position], ['MALFORMED_RECORD', 'x/bad.txt', 'line 5']);
  const reader = await source.openReader({ id: 'x/bad.txt' }, undefined);
  const { position } = await reader.read({ ...LIMIT, maxRows: 2 });
  await reader.close();
  assert.equal((await errorOf(readSplit(source, 'x/bad.txt', position))).context.position, 'line 5');
  const quoted = await open({ path, format: { ...formatPair(bar), framing: 'quoted-line' } });
  assert.equal((await errorOf(readSplit(quoted, 'quoted'))).context.position, 'line 4');
});

test('filesystem: skipped records are counted', async context => {
  const { path } = await folderOf({ a: 'x\n1|a\ny\n', b: 'x\n' }, context);
  const source = await open({ path, format: formatPair(bar, { 'skip-bad': 'true' }) });
  const first = await readOnce(source, 'a');
  assert.deepEqual([rowsOfResult(first), first.skipped], [[[1, 'a']], 2]);
  const second = await readOnce(source, 'b');
  assert.deepEqual([second.batch, second.skipped, second.end], [undefined, 1, false]);
});

test('filesystem: a header that does not fit is an error with its line', async context => {
  const { path } = await folderOf({ a: '\n\nn|text\n' }, context);
  const error = await errorOf(readFolder(await open({ path, format: formatPair(bar, { header: 'true' }) })));
  assert.deepEqual([error.code, error.context.split, error.context.position], ['MALFORMED_RECORD', 'a', 'line 3']);
});

test('filesystem: a huge line is read in one piece', async context => {
  const huge = 'ü'.repeat(2_000_000);
  const { path } = await folderOf({ a: `1|a\n2|${huge}\n3|c\n` }, context);
  assert.deepEqual(await readFolder(await open({ path })), [
    [1, 'a'],
    [2, huge],
    [3, 'c'],
  ]);
});

test('filesystem: many lines across many chunks keep exact positions', async context => {
  const rows = Array.from({ length: 40_000 }, (_, i): Value[] => [i, i % 7 === 0 ? `é${i}` : `text of row ${i}`]);
  const { path } = await folderOf({ a: rows.map(row => row.join('|')).join('\n') }, context);
  const source = await open({ path });
  let position: unknown;
  const read: Value[][] = [];
  for (let end = false; !end;) {
    const reader = await source.openReader({ id: 'a' }, position);
    const result = await reader.read({ ...LIMIT, maxRows: 3_001 });
    await reader.close();
    read.push(...rowsOfResult(result));
    ({ position, end } = result);
  }
  assert.deepEqual(read, rows);
});

test('filesystem: an archive that is cut off is an error', async context => {
  const { path } = await folderOf({ a: gzipSync('1|a\n2|b\n').subarray(0, 15) }, context);
  const error = await errorOf(readFolder(await open({ path })));
  assert.deepEqual([error.code, error.context.split], ['IO', 'a']);
});

test('filesystem: a file of a checkpoint that is gone or shorter is an error that names it', async context => {
  const { path } = await folderOf({ a: '1|a\n2|b\n', 'b.gz': gzipSync('1|a\n2|b\n') }, context);
  const source = await open({ path });
  const position = { offset: 8, line: 2 };
  assert.deepEqual(await readSplit(source, 'b.gz', position), []);
  await truncate(join(path, 'a'), 4);
  await writeFile(join(path, 'b.gz'), gzipSync('1|a\n'));
  for (const id of ['a', 'b.gz']) {
    const error = await errorOf(readSplit(source, id, position));
    assert.deepEqual([error.code, error.context.split], ['IO', id]);
    assert.match(error.message, /shorter than the 8 bytes/);
  }
  await rm(join(path, 'a'));
  const error = await errorOf((await open({ path })).openReader({ id: 'a' }, position));
  assert.deepEqual([error.code, error.context.split], ['IO', 'a']);
});

/** A reader of a watched file and what it takes to move its time on. */
async function watch(
  context: TestContext,
  files: Files,
): Promise<{ path: string; source: Source; reader: SplitReader<unknown>; clock: FakeClock; next: () => Promise<Value[][]> }> {
  const { path } = await folderOf(files, context);
  const clock = createFakeClock();
  const source = await open({ path, options: { 'source.monitor-interval': '1 s' }, clock });
  assert.equal(source.discoveryIntervalMs, 1_000);
  const [split] = await source.listSplits();
  const reader = await source.openReader(split!, undefined);
  context.after(() => reader.close());
  /** The rows that come within two looks at the file. */
  async function next(): Promise<Value[][]> {
    let settled = false;
    const reading = reader.read({ ...LIMIT, waitMs: 2_000 });
    const settle = (): void => void (settled = true);
    reading.then(settle, settle);
    // A read waits for the disk between two waits for the clock.
    while (!settled) await clock.advance(500);
    const result = await reading;
    assert.equal(result.end, false);
    return rowsOfResult(result);
  }
  return { path, source, reader, clock, next };
}

test('filesystem: a watched file is read on as it grows, and a line counts when it is complete', async context => {
  const { path, next, source } = await watch(context, { a: '1|a\n2|b' });
  assert.deepEqual(await next(), [[1, 'a']]);
  assert.deepEqual(await next(), []);
  await appendFile(join(path, 'a'), 'b\n3|');
  assert.deepEqual(await next(), [[2, 'bb']]);
  await appendFile(join(path, 'a'), 'c\n');
  assert.deepEqual(await next(), [[3, 'c']]);
  await writeFile(join(path, 'b'), '4|d\n');
  assert.deepEqual(await idsOf(source), ['a', 'b']);
});

test('filesystem: a watched file that was empty may become an archive', async context => {
  const { path, source } = await watch(context, { a: '' });
  await writeFile(join(path, 'a'), gzipSync('1|a\n'));
  assert.deepEqual(rowsOfResult(await readOnce(source, 'a')), [[1, 'a']]);
});

test('filesystem: a watched archive is read on when more is written to it', async context => {
  const archive = gzipSync('1|a\n2|b\n');
  const { path, next } = await watch(context, { a: archive.subarray(0, archive.length - 5) });
  assert.deepEqual(await next(), [
    [1, 'a'],
    [2, 'b'],
  ]);
  await appendFile(join(path, 'a'), archive.subarray(archive.length - 5));
  assert.deepEqual(await next(), []);
  await appendFile(join(path, 'a'), gzipSync('3|c\n'));
  assert.deepEqual(await next(), [[3, 'c']]);
});

const CHANGES: readonly (readonly [what: string, change: (path: string) => Promise<void>, message: RegExp])[] = [
  ['was removed', path => rm(path), /was removed while it was being read/],
  [
    'was replaced',
    path => writeFile(`${path}.new`, '1|a\n2|b\n').then(() => rename(`${path}.new`, path)),
    /was replaced while it was being read/,
  ],
  ['shrank', path => truncate(path, 2), /is shorter than the 4 bytes that were read from it/],
];

for (const [what, change, message] of CHANGES) {
  test(`filesystem: a watched file that ${what} is an error that names it`, async context => {
    const { path, next } = await watch(context, { a: '1|a\n' });
    assert.deepEqual(await next(), [[1, 'a']]);
    assert.deepEqual(await next(), []);
    await change(join(path, 'a'));
    const error = await errorOf(next());
    assert.deepEqual([error.code, error.context.split], ['IO', 'a']);
    assert.match(error.message, message);
  });
}
