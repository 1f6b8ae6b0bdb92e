import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '../common/clock.js';
import { SILENT } from '../common/logger.js';
import { MillraceError } from '../common/error.js';
import { DEFAULT_MODEL_FILE_ACCESS } from '../kit/model-file/model-file-options.js';
import type { ModelFileAccess } from '../spec/model-file-access.js';
import { SLOW_DOWN, startS3Simulator } from '../testing/s3-simulator/s3-simulator.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { startWebFileSimulator, type WebFileSimulator } from '../testing/web-file-simulator/web-file-simulator.js';
import { startWebHdfsSimulator } from '../testing/webhdfs-simulator/webhdfs-simulator.js';
import { DiskCache } from './disk-cache/disk-cache.js';
import { freshSignal, refusal, transport } from './locations/location.test.fixture.js';
import { ModelFetcher, type ModelFiles } from './model-fetcher.js';

const BODY = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7) % 251));

interface Bench {
  readonly folder: string;
  readonly cache: DiskCache;
  readonly fetcher: ModelFetcher;
  readonly bytes: () => number;
  fetch(address: string, access?: Partial<ModelFileAccess>, signal?: AbortSignal): Promise<ModelFiles>;
}

let ids = 0;

async function bench(test: TestContext, { maxBytes = 1e9, folder }: { maxBytes?: number; folder?: string } = {}): Promise<Bench> {
  const made = await temporaryFolder();
  test.after(made.remove);
  const cache = new DiskCache({
    folder: folder ?? join(made.path, 'cache'),
    maxBytes,
    clock: systemClock,
    newId: () => `${process.pid}-${ids++}`,
  });
  test.after(() => cache.close());
  // Waits between attempts are the shortest that there are.
  const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 5), signal) };
  const fetcher = new ModelFetcher({ http: transport(test), clock, random: () => 0, cache: () => cache, log: SILENT });
  let bytes = 0;
  return {
    folder: folder ?? join(made.path, 'cache'),
    cache,
    fetcher,
    bytes: () => bytes,
    async fetch(address, access = {}, signal = freshSignal()) {
      const whole = { ...DEFAULT_MODEL_FILE_ACCESS, ...access };
      const location = fetcher.locate(address, whole);
      const { files } = await fetcher.load(location, whole, { signal, onPhase: () => {}, onBytes: count => (bytes += count) });
      return files;
    },
  };
}

async function web(test: TestContext): Promise<WebFileSimulator> {
  const server = await startWebFileSimulator();
  test.after(() => server.close());
  return server;
}

const hashOf = (body: Uint8Array | string) => createHash('sha256').update(body).digest('hex');
const gets = (server: WebFileSimulator, path = '/m') => server.requests.filter(({ method, url }) => method === 'GET' && url === path);

test('a file is fetched once, stays under its content, and is found again without a download', async context => {
  const [server, one] = [await web(context), await bench(context)];
  server.put('/m', { body: BODY });
  const first = await one.fetch(`${server.url}/m`);
  assert.deepEqual([first.content, first.bytes], [hashOf(BODY), BODY.length]);
  assert.deepEqual(await readFile(first.path), BODY);
  await first.release();
  const again = await one.fetch(`${server.url}/m`);
  assert.equal(again.path, first.path);
  await again.release();
  const other = await bench(context, { folder: one.folder });
  await (await other.fetch(`${server.url}/m`)).release();
  await (await other.fetcher.find(hashOf(BODY)))!.release();
  assert.equal(await other.fetcher.find(hashOf('another')), undefined);
  assert.equal(gets(server).length, 1);
});

test('a body that is cut off is gone on with behind the last byte', async context => {
  const [server, one] = [await web(context), await bench(context)];
  server.put('/m', { body: BODY });
  server.inject({ kind: 'cut', afterBytes: 20_000 }, { matches: ({ method, url }) => method === 'GET' && url === '/m' });
  const { path, content } = await one.fetch(`${server.url}/m`);
  assert.deepEqual([await readFile(path), content], [BODY, hashOf(BODY)]);
  assert.equal(one.bytes(), BODY.length);
  assert.deepEqual(
    gets(server).map(({ headers }) => headers['range']),
    [undefined, 'bytes=20000-'],
  );
});

test('what another process left unfinished is gone on with', async context => {
  const [server, one] = [await web(context), await bench(context)];
  server.put('/m', { body: BODY });
  const isGet = ({ method, url }: { readonly method: string; readonly url: string }) => method === 'GET' && url === '/m';
  server.inject({ kind: 'cut', afterBytes: 10_000 }, { matches: isGet });
  server.inject({ kind: 'status', status: 503 }, { times: 5, matches: isGet });
  assert.equal((await refusal(one.fetch(`${server.url}/m`))).code, 'SERVICE_ERROR');
  const other = await bench(context, { folder: one.folder });
  assert.deepEqual(await readFile((await other.fetch(`${server.url}/m`)).path), BODY);
  assert.equal(other.bytes(), BODY.length - 10_000);
});

test('a file that is replaced in the middle of the download is fetched anew, never mixed', async context => {
  const [server, one] = [await web(context), await bench(context)];
  const other = Buffer.from(BODY.map(byte => byte ^ 0xff));
  server.put('/m', { body: BODY });
  const replace = () => server.put('/m', { body: other });
  server.inject(
    { kind: 'cut', afterBytes: 20_000, afterwards: replace },
    { matches: ({ method, url }) => method === 'GET' && url === '/m' },
  );
  assert.equal((await one.fetch(`${server.url}/m`)).content, hashOf(other));
  // It is another one each time that somebody looks.
  server.inject({ kind: 'status', status: 200, headers: { etag: '"never"' } }, { times: 99, matches: ({ method }) => method === 'HEAD' });
  assert.match((await refusal(one.fetch(`${server.url}/m`))).message, /changed while it was read/);
});

test('the content is verified against the option, the checksum beside it, and that of S3', async context => {
  const [server, one] = [await web(context), await bench(context)];
  server.put('/m', { body: BODY });
  await (await one.fetch(`${server.url}/m`, { sha256: hashOf(BODY) })).release();
  const pinned = await refusal(one.fetch(`${server.url}/m`, { sha256: hashOf('another') }));
  assert.equal(pinned.code, 'MODEL_LOAD');
  assert.match(pinned.message, new RegExp(`has the SHA-256 ${hashOf(BODY)}, and ${hashOf('another')} was expected`));
  server.put('/damaged', { body: BODY });
  server.put('/damaged.sha256', { body: Buffer.from(`${hashOf(BODY)}  damaged\n`) });
  server.inject({ kind: 'corrupt' }, { matches: ({ method, url }) => method === 'GET' && url === '/damaged' });
  assert.match((await refusal(one.fetch(`${server.url}/damaged`))).message, /was expected/);
  assert.equal((await one.fetch(`${server.url}/damaged`)).content, hashOf(BODY));
  server.put('/odd', { body: BODY });
  server.put('/odd.sha256', { body: Buffer.from('no checksum') });
  assert.match((await refusal(one.fetch(`${server.url}/odd`))).message, /holds no SHA-256/);
  const s3 = await startS3Simulator();
  context.after(() => s3.close());
  s3.put('box', 'm', 'content', { withChecksum: hashOf('x') && createHash('sha256').update('another').digest('base64') });
  assert.match((await refusal(one.fetch('s3://box/m', { s3: { endpoint: s3.url, isAnonymous: true } }))).message, /was expected/);
});

test('a body that is longer or shorter than it says, or than the limit, is refused', async context => {
  const [server, one] = [await web(context), await bench(context)];
  const isGet = ({ method, url }: { readonly method: string; readonly url: string }) => method === 'GET' && !url.endsWith('.sha256');
  server.put('/m', { body: BODY });
  assert.match((await refusal(one.fetch(`${server.url}/m`, { maxBytes: 1_000 }))).message, /larger than 1000 bytes/);
  server.put('/n', { body: BODY });
  server.inject({ kind: 'longer', extraBytes: 5_000 }, { matches: isGet, times: 6 });
  assert.match((await refusal(one.fetch(`${server.url}/n`))).message, /changed while it was read/);
  // Nobody says how long it is, and it does not end.
  server.put('/endless', { body: Buffer.alloc(3_000_000), takesHead: false });
  server.inject(
    { kind: 'status', status: 200, headers: { etag: '"e"', 'transfer-encoding': 'chunked' } },
    { matches: ({ headers }) => headers['range'] === 'bytes=0-0' },
  );
  server.inject({ kind: 'no-length' }, { matches: isGet, times: 9 });
  const endless = await refusal(one.fetch(`${server.url}/endless`, { maxBytes: 100_000 }));
  assert.ok(endless.code === 'MODEL_LOAD' || endless.code === 'SERVICE_ERROR', endless.message);
  assert.ok(one.bytes() < 10 * BODY.length);
});

test('a folder is fetched whole, and its content id is that of sha256sum', async context => {
  const one = await bench(context);
  const s3 = await startS3Simulator({ pageSize: 1 });
  context.after(() => s3.close());
  for (const key of ['saved_model.pb', 'variables/b', 'variables/a']) s3.put('box', `m/${key}`, key);
  s3.inject(SLOW_DOWN, { times: 2 });
  const found = await one.fetch('s3://box/m/', { s3: { endpoint: s3.url, isAnonymous: true } });
  assert.equal(await readFile(join(found.path, 'variables', 'a'), 'utf8'), 'variables/a');
  const lines = ['saved_model.pb', 'variables/a', 'variables/b'].map(path => `${hashOf(path)}  ${path}\n`).join('');
  assert.equal(found.content, hashOf(lines));
  const hdfs = await startWebHdfsSimulator();
  context.after(() => hdfs.close());
  for (const path of ['saved_model.pb', 'variables/b', 'variables/a']) hdfs.put(`/m/${path}`, path);
  hdfs.dataNode.inject({ kind: 'cut', afterBytes: 4 });
  assert.equal((await one.fetch('hdfs://h/m', { hdfs: { endpoints: [hdfs.nameNode.url] } })).content, found.content);
});

test('many that want the same fetch it once, in this process and in others', async context => {
  const [server, one] = [await web(context), await bench(context)];
  server.put('/m', { body: BODY });
  server.inject({ kind: 'slow', pieceBytes: 5_000, gapMs: 20 }, { matches: ({ method }) => method === 'GET' });
  const here = [1, 2, 3].map(() => one.fetch(`${server.url}/m`));
  const child = fork(new URL('./fetch-process.test.fixture.js', import.meta.url), [one.folder, `${server.url}/m`]);
  const there = new Promise(resolve => child.once('message', resolve));
  for (const found of await Promise.all(here)) assert.equal(found.content, hashOf(BODY));
  assert.equal(await there, hashOf(BODY));
  assert.equal(gets(server).length, 1);
});

test('the download of a killed process is taken over', async context => {
  const [server, one] = [await web(context), await bench(context)];
  server.put('/m', { body: BODY });
  server.inject({ kind: 'slow', pieceBytes: 1_000, gapMs: 30 }, { matches: ({ method, url }) => method === 'GET' && url === '/m' });
  const child = fork(new URL('./fetch-process.test.fixture.js', import.meta.url), [one.folder, `${server.url}/m`]);
  const partial = join(one.folder, 'partial');
  let lock: string | undefined;
  for (let i = 0; i < 500 && lock === undefined; i++) {
    await systemClock.sleep(10);
    lock = (await readdir(partial).catch(() => [])).find(name => name.endsWith('.lock'));
    if (gets(server).length === 0) lock = undefined;
  }
  await systemClock.sleep(100);
  child.kill('SIGKILL');
  await new Promise(resolve => child.once('exit', resolve));
  // Half a minute passes.
  const past = Date.now() / 1_000 - 31;
  await utimes(join(partial, lock!), past, past);
  assert.deepEqual(await readFile((await one.fetch(`${server.url}/m`)).path), BODY);
  assert.ok(one.bytes() < BODY.length);
});

test('what was used longest ago makes room, what is in use stays', async context => {
  const [server, one] = [await web(context), await bench(context, { maxBytes: 2_500 })];
  for (const name of ['a', 'b', 'c']) server.put(`/${name}`, { body: Buffer.alloc(1_000, name) });
  const a = await one.fetch(`${server.url}/a`);
  const b = await one.fetch(`${server.url}/b`);
  await b.release();
  const c = await one.fetch(`${server.url}/c`);
  await assert.doesNotReject(readFile(a.path));
  await assert.rejects(readFile(b.path));
  await Promise.all([a.release(), c.release()]);
  const again = await one.fetch(`${server.url}/b`);
  assert.equal((await readFile(again.path)).length, 1_000);
  await assert.rejects(readFile(a.path));
});

test('a wait is ended by the signal, and nothing half is kept under a content', async context => {
  const [server, one] = [await web(context), await bench(context)];
  server.put('/m', { body: BODY });
  server.inject({ kind: 'slow', pieceBytes: 500, gapMs: 50 }, { matches: ({ method, url }) => method === 'GET' && url === '/m' });
  const ending = new AbortController();
  const reason = new MillraceError({ code: 'TIMEOUT', message: 'too slow' });
  setTimeout(() => ending.abort(reason), 150);
  await assert.rejects(one.fetch(`${server.url}/m`, {}, ending.signal), thrown => thrown === reason);
  assert.deepEqual(await readdir(join(one.folder, 'entries')), []);
});

test('a file of this machine is read where it is, checked if asked, and kept when it may be replaced', async context => {
  const one = await bench(context);
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  const file = join(path, 'm');
  await writeFile(file, 'first');
  assert.deepEqual((await one.fetch(file)).path, file);
  await one.fetch(file, { sha256: hashOf('first') });
  assert.match((await refusal(one.fetch(file, { sha256: hashOf('other') }))).message, /'model.sha256' is/);
  const kept = await one.fetch(file, { refreshIntervalMs: 1_000 });
  await writeFile(file, 'second');
  assert.equal(await readFile(kept.path, 'utf8'), 'first');
  await mkdir(join(path, 'folder'));
  await writeFile(join(path, 'folder', 'a'), 'x');
  const folder = await one.fetch(join(path, 'folder'), { refreshIntervalMs: 1_000 });
  await appendFile(join(path, 'folder', 'a'), 'y');
  assert.equal(await readFile(join(folder.path, 'a'), 'utf8'), 'x');
});
