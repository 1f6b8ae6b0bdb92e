import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { open } from 'lmdb';
import type { AnswerCache } from '../../spec/answer-cache.js';
import { Secret } from '../../spec/option.js';
import { answerCacheContract } from '../../testing/answer-cache-contract.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { file } from './file-store.js';

function openAt(path: string, { clock = createFakeClock(), maxBytes = 1_048_576 } = {}): Promise<AnswerCache> {
  return file.openAnswers({ url: new Secret(`file:${path}`), timeoutMs: 10_000, maxBytes, clock });
}

function folderTest(name: string, run: (path: string) => Promise<void>): void {
  test(name, async () => {
    const { path, remove } = await temporaryFolder();
    try {
      await run(join(path, 'answers'));
    } finally {
      await remove();
    }
  });
}

answerCacheContract({
  name: 'file',
  async open() {
    const clock = createFakeClock();
    const { path, remove } = await temporaryFolder();
    const [cache, other] = [await openAt(path, { clock }), await openAt(path, { clock })];
    return {
      cache,
      other,
      prefix: '',
      wait: ms => clock.advance(ms),
      async close() {
        await cache.close();
        await other.close();
        await remove();
      },
    };
  },
});

/** How many answers are there, by kind of item. */
async function counted(path: string): Promise<Record<string, number>> {
  const database = open<Uint8Array>({ path, encoding: 'binary', overlappingSync: false, eventTurnBatching: false });
  const counts: Record<string, number> = {};
  for (const key of database.getKeys()) {
    const kind = String(Array.isArray(key) ? key[0] : key);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  await database.close();
  return counts;
}

folderTest('answers are there after the folder was closed, until their time is over', async path => {
  const clock = createFakeClock();
  const first = await openAt(path, { clock });
  await first.set('k', Uint8Array.of(1), 60_000);
  await first.close();
  await clock.advance(59_999);
  const second = await openAt(path, { clock });
  assert.deepEqual([...(await second.get('k'))!], [1]);
  await clock.advance(1);
  assert.equal(await second.get('k'), undefined);
  await second.close();
});

folderTest('expired answers are removed by later writes, a few at a time', async path => {
  const clock = createFakeClock();
  const cache = await openAt(path, { clock });
  for (let i = 0; i < 20; i++) await cache.set(`old ${i}`, Uint8Array.of(i), 1_000 + i);
  await clock.advance(2_000);
  await cache.set('new 1', Uint8Array.of(1), 60_000);
  await cache.close();
  assert.deepEqual(await counted(path), { age: 5, answer: 5, end: 5, layout: 1, sizes: 1 });
  const again = await openAt(path, { clock });
  await again.set('new 2', Uint8Array.of(2), 60_000);
  await again.close();
  assert.deepEqual(await counted(path), { age: 2, answer: 2, end: 2, layout: 1, sizes: 1 });
});

folderTest('the oldest answers leave where the bound is reached, and the files stay near it', async path => {
  const maxBytes = 1_048_576;
  const cache = await openAt(path, { maxBytes });
  for (let i = 0; i < 600; i++) await cache.set(`key ${i}`, new Uint8Array(100 + ((i * 7_919) % 5_000)).fill(i), 600_000);
  assert.equal(await cache.get('key 0'), undefined);
  const kept: number[] = [];
  for (let i = 0; i < 600; i++) if (await cache.get(`key ${i}`)) kept.push(i);
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, i) => 600 - kept.length + i),
    'the newest ones',
  );
  assert.ok(kept.length > 150, `${kept.length} answers`);
  const { size } = await stat(join(path, 'data.mdb'));
  assert.ok(size < 2 * maxBytes, `${size} bytes`);
  await cache.set('too large', new Uint8Array(maxBytes), 600_000);
  assert.equal(await cache.get('too large'), undefined);
  assert.ok(await cache.get('key 599'), 'and pushes nothing out');
  await cache.close();
});

folderTest('a damaged entry is a miss, and the next answer takes its place', async path => {
  const cache = await openAt(path);
  await cache.set('k', new Uint8Array(100).fill(1), 60_000);
  await cache.set('other', Uint8Array.of(5), 60_000);
  const database = open<Uint8Array>({ path, encoding: 'binary', overlappingSync: false, eventTurnBatching: false });
  const stored = Buffer.from(database.get(['answer', 'k'])!);
  for (const damaged of [
    Buffer.from(stored).fill(9, 60, 61),
    stored.subarray(0, 50),
    Buffer.alloc(0),
    database.get(['answer', 'other'])!,
  ]) {
    await database.put(['answer', 'k'], damaged);
    assert.equal(await cache.get('k'), undefined);
  }
  await cache.set('k', Uint8Array.of(2), 60_000);
  assert.deepEqual([...(await cache.get('k'))!], [2]);
  await database.close();
  await cache.close();
});

test('a path that cannot be a folder is refused as an option', async () => {
  await assert.rejects(openAt('/dev/null/answers'), {
    code: 'INVALID_OPTION',
    message: /^answers cannot be kept in "\/dev\/null\/answers": ENOTDIR/,
  });
});

folderTest('a folder of something else, and one whose file is broken, are refused', async path => {
  const database = open<Uint8Array>({ path, encoding: 'binary' });
  await database.put('checkpoint', Uint8Array.of(1));
  await database.close();
  await assert.rejects(openAt(path), { code: 'INVALID_OPTION', message: /it holds something else/ });
  await truncate(join(path, 'data.mdb'), 6_000);
  await assert.rejects(openAt(path), { code: 'INVALID_OPTION', message: /its data\.mdb is no database, or is damaged/ });
  await writeFile(join(path, 'data.mdb'), 'no database at all\n'.repeat(1_000));
  await assert.rejects(openAt(path), { code: 'INVALID_OPTION', message: /its data\.mdb is no database, or is damaged/ });
});

/** A process with `cache` and `say`, which runs `body`; times are of the machine. */
function cachingProcess(path: string, body: string, shell = ''): ChildProcess {
  const module = new URL('./file-store.js', import.meta.url).href;
  const [secrets, clocks] = ['../../spec/option.js', '../../common/clock.js'].map(name => new URL(name, import.meta.url).href);
  const script = `
    const { file } = await import(${JSON.stringify(module)});
    const { Secret } = await import(${JSON.stringify(secrets)});
    const { systemClock: clock } = await import(${JSON.stringify(clocks)});
    const say = text => process.stdout.write(text + '\\n');
    const cache = await file.openAnswers({ url: new Secret(${JSON.stringify(`file:${path}`)}), timeoutMs: 30_000, maxBytes: 1e9, clock });
    ${body}`;
  const command = `${shell} exec "$0" --input-type=module -e "$1"`;
  return spawn('/bin/bash', ['-c', command, process.execPath, script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function linesOf(child: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', line => lines.push(line));
  const [code] = (await once(child, 'close')) as [number | null];
  return [...lines, `exit ${code}`];
}

folderTest('two processes that write at the same time lose nothing, and see each other', async path => {
  const write = (name: string, peer: string): string => `
    await Promise.all(Array.from({ length: 100 }, (_, i) => cache.set('${name} ' + i, Uint8Array.of(i), 600_000)));
    for (let i = 0; i < 100; i++) while ((await cache.get('${peer} ' + i))?.[0] !== i) await clock.sleep(5);
    await cache.close();
    say('seen');`;
  const both = [cachingProcess(path, write('a', 'b')), cachingProcess(path, write('b', 'a'))];
  for (const lines of await Promise.all(both.map(linesOf))) assert.deepEqual(lines, ['seen', 'exit 0']);
  assert.deepEqual(await counted(path), { age: 200, answer: 200, end: 200, layout: 1, sizes: 1 });
});

folderTest('a process that is killed while it writes leaves a folder that others go on with', async path => {
  const child = cachingProcess(
    path,
    `for (let i = 0; ; i++) { await Promise.all([0, 1, 2, 3].map(k => cache.set(i + ' ' + k, new Uint8Array(3_000).fill(i), 600_000))); say(String(i)); }`,
  );
  const lines = createInterface({ input: child.stdout! });
  let last = 0;
  lines.on('line', line => (last = Number(line)));
  while (last < 50) await once(lines, 'line');
  child.kill('SIGKILL');
  await once(child, 'close');
  const cache = await openAt(path, { clock: createFakeClock(Date.now()), maxBytes: 1e9 });
  for (let i = 0; i <= last; i++) for (let k = 0; k < 4; k++) assert.equal((await cache.get(`${i} ${k}`))?.[0], i % 256, `${i} ${k}`);
  await cache.set('after', Uint8Array.of(1), 1_000);
  await cache.close();
});

folderTest('where the disk takes no more, writes fail and reads go on', async path => {
  const child = cachingProcess(
    path,
    `process.on('SIGXFSZ', () => {});
    for (let i = 0; ; i++) {
      try {
        await cache.set('k' + i, new Uint8Array(50_000).fill(1), 600_000);
      } catch (error) {
        say(error.code + ' ' + error.message);
        say(String((await cache.get('k0')).length));
        await cache.set('later', new Uint8Array(50_000), 600_000).catch(error => say(error.code));
        await cache.close();
        break;
      }
    }`,
    'ulimit -f 2000;',
  );
  const [why, length, later, end] = await linesOf(child);
  assert.match(why!, /^IO answers in ".*answers" cannot be written: /);
  assert.deepEqual([length, later, end], ['50000', 'IO', 'exit 0']);
});
