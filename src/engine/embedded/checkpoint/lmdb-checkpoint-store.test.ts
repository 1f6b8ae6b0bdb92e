import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { batchOfRows } from '../../../spec/batch.js';
import { BIGINT, INT, STRING } from '../../../spec/data-type.js';
import { temporaryFolder } from '../../../testing/temporary-folder.js';
import type { Checkpoint } from './checkpoint-store.js';
import { openLmdbCheckpointStore } from './lmdb-checkpoint-store.js';

function folderTest(name: string, run: (path: string) => Promise<void>): void {
  test(name, async () => {
    const { path, remove } = await temporaryFolder();
    try {
      await run(join(path, 'job-1'));
    } finally {
      await remove();
    }
  });
}

function checkpoint(id: number, state: unknown = id): Checkpoint {
  return { id, states: new Map([['a', state]]), finished: false };
}

folderTest('the last checkpoint is there after a reopening, with values of every kind', async path => {
  const state = {
    batch: batchOfRows(
      [
        { name: 'n', type: INT },
        { name: 'b', type: BIGINT },
        { name: 's', type: STRING },
      ],
      [
        [1, 2n ** 62n, 'x'],
        [null, null, null],
      ],
    ),
    times: new Float64Array([1.5, -0, NaN]),
    map: new Map([[1n, new Map([['k', null]])]]),
    infinite: -Infinity,
  };
  const store = await openLmdbCheckpointStore({ path, plan: 'p' });
  assert.equal(store.isDurable, true);
  assert.equal(await store.load(), undefined);
  await store.save(checkpoint(1));
  await store.save(checkpoint(2, state));
  assert.deepEqual(await store.load(), checkpoint(2, state));
  await store.close();
  const again = await openLmdbCheckpointStore({ path, plan: 'p' });
  assert.deepEqual(await again.load(), checkpoint(2, state));
  await again.close();
});

folderTest('state of another plan is refused, and left as it is', async path => {
  const store = await openLmdbCheckpointStore({ path, plan: 'one' });
  await store.save(checkpoint(1));
  await store.close();
  const other = await openLmdbCheckpointStore({ path, plan: 'other' });
  await assert.rejects(async () => other.load(), { code: 'STATE_MISMATCH' });
  await other.close();
  const again = await openLmdbCheckpointStore({ path, plan: 'one' });
  assert.deepEqual(await again.load(), checkpoint(1));
  await again.close();
});

folderTest('a path that is a file is an IO error', async path => {
  await writeFile(path, 'x');
  await assert.rejects(openLmdbCheckpointStore({ path, plan: 'p' }), { code: 'IO' });
});

folderTest('two jobs of one process do not share a folder; closing gives it free', async path => {
  const store = await openLmdbCheckpointStore({ path, plan: 'p' });
  await assert.rejects(openLmdbCheckpointStore({ path, plan: 'p' }), { code: 'STATE_IN_USE', message: /another job of this process/ });
  await store.save(checkpoint(1));
  await store.close();
  const next = await openLmdbCheckpointStore({ path, plan: 'p' });
  assert.deepEqual(await next.load(), checkpoint(1));
  await next.close();
  assert.deepEqual(
    (await readdir(path)).filter(name => name.startsWith('job.lock')),
    [],
  );
});

folderTest('of many that ask at the same time one gets the folder', async path => {
  const asked = await Promise.allSettled(Array.from({ length: 8 }, () => openLmdbCheckpointStore({ path, plan: 'p' })));
  const stores = asked.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
  assert.equal(stores.length, 1);
  for (const each of asked) if (each.status === 'rejected') assert.equal((each.reason as { code: string }).code, 'STATE_IN_USE');
  await stores[0]!.close();
});

folderTest('a lock that says nothing, as after a loss of power, is taken over', async path => {
  for (const text of ['', '{"pid":', '{"pid":-1}', 'null']) {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'job.lock'), text);
    const store = await openLmdbCheckpointStore({ path, plan: 'p' });
    await store.close();
  }
});

/** Saves checkpoint after checkpoint, each full of its own number, and says which ones are durable. */
function savingProcess(path: string): ChildProcess {
  const store = new URL('lmdb-checkpoint-store.js', import.meta.url).href;
  const script = `
    const { openLmdbCheckpointStore } = await import(${JSON.stringify(store)});
    const store = await openLmdbCheckpointStore({ path: ${JSON.stringify(path)}, plan: 'p' });
    for (let id = ((await store.load())?.id ?? 0) + 1; ; id++) {
      await store.save({ id, states: new Map([['a', new Float64Array(20_000).fill(id)]]), finished: false });
      process.stdout.write(id + '\\n');
    }`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

folderTest(
  'a process that is killed while it saves leaves a whole checkpoint, and none before the last one that it called durable',
  async path => {
    let durable = 0;
    for (let kill = 0; kill < 3; kill++) {
      const child = savingProcess(path);
      const lines = createInterface({ input: child.stdout! });
      lines.on('line', line => {
        durable = Number(line);
      });
      const wanted = durable + 5;
      while (durable < wanted) await once(lines, 'line');
      child.kill('SIGKILL');
      await once(child, 'exit');
      const store = await openLmdbCheckpointStore({ path, plan: 'p' });
      const { id, states } = (await store.load())!;
      assert.ok(id >= durable, `checkpoint ${id} after ${durable}`);
      assert.ok((states.get('a') as Float64Array).every(value => value === id));
      await store.close();
    }
  },
);

/** Opens the store in another process, which says what came of it and then holds it. */
async function otherProcess(path: string): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const store = new URL('lmdb-checkpoint-store.js', import.meta.url).href;
  const script = `
    const { openLmdbCheckpointStore } = await import(${JSON.stringify(store)});
    try {
      const store = await openLmdbCheckpointStore({ path: ${JSON.stringify(path)}, plan: 'p' });
      const last = await store.load();
      await store.save({ id: (last?.id ?? 0) + 1, states: new Map(), finished: false });
      process.stdin.once('data', async () => { await store.close(); process.exit(0); });
      console.log('opened ' + (last?.id ?? 0));
    } catch (error) {
      console.log(error.code + ' ' + error.message);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [said] = (await once(lines, 'line')) as [string];
  return { child, said };
}

folderTest('a folder that a running process has is refused by name, and free again when that process was killed', async path => {
  const { child, said } = await otherProcess(path);
  assert.equal(said, 'opened 0');
  await assert.rejects(openLmdbCheckpointStore({ path, plan: 'p' }), {
    code: 'STATE_IN_USE',
    message: new RegExp(`process ${child.pid}, which is running`),
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok((await readdir(path)).includes('job.lock'));
  const store = await openLmdbCheckpointStore({ path, plan: 'p' });
  assert.equal((await store.load())!.id, 1);
  const other = await otherProcess(path);
  assert.match(other.said, new RegExp(`^STATE_IN_USE .*process ${process.pid}, which is running`));
  await store.close();
  const third = await otherProcess(path);
  assert.equal(third.said, 'opened 1');
  third.child.stdin!.write('close\n');
  await once(third.child, 'exit');
  assert.ok(!(await readdir(path)).includes('job.lock'));
});
