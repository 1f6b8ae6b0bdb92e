import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonTable, workplace } from './workplace.js';

const BROKEN = `CREATE TABLE orders (amount INT, customer STRING)
WITH ('connector' = 'filesystem', 'path' = 'orders.jsonl', 'format' = 'json');

SELEC amount FROM orders;
SELECT amount, FROM orders;
SELECT customer FROM orders WHERE;
`;

const BROKEN_TOLD = `error[SYNTAX]: unexpected "SELEC", expected a statement
  --> broken.sql:4:1
  4 | SELEC amount FROM orders;
    | ^^^^^ did you mean "SELECT"?

error[SYNTAX]: nothing stands between "," and FROM
  --> broken.sql:5:14
  5 | SELECT amount, FROM orders;
    |              ^ remove the comma, or write what is missing

error[SYNTAX]: unexpected ";", expected an expression
  --> broken.sql:6:34
  6 | SELECT customer FROM orders WHERE;
    |                                  ^
`;

for (const command of ['run', 'explain']) {
  test(`${command} tells every syntax error of a script`, async context => {
    const place = workplace(context);
    place.write('broken.sql', BROKEN);
    assert.deepEqual(await place.run([command, 'broken.sql']), { code: 2, stdout: '', stderr: BROKEN_TOLD });
  });
}

test('check tells every syntax error and counts them', async context => {
  const place = workplace(context);
  place.write('broken.sql', BROKEN);
  assert.deepEqual(await place.run(['check', 'broken.sql']), { code: 2, stdout: '', stderr: `${BROKEN_TOLD}\n3 problems\n` });
});

test('nothing runs where a later file is broken', async context => {
  const place = workplace(context);
  place.write('broken.sql', BROKEN);
  assert.deepEqual(await place.run(['run', '-e', 'SELECT 1', 'broken.sql']), { code: 2, stdout: '', stderr: BROKEN_TOLD });
});

test('of several -e the broken one is named', async context => {
  const { code, stderr } = await workplace(context).run(['run', '-e', 'SELECT 1', '-e', 'SELECT (2']);
  assert.equal(code, 2);
  assert.match(stderr, /^error\[SYNTAX\]: .*\n {2}--> -e 2:1:\d+\n/);
});

test('check finds what is wrong with names and types in all statements', async context => {
  const place = workplace(context);
  place.write('tables.sql', jsonTable('orders', 'amount INT, customer STRING', 'orders.jsonl'));
  place.write(
    'queries.sql',
    'SELECT amuont FROM orders;\nSELECT amount FROM order_s;\nSELECT UPER(customer) FROM orders;\nSELECT amount + customer FROM orders;\n',
  );
  assert.deepEqual(await place.run(['check', 'tables.sql', 'queries.sql']), {
    code: 2,
    stdout: '',
    stderr: `error[UNKNOWN_COLUMN]: table "orders" has no column "amuont"
  --> queries.sql:1:8
  1 | SELECT amuont FROM orders;
    |        ^^^^^^ did you mean "amount"?

error[UNKNOWN_TABLE]: there is no table or view "order_s"
  --> queries.sql:2:20
  2 | SELECT amount FROM order_s;
    |                    ^^^^^^^ did you mean "orders"?

error[UNKNOWN_FUNCTION]: there is no function "UPER"
  --> queries.sql:3:8
  3 | SELECT UPER(customer) FROM orders;
    |        ^^^^^^^^^^^^^^ did you mean "UPPER"?

error[TYPE_MISMATCH]: "+" does not take (INT, STRING)
  --> queries.sql:4:8
  4 | SELECT amount + customer FROM orders;
    |        ^^^^^^^^^^^^^^^^^ it is called as a + b

4 problems
`,
  });
});

test('run stops at the first statement that is wrong, after what stands before it', async context => {
  const place = workplace(context);
  place.write('orders.jsonl', '{"amount":1}\n');
  place.write(
    'script.sql',
    `${jsonTable('orders', 'amount INT', 'orders.jsonl')}SELECT amount FROM orders;\nSELECT amuont FROM orders;\nSELECT 2;\n`,
  );
  assert.deepEqual(await place.run(['run', '-q', '-f', 'changelog', 'script.sql']), {
    code: 2,
    stdout: '+I[1]\n',
    stderr: `error[UNKNOWN_COLUMN]: table "orders" has no column "amuont"
  --> script.sql:3:8
  3 | SELECT amuont FROM orders;
    |        ^^^^^^ did you mean "amount"?
`,
  });
});

/** Definitions and queries with one mistake each, and what is told below the line of the place. */
const MISTAKES: readonly { readonly sql: string; readonly code: string; readonly told: string; readonly help: string }[] = [
  {
    sql: "CREATE TABLE t (id INT) WITH ('connector' = 'filesystm', 'path' = 'x', 'format' = 'json')",
    code: 'UNKNOWN_EXTENSION',
    told: 'there is no connector "filesystm"',
    help: 'did you mean "filesystem"?',
  },
  {
    sql: "CREATE TABLE t (id INT) WITH ('connector' = 'filesystem', 'path' = 'x', 'format' = 'jsn')",
    code: 'UNKNOWN_EXTENSION',
    told: 'there is no format "jsn"',
    help: 'did you mean "json"?',
  },
  {
    sql: "CREATE TABLE t (id INT) WITH ('connector' = 'filesystem', 'path' = 'x', 'format' = 'json', 'sourc.monitor-interval' = '1 s')",
    code: 'UNKNOWN_OPTION',
    told: 'table "t" has no option "sourc.monitor-interval"',
    help: 'did you mean "source.monitor-interval"?',
  },
  {
    sql: "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'opnai')",
    code: 'UNKNOWN_EXTENSION',
    told: 'there is no provider "opnai"',
    help: 'did you mean "openai"?',
  },
  {
    sql: 'INSERT INTO people SELECT id, name, name FROM people',
    code: 'COLUMN_COUNT',
    told: 'the query gives 3 columns, table "people" takes 2',
    help: 'the query gives id INT, name STRING',
  },
  {
    sql: 'INSERT INTO people SELECT COUNT(*), name FROM people GROUP BY name',
    code: 'TYPE_MISMATCH',
    told: 'column "id" of table "people" is INT, the query gives BIGINT',
    help: 'CAST',
  },
];

for (const { sql, code, told, help } of MISTAKES) {
  test(`${code}: ${told}`, async context => {
    const place = workplace(context);
    place.write('people.sql', jsonTable('people', 'id INT, name STRING', 'people.jsonl'));
    const ended = await place.run(['run', 'people.sql', '-e', sql]);
    assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code: 2, stdout: '' });
    const [first, at, line, marked] = ended.stderr.split('\n');
    assert.equal(first, `error[${code}]: ${told}`);
    assert.match(at!, /^ {2}--> -e:1:\d+$/);
    assert.equal(line, `  1 | ${sql}`);
    assert.ok(marked!.trimStart().startsWith('|') && marked!.includes(help), marked);
  });
}
