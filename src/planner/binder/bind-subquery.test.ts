import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Planner } from '../plan-sql.test.fixture.js';

const planner = new Planner(`
  CREATE TABLE t (a INT, s STRING, xs ARRAY<INT>, prices MAP<STRING, INT>, parts ARRAY<ROW<n INT, a INT>>);
  CREATE TABLE u (a INT, s STRING, c BIGINT);
  CREATE TABLE w (b BOOLEAN, d DATE);
`);

for (const [sql, problems] of [
  ['SELECT (SELECT a, s FROM u) FROM t', [['COLUMN_COUNT', '(SELECT a, s FROM u)']]],
  ['SELECT a IN (SELECT a, s FROM u) FROM t', [['COLUMN_COUNT', 'a IN (SELECT a, s FROM u)']]],
  ['SELECT (a, s) IN (SELECT a FROM u) FROM t', [['COLUMN_COUNT', '(a, s) IN (SELECT a FROM u)']]],
  ['SELECT a IN (SELECT b FROM w) FROM t', [['TYPE_MISMATCH', 'a IN (SELECT b FROM w)']]],
  ['SELECT a + (SELECT b FROM w) FROM t', [['TYPE_MISMATCH', 'a + (SELECT b FROM w)']]],
  ['SELECT 1 FROM t WHERE (SELECT a FROM u)', [['TYPE_MISMATCH', '(SELECT a FROM u)']]],
  ['SELECT 1 FROM t WHERE EXISTS (SELECT x FROM u)', [['UNKNOWN_COLUMN', 'x']]],
  [
    'SELECT 1 FROM t WHERE EXISTS (SELECT x, y FROM u WHERE z)',
    [
      ['UNKNOWN_COLUMN', 'x'],
      ['UNKNOWN_COLUMN', 'y'],
      ['UNKNOWN_COLUMN', 'z'],
    ],
  ],
  ['SELECT 1 FROM t AS p JOIN t AS q ON TRUE WHERE EXISTS (SELECT 1 FROM w WHERE a = 1)', [['AMBIGUOUS_COLUMN', 'a']]],
  ['SELECT a FROM t GROUP BY a HAVING EXISTS (SELECT 1 FROM w WHERE s IS NULL)', [['INVALID_ARGUMENT', 's']]],
  ['SELECT a FROM t GROUP BY a HAVING EXISTS (SELECT 1 FROM w WHERE t.a = 1)', []],
] as const) {
  test(`problems of ${sql}`, () => assert.deepEqual(planner.problems(sql), problems));
}
