import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Planner } from '../plan-sql.test.fixture.js';

const planner = new Planner(`
  CREATE TABLE t (a INT, s STRING, xs ARRAY<INT>, prices MAP<STRING, INT>, parts ARRAY<ROW<n INT, a INT>>);
  CREATE TABLE u (a INT, s STRING, c BIGINT);
  CREATE TABLE w (b BOOLEAN, d DATE);
`);

for (const [sql, problems] of [
  ['SELECT 1 FROM t CROSS JOIN UNNEST(t.a)', [['TYPE_MISMATCH', 't.a']]],
  ['SELECT 1 FROM t CROSS JOIN UNNEST(t.y)', [['UNKNOWN_COLUMN', 't.y']]],
  ['SELECT 1 FROM UNNEST(xs)', [['UNKNOWN_COLUMN', 'xs']]],
  ['SELECT x FROM t CROSS JOIN UNNEST(t.xs) AS e (x, y)', [['COLUMN_COUNT', 'x']]],
  ['SELECT n, p FROM t CROSS JOIN UNNEST(t.parts) AS e (n)', [['COLUMN_COUNT', 'n']]],
  ['SELECT a FROM t CROSS JOIN UNNEST(t.parts)', [['AMBIGUOUS_COLUMN', 'a']]],
  ['SELECT k, v, p FROM t CROSS JOIN UNNEST(t.prices) WITH ORDINALITY AS e (k, v, p)', []],
  ["SELECT 1 FROM UNNEST('abc')", [['TYPE_MISMATCH', "'abc'"]]],
] as const) {
  test(`problems of ${sql}`, () => assert.deepEqual(planner.problems(sql), problems));
}
