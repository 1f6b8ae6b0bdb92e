import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import { lockFolder } from './lock-folder.js';

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const { path, remove } = await temporaryFolder();
  try {
    await run(path);
  } finally {
    await remove();
  }
}

test('a folder is locked until it is given free, and nothing is left in it then', async () => {
  await inFolder(async path => {
    const unlock = await lockFolder(path);
    assert.deepEqual(await readdir(path), ['job.lock']);
    await assert.rejects(lockFolder(path), { code: 'STATE_IN_USE' });
    await unlock();
    assert.deepEqual(await readdir(path), []);
    await (
      await lockFolder(path)
    )();
  });
});

test('a lock of an earlier process that had the number of this one is taken over', async () => {
  await inFolder(async path => {
    await writeFile(join(path, 'job.lock'), JSON.stringify({ pid: process.pid, start: 'earlier', claim: 0 }));
    const unlock = await lockFolder(path);
    const { pid, start } = JSON.parse(await readFile(join(path, 'job.lock'), 'utf8')) as { pid: number; start?: string };
    assert.deepEqual([pid, start === 'earlier'], [process.pid, false]);
    await unlock();
  });
});

test('what a killed process left of its own claim does not stand in the way', async () => {
  await inFolder(async path => {
    await writeFile(join(path, `job.lock.${process.pid}-0`), JSON.stringify({ pid: process.pid, start: 'earlier', claim: 0 }));
    await (
      await lockFolder(path)
    )();
    await (
      await lockFolder(path)
    )();
    assert.deepEqual(await readdir(path), []);
  });
});

test('a lock that another process has taken over is left alone', async () => {
  await inFolder(async path => {
    const unlock = await lockFolder(path);
    const other = JSON.stringify({ pid: 1, claim: 0 });
    await writeFile(join(path, 'job.lock'), other);
    await unlock();
    assert.equal(await readFile(join(path, 'job.lock'), 'utf8'), other);
  });
});

test('of many claims at once one succeeds, over a stale lock too', async () => {
  await inFolder(async path => {
    await writeFile(join(path, 'job.lock'), JSON.stringify({ pid: process.pid, start: 'earlier', claim: 3 }));
    const claims = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(path)));
    const won = claims.flatMap(claim => (claim.status === 'fulfilled' ? [claim.value] : []));
    assert.equal(won.length, 1);
    assert.deepEqual(await readdir(path), ['job.lock']);
    await won[0]!();
  });
});

test('a folder that is not there is an error of the system', async () => {
  await inFolder(async path => {
    await assert.rejects(lockFolder(join(path, 'missing')), { code: 'ENOENT' });
  });
});
