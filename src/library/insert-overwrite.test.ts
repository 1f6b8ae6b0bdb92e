import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { createSession } from './create-session.js';

async function withFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const { path, remove } = await temporaryFolder();
  try {
    await check(path);
  } finally {
    await remove();
  }
}

test('INSERT OVERWRITE replaces a file, also one that its query reads, with the final rows', () =>
  withFolder(async folder => {
    const session = createSession();
    await session.registerTable('numbers', () => [{ n: 1 }, { n: 2 }, { n: 2 }], { columns: { n: 'INT' } });
    await session.execute(
      `CREATE TABLE counts (n INT, times BIGINT) WITH ('connector' = 'filesystem', 'path' = '${join(folder, 'counts.jsonl')}', 'format' = 'json')`,
    );
    const rows = async (): Promise<unknown[]> => {
      const all: unknown[] = [];
      for await (const row of session.query<{ n: number; times: bigint }>('SELECT * FROM counts')) all.push([row.n, row.times]);
      return all.toSorted();
    };
    for (let run = 0; run < 2; run++) {
      await session.execute('INSERT OVERWRITE counts SELECT n, COUNT(*) FROM numbers GROUP BY n');
      assert.deepEqual(await rows(), [
        [1, 1n],
        [2, 2n],
      ]);
    }
    await session.execute('INSERT OVERWRITE counts SELECT n, times * 10 FROM counts WHERE n > 1');
    assert.deepEqual(await rows(), [[2, 20n]]);
    await session.execute('INSERT OVERWRITE counts SELECT n, times FROM counts WHERE n > 100');
    assert.deepEqual(await rows(), []);
    assert.deepEqual(readdirSync(folder), ['counts.jsonl']);
    await session.close();
  }));

test('a job that is stopped or fails before its end replaces nothing', () =>
  withFolder(async folder => {
    const path = join(folder, 'kept.jsonl');
    const session = createSession();
    await session.execute(
      `CREATE TABLE kept (n INT) WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = 'json'); INSERT INTO kept VALUES (1)`,
    );
    const before = readFileSync(path, 'utf8');
    async function* slow() {
      yield { n: 2 };
      await new Promise(() => {});
    }
    await session.registerTable('slow', slow, { columns: { n: 'INT' } });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await assert.rejects(session.execute('INSERT OVERWRITE kept SELECT n FROM slow', { signal: controller.signal }), { message: 'enough' });
    await session.registerTable('bad', () => [{ n: 3 }, { n: null }], { columns: { n: 'INT' } });
    await assert.rejects(session.execute('INSERT OVERWRITE kept SELECT 1 / (n - 3) FROM bad'), { code: 'INVALID_VALUE' });
    assert.equal(readFileSync(path, 'utf8'), before);
    await session.close();
  }));

test('a restart of a finished job with kept state does not replace again', () =>
  withFolder(async folder => {
    const path = join(folder, 'out');
    const run = async (insert: string, stateDirectory?: string): Promise<void> => {
      const session = createSession(stateDirectory === undefined ? {} : { stateDirectory });
      await session.execute(`CREATE TABLE out_rows (n INT) WITH ('connector' = 'filesystem', 'path' = '${path}/', 'format' = 'json')`);
      await session.execute(insert);
      await session.close();
    };
    const lines = (): string[] =>
      readdirSync(path)
        .flatMap(name => readFileSync(join(path, name), 'utf8').trim().split('\n'))
        .toSorted();
    await run('INSERT INTO out_rows VALUES (1)');
    await run('INSERT OVERWRITE out_rows VALUES (2), (3)', join(folder, 'state'));
    assert.deepEqual(lines(), ['{"n":2}', '{"n":3}']);
    await run('INSERT INTO out_rows VALUES (4)');
    await run('INSERT OVERWRITE out_rows VALUES (2), (3)', join(folder, 'state'));
    assert.deepEqual(lines(), ['{"n":2}', '{"n":3}', '{"n":4}']);
  }));
