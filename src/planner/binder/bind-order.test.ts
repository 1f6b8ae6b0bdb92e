import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Planner } from '../plan-sql.test.fixture.js';

const planner = new Planner(`
  CREATE TABLE t (a INT, s STRING, xs ARRAY<INT>, prices MAP<STRING, INT>, parts ARRAY<ROW<n INT, a INT>>);
  CREATE TABLE u (a INT, s STRING, c BIGINT);
  CREATE TABLE w (b BOOLEAN, d DATE);
`);

for (const [sql, problems] of [
  ['SELECT a FROM t ORDER BY 2', [['INVALID_ARGUMENT', '2']]],
  ['SELECT a FROM t ORDER BY 0', [['INVALID_ARGUMENT', '0']]],
  ['SELECT a FROM t ORDER BY x', [['UNKNOWN_COLUMN', 'x']]],
  ['SELECT a AS b FROM t ORDER BY b, s, a + 1', []],
  ['SELECT DISTINCT a FROM t ORDER BY s', [['INVALID_ARGUMENT', 's']]],
  ['SELECT DISTINCT a FROM t ORDER BY a + 1', [['INVALID_ARGUMENT', 'a + 1']]],
  ['SELECT a, COUNT(*) FROM t GROUP BY a ORDER BY s', [['INVALID_ARGUMENT', 's']]],
  ['SELECT a, COUNT(*) FROM t GROUP BY a ORDER BY MAX(s), 2', []],
  ['SELECT a FROM t UNION ALL SELECT a FROM u ORDER BY c', [['UNKNOWN_COLUMN', 'c']]],
  ['VALUES (1), (2) ORDER BY 2', [['INVALID_ARGUMENT', '2']]],
  ['SELECT prices FROM t ORDER BY prices', [['TYPE_MISMATCH', 'prices']]],
  ['SELECT a FROM t ORDER BY a LIMIT 1.5', [['INVALID_ARGUMENT', '1.5']]],
  ['SELECT a FROM t OFFSET -1', [['INVALID_ARGUMENT', '-1']]],
] as const) {
  test(`problems of ${sql}`, () => assert.deepEqual(planner.problems(sql), problems));
}
