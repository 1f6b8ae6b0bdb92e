import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { MillraceError, MillraceErrors } from '../common/error.js';
import { defineConnector } from '../spec/connector.js';
import { defineProvider } from '../spec/provider.js';
import { scalarFunction, tableFunction } from '../spec/user-function.js';
import { createSession } from './create-session.js';
import type { Change, RowObject } from './row-objects.js';

const ORDERS = [
  { id: 1, card: 'visa', amount: '10.50' },
  { id: 2, card: 'amex', amount: 900 },
  { id: 3, card: 'visa', amount: null },
];
const COLUMNS = { id: 'BIGINT NOT NULL', card: 'STRING', amount: 'DECIMAL(10, 2)' } as const;

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

test('rows come as objects, typed by their SQL types', async () => {
  const session = createSession();
  await session.registerTable('orders', ORDERS, { columns: COLUMNS });
  assert.deepEqual(await all(session.query('SELECT id, UPPER(card) AS card, amount FROM orders WHERE id > 1')), [
    { id: 2n, card: 'AMEX', amount: '900.00' },
    { id: 3n, card: 'VISA', amount: null },
  ]);
  await session.close();
});

test('a query that updates its rows gives the last of them, and changes gives all', async () => {
  const session = createSession({ settings: { 'pipeline.batch.max-rows': '1' } });
  await session.registerTable('orders', () => ORDERS, { columns: COLUMNS });
  const sql = 'SELECT card, COUNT(*) AS orders FROM orders GROUP BY card';
  const last = await all(session.query<{ card: string; orders: bigint }>(sql));
  assert.deepEqual(
    last.toSorted((a, b) => (a.card < b.card ? -1 : 1)),
    [
      { card: 'amex', orders: 1n },
      { card: 'visa', orders: 2n },
    ],
  );
  const changes: Change<RowObject>[] = await all(session.changes(sql));
  assert.deepEqual(
    changes.filter(({ row }) => row['card'] === 'visa').map(({ kind, row }) => [kind, row['orders']]),
    [
      ['+I', 1n],
      ['-U', 1n],
      ['+U', 2n],
    ],
  );
  await session.close();
});

test('BIGINT is handed out as the session says', async () => {
  const exact = createSession({ bigints: 'string' });
  assert.deepEqual(await all(exact.query('SELECT 9223372036854775807 AS n')), [{ n: '9223372036854775807' }]);
  await exact.close();
  const numbers = createSession({ bigints: 'number' });
  assert.deepEqual(await all(numbers.query('SELECT CAST(7 AS BIGINT) AS n')), [{ n: 7 }]);
  await assert.rejects(all(numbers.query('SELECT 9223372036854775807 AS n')), { code: 'INVALID_VALUE' });
  await numbers.close();
});

test('a query runs no further ahead than it is read, and ends with its loop', async () => {
  let given = 0;
  let closed = 0;
  async function* endless() {
    try {
      for (;;) yield await Promise.resolve({ n: ++given });
    } finally {
      closed++;
    }
  }
  const session = createSession({ settings: { 'pipeline.batch.max-rows': '10' } });
  await session.registerTable('numbers', endless, { columns: { n: 'INT' }, unbounded: true });
  const taken: number[] = [];
  for await (const { n } of session.query<{ n: number }>('SELECT n FROM numbers')) {
    taken.push(n);
    if (taken.length === 25) break;
  }
  assert.deepEqual(
    taken,
    Array.from({ length: 25 }, (_, i) => i + 1),
  );
  assert.ok(given <= 100, `${given} rows were read`);
  assert.equal(closed, 1);
  await session.close();
});

test('an abort ends a query that waits for rows, and a job', async () => {
  const never = (): AsyncIterable<{ n: number }> => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
  const session = createSession();
  await session.registerTable('numbers', never, { columns: { n: 'INT' } });
  const reason = new Error('enough');
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(all(session.query('SELECT n FROM numbers', { signal: controller.signal })), reason);
  const other = new AbortController();
  setTimeout(() => other.abort(reason), 20);
  const insert = "CREATE TABLE sunk (n INT) WITH ('connector' = 'blackhole'); INSERT INTO sunk SELECT n FROM numbers";
  await assert.rejects(session.execute(insert, { signal: other.signal }), reason);
  await assert.rejects(all(session.query('SELECT 1 AS n', { signal: AbortSignal.abort(reason) })), reason);
  await session.close();
});

test('a script runs in order, and gives a result for each statement', async () => {
  const session = createSession();
  await session.registerTable('orders', ORDERS, { columns: COLUMNS });
  const written: unknown[] = [];
  await session.registerSink('copies', (row, kind) => void written.push([kind, row]), { columns: { id: 'INT', card: 'STRING' } });
  const results = await session.execute(
    "SET 'pipeline.name' = 'copy'; INSERT INTO copies SELECT CAST(id AS INT), card FROM orders; SHOW TABLES;",
  );
  assert.deepEqual(
    results.map(result => result.kind),
    ['done', 'job', 'rows'],
  );
  assert.deepEqual(written, [
    ['+I', { id: 1, card: 'visa' }],
    ['+I', { id: 2, card: 'amex' }],
    ['+I', { id: 3, card: 'visa' }],
  ]);
  assert.deepEqual(results[2], { kind: 'rows', rows: [{ 'table name': 'copies' }, { 'table name': 'orders' }] });
  assert.ok(results[1]?.kind === 'job' && results[1].job.status === 'finished' && results[1].job.name === 'copy');
  await session.close();
});

test('a job without an end runs on until it is stopped or the session closes', async () => {
  const session = createSession();
  const seen: number[] = [];
  async function* ticks() {
    for (let n = 1; ; n++) {
      yield { n };
      await new Promise(resolve => setTimeout(resolve, 1));
    }
  }
  await session.registerTable('ticks', ticks, { columns: { n: 'INT' }, unbounded: true });
  await session.registerSink('seen', ({ n }) => void seen.push(n!), { columns: { n: 'INT' } });
  const [result] = await session.execute('INSERT INTO seen SELECT n FROM ticks');
  assert.ok(result?.kind === 'job' && result.job.status === 'running');
  await new Promise(resolve => setTimeout(resolve, 100));
  await session.close();
  assert.equal(result.job.status, 'stopped');
  assert.ok(seen.length > 0);
  await assert.rejects(session.execute('SHOW TABLES'), { code: 'INVALID_ARGUMENT' });
});

test('functions, providers and connectors of the program are known by their names', async () => {
  const session = createSession();
  session.registerFunction('double_it', scalarFunction({ parameters: ['INT'], returns: 'INT', evaluate: n => n * 2 }));
  session.registerFunction(
    'letters',
    tableFunction({ parameters: ['STRING'], columns: { letter: 'STRING' }, evaluate: text => Array.from(text, letter => ({ letter })) }),
  );
  assert.throws(() => session.registerFunction('double_it', { parameters: [], returns: 'INT', evaluate: () => 1 }), {
    code: 'ALREADY_EXISTS',
  });
  assert.throws(() => session.registerFunction('f', { parameters: ['IMT'], returns: 'INT', evaluate: () => 1 }), { code: 'FUNCTION_LOAD' });
  assert.deepEqual(await all(session.query('SELECT double_it(21) AS n')), [{ n: 42 }]);
  assert.deepEqual(
    await all(session.query("SELECT w, letter FROM (VALUES ('ab'), ('c')) AS v (w) CROSS JOIN LATERAL TABLE(letters(w)) AS l")),
    [
      { w: 'ab', letter: 'a' },
      { w: 'ab', letter: 'b' },
      { w: 'c', letter: 'c' },
    ],
  );
  session.registerConnector(
    defineConnector({
      name: 'nowhere',
      options: z.object({}),
      format: 'none',
      createSink: () => ({ changelogMode: 'all', openWriter: () => Promise.reject(new Error('closed')) }),
    }),
  );
  await session.execute("CREATE TABLE hole (n INT) WITH ('connector' = 'nowhere')");
  assert.equal(typeof defineProvider, 'function');
  await session.close();
});

test('errors carry their text for people', async () => {
  const session = createSession();
  const failure = async (run: () => Promise<unknown>): Promise<MillraceError> => {
    try {
      await run();
    } catch (thrown) {
      return thrown instanceof MillraceErrors ? thrown.errors[0]! : (thrown as MillraceError);
    }
    throw new Error('nothing failed');
  };
  const unknown = 'error[UNKNOWN_TABLE]: there is no table or view "t"\n  --> sql:1:15\n  1 | SELECT * FROM t\n    |               ^';
  assert.equal((await failure(() => all(session.query('SELECT * FROM t')))).rendered, unknown);
  assert.equal((await failure(() => session.explain('SELECT * FROM t'))).rendered, unknown);
  assert.equal((await session.check('SELECT * FROM t'))[0]?.rendered, unknown);
  assert.equal((await failure(() => session.execute('SELCT 1'))).code, 'SYNTAX');
  assert.equal((await failure(() => session.execute('SELECT 1'))).code, 'INVALID_ARGUMENT');
  assert.equal((await failure(() => all(session.query('SHOW TABLES')))).code, 'INVALID_ARGUMENT');
  assert.match(await session.explain('SELECT 1 AS n'), /== Physical Plan ==/);
  await session.close();
  await session.close();
});

test('rows of a table that cannot be used are told by table and column', async () => {
  const session = createSession();
  function* once() {
    yield { n: 1 };
  }
  await session.registerTable('once', once(), { columns: { n: 'INT' } });
  assert.deepEqual(await all(session.query('SELECT n FROM once')), [{ n: 1 }]);
  await assert.rejects(all(session.query('SELECT n FROM once')), {
    code: 'INVALID_ARGUMENT',
    message: 'the rows of table "once" have been read, and can be read once',
  });
  await session.registerTable('wrong', [['secret']], { columns: { n: 'INT' } });
  await assert.rejects(all(session.query('SELECT n FROM wrong')), {
    code: 'INVALID_VALUE',
    message: 'table "wrong", field "n", gives a string where INT takes a whole number in its range',
  });
  await session.registerTable('missing', [{}], { columns: { n: 'INT NOT NULL' } });
  await assert.rejects(all(session.query('SELECT n FROM missing')), { code: 'INVALID_VALUE' });
  await session.registerTable(
    'failing',
    () => ({
      [Symbol.iterator]: () => ({
        next: () => {
          throw new Error('no rows today');
        },
      }),
    }),
    { columns: { n: 'INT' } },
  );
  await assert.rejects(all(session.query('SELECT n FROM failing')), { code: 'FUNCTION_FAILED', message: /no rows today/ });
  await assert.rejects(session.execute('INSERT INTO once SELECT 1'), {
    code: 'INVALID_ARGUMENT',
    message: 'table "once" cannot be written to',
  });
  await assert.rejects(session.registerTable('once', [], { columns: { n: 'INT' } }), { code: 'ALREADY_EXISTS' });
  await session.close();
});

test('a registered table may have all that CREATE TABLE has', async () => {
  const session = createSession();
  const rows = [
    { id: 1, ts: '2026-03-01T09:00:00' },
    { id: 2, ts: '2026-03-01T09:00:30' },
    { id: 3, ts: '2026-03-01T09:01:00' },
  ];
  await session.registerTable('events', rows, { columns: 'id INT, ts TIMESTAMP(3), twice AS id * 2, WATERMARK FOR ts AS ts' });
  const counts = session.query(
    "SELECT window_start, COUNT(*) AS n, SUM(twice) AS total FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
  );
  assert.deepEqual(await all(counts), [
    { window_start: '2026-03-01T09:00:00.000', n: 2n, total: 6 },
    { window_start: '2026-03-01T09:01:00.000', n: 1n, total: 6 },
  ]);
  await session.close();
});
