import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonTable, workplace, type Workplace } from './workplace.js';

const ORDERS = jsonTable('orders', 'id INT, customer STRING, amount DECIMAL(10, 2)', 'orders.jsonl');

function withOrders(place: Workplace): void {
  place.write(
    'orders.jsonl',
    '{"id":1,"customer":"Ada","amount":10.50}\n{"id":2,"customer":"Grace","amount":99.00}\n{"id":3,"customer":null,"amount":0.75}\n',
  );
  place.write('tables.sql', ORDERS);
}

const QUERY = 'SELECT id, customer, amount FROM orders WHERE amount > 5';

/** What each format prints of a query that only inserts, and of one that updates. */
const FORMATS = {
  table: [
    'id | customer | amount\n---+----------+-------\n 1 | Ada      |  10.50\n 2 | Grace    |  99.00\n(2 rows)\n',
    'op | n\n---+--\n+I | 3\n(1 row)\n',
  ],
  jsonl: ['{"id":1,"customer":"Ada","amount":10.5}\n{"id":2,"customer":"Grace","amount":99}\n', '{"op":"+I","n":3}\n'],
  csv: ['id,customer,amount\n1,Ada,10.5\n2,Grace,99\n', 'op,n\n+I,3\n'],
  changelog: ['+I[1, Ada, 10.50]\n+I[2, Grace, 99.00]\n', '+I[3]\n'],
};

for (const [format, [rows, counted]] of Object.entries(FORMATS)) {
  test(`--format ${format} prints rows, and nothing else on stdout`, async context => {
    const place = workplace(context);
    withOrders(place);
    const { code, stdout, stderr } = await place.run([
      'run',
      'tables.sql',
      '--format',
      format,
      '-e',
      QUERY,
      '-e',
      'SELECT COUNT(*) AS n FROM orders',
    ]);
    assert.deepEqual(
      { code, stdout, stderr: place.masked(stderr) },
      { code: 0, stdout: `${rows}${counted}`, stderr: '6 rows in, 3 rows out in N ms (N rows/s)\n' },
    );
  });
}

/** What a result without rows looks like. */
const EMPTY = {
  table: 'id | customer | amount\n---+----------+-------\n(0 rows)\n',
  jsonl: '',
  csv: 'id,customer,amount\n',
  changelog: '',
};

for (const [format, printed] of Object.entries(EMPTY)) {
  test(`--format ${format} of a result without rows`, async context => {
    const place = workplace(context);
    withOrders(place);
    const ended = await place.run(['run', '-q', 'tables.sql', '--format', format, '-e', 'SELECT * FROM orders WHERE amount > 1000']);
    assert.deepEqual(ended, { code: 0, stdout: printed, stderr: '' });
  });
}

test('files run in order in one session, then -e in order; --quiet prints nothing but rows', async context => {
  const place = workplace(context);
  withOrders(place);
  place.write('second.sql', "CREATE VIEW big AS SELECT id FROM orders WHERE amount > 5;\nSELECT 'file' AS source, id FROM big;\n");
  const ended = await place.run([
    'run',
    'tables.sql',
    'second.sql',
    '-q',
    '-f',
    'changelog',
    '-e',
    "SELECT 'a'; SELECT 'b'",
    '-e',
    "SELECT 'c'",
  ]);
  assert.deepEqual(ended, { code: 0, stdout: '+I[file, 1]\n+I[file, 2]\n+I[a]\n+I[b]\n+I[c]\n', stderr: '' });
});

test('--limit ends each SELECT by itself', async context => {
  const place = workplace(context);
  withOrders(place);
  const ended = await place.run([
    'run',
    '-q',
    'tables.sql',
    '-f',
    'jsonl',
    '--limit',
    '1',
    '-e',
    'SELECT id FROM orders; SELECT customer FROM orders',
  ]);
  assert.deepEqual(ended, { code: 0, stdout: '{"id":1}\n{"customer":"Ada"}\n', stderr: '' });
});

test('--limit ends a stream', async context => {
  const place = workplace(context);
  const numbers = `CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000000000', 'rows-per-second' = '100');`;
  const ended = await place.run(['run', '-q', '-f', 'changelog', '--limit', '3', '-e', `${numbers} SELECT n FROM numbers`]);
  assert.deepEqual(ended, { code: 0, stdout: '+I[1]\n+I[2]\n+I[3]\n', stderr: '' });
});

test('--limit does not cut a result that is updated', async context => {
  const place = workplace(context);
  withOrders(place);
  assert.deepEqual(await place.run(['run', 'tables.sql', '--limit', '2', '-e', 'SELECT COUNT(*) AS n FROM orders']), {
    code: 2,
    stdout: '',
    stderr: `error[CHANGELOG_MODE]: the query updates its rows, so a limit (--limit) would cut its result in the middle of a change
  --> -e:1:1
  1 | SELECT COUNT(*) AS n FROM orders
    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ run it without the limit
`,
  });
});

test('--set holds like SET, and SET in a script has the last word', async context => {
  const place = workplace(context);
  const select = 'SELECT CAST(TO_TIMESTAMP_LTZ(0, 3) AS STRING) AS epoch';
  const run = (sql: string) => place.run(['run', '-q', '-f', 'changelog', '--set', 'table.local-time-zone=Asia/Tokyo', '-e', sql]);
  assert.equal((await run(select)).stdout, '+I[1970-01-01 09:00:00.000]\n');
  assert.equal((await run(`SET 'table.local-time-zone' = 'UTC'; ${select}`)).stdout, '+I[1970-01-01 00:00:00.000]\n');
});

test('statements about the catalog print tables; SHOW CREATE prints its text', async context => {
  const place = workplace(context);
  withOrders(place);
  const ended = await place.run([
    'run',
    'tables.sql',
    '-e',
    "SHOW TABLES; DESCRIBE orders; SHOW CREATE TABLE orders; SET 'parallelism.default' = '2'; SET",
  ]);
  assert.deepEqual(ended, {
    code: 0,
    stdout: `table name
----------
orders
(1 row)
name     | type           | null | key  | extras | watermark
---------+----------------+------+------+--------+----------
id       | INT            | TRUE | NULL | NULL   | NULL
customer | STRING         | TRUE | NULL | NULL   | NULL
amount   | DECIMAL(10, 2) | TRUE | NULL | NULL   | NULL
(3 rows)
CREATE TABLE default_catalog.default_database.orders (
  id INT,
  customer STRING,
  amount DECIMAL(10, 2)
)
WITH (
  'connector' = 'filesystem',
  'format' = 'json',
  'path' = 'orders.jsonl'
)
key                 | value
--------------------+------
parallelism.default | 2
(1 row)
`,
    stderr: '',
  });
});

test('explain prints the plan of every query, and runs nothing', async context => {
  const place = workplace(context);
  place.write('tables.sql', ORDERS);
  const ended = await place.run(['explain', 'tables.sql', '-e', QUERY]);
  assert.deepEqual(ended, {
    code: 0,
    stdout: `== Logical Plan ==
Sink(result) columns=[id, customer, amount]
  Filter((amount > 5))
    Scan(orders) columns=[id, customer, amount]

== Physical Plan ==
Sink(result) columns=[id, customer, amount] changelog=[+I]
  Source(orders) columns=[id, customer, amount] select=[id, customer, amount], where=[(amount > 5)]

`,
    stderr: '',
  });
});

test('EXPLAIN of a script is a result of run', async context => {
  const place = workplace(context);
  withOrders(place);
  const { stdout } = await place.run(['explain', 'tables.sql', '-e', QUERY]);
  assert.deepEqual(await place.run(['run', 'tables.sql', '-e', `EXPLAIN ${QUERY}`]), {
    code: 0,
    stdout: stdout.trimEnd() + '\n',
    stderr: '',
  });
});

test('check finds no problems without reading a table', async context => {
  const place = workplace(context);
  place.write('tables.sql', ORDERS);
  const ended = await place.run(['check', 'tables.sql', '-e', QUERY]);
  assert.deepEqual(ended, { code: 0, stdout: '', stderr: 'no problems\n' });
});

test('simulate openai prints its address, answers, and prints what was asked when it is stopped', async context => {
  const place = workplace(context);
  withOrders(place);
  const simulator = place.start(['simulate', 'openai', '--models', 'gpt-4o-mini']);
  await simulator.until(() => simulator.stdout.includes('\n') && simulator.stderr.includes('\n'));
  assert.match(simulator.stdout, /^http:\/\/127\.0\.0\.1:\d+\/v1\n$/);
  const model = `CREATE MODEL m INPUT (q STRING) OUTPUT (a STRING)
    WITH ('provider' = 'openai', 'endpoint' = '${simulator.stdout.trim()}', 'api-key' = 'any', 'model' = 'gpt-4o-mini');`;
  const predict = 'SELECT id, a FROM ML_PREDICT(TABLE orders, MODEL m, DESCRIPTOR(customer)) WHERE id < 3';
  const { code, stdout } = await place.run(['run', 'tables.sql', '-f', 'changelog', '-e', model + predict]);
  assert.equal(code, 0);
  assert.match(stdout, /^\+I\[1, answer \w+ to: Ada\]\n\+I\[2, answer \w+ to: Grace\]\n$/);
  simulator.signal('SIGINT');
  const ended = await simulator.ended;
  assert.equal(ended.code, 0);
  const statistics = JSON.parse(ended.stderr.slice(ended.stderr.indexOf('{'))) as Record<string, unknown>;
  assert.deepEqual({ inFlight: statistics['inFlight'], byStatus: statistics['byStatus'] }, { inFlight: 0, byStatus: { 200: 2 } });
});
