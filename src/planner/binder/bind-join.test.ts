import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Planner } from '../plan-sql.test.fixture.js';

const planner = new Planner(`
  CREATE TABLE t (a INT, s STRING, xs ARRAY<INT>, prices MAP<STRING, INT>, parts ARRAY<ROW<n INT, a INT>>);
  CREATE TABLE u (a INT, s STRING, c BIGINT);
  CREATE TABLE w (b BOOLEAN, d DATE);
`);

for (const [sql, problems] of [
  ['SELECT t.a FROM t JOIN u ON t.a', [['TYPE_MISMATCH', 't.a']]],
  ['SELECT t.a FROM t JOIN u ON t.x = u.a', [['UNKNOWN_COLUMN', 't.x']]],
  ['SELECT a FROM t JOIN u ON t.a = u.a', [['AMBIGUOUS_COLUMN', 'a']]],
  ['SELECT t.a FROM t JOIN u ON a = 1', [['AMBIGUOUS_COLUMN', 'a']]],
  ['SELECT t.a FROM t JOIN u USING (x)', [['UNKNOWN_COLUMN', 'x']]],
  ['SELECT t.a FROM t JOIN u USING (c)', [['UNKNOWN_COLUMN', 'c']]],
  ['SELECT 1 FROM (SELECT a, a AS b FROM t) AS l JOIN u USING (a)', []],
  ['SELECT 1 FROM (t JOIN u ON t.a = u.a) JOIN u AS v USING (a)', [['AMBIGUOUS_COLUMN', 'a']]],
  ['SELECT t.a FROM t JOIN w ON t.a = w.d', [['TYPE_MISMATCH', 't.a = w.d']]],
  ['SELECT t.a FROM t JOIN u AS t ON TRUE', [['AMBIGUOUS_COLUMN', 'a']]],
  ['SELECT t.a FROM t LEFT JOIN u ON t.a IN (SELECT a FROM u)', [['UNSUPPORTED', 't.a IN (SELECT a FROM u)']]],
  [
    'SELECT t.a FROM t RIGHT JOIN LATERAL (SELECT t.a AS b) AS l ON TRUE',
    [['INVALID_ARGUMENT', 't RIGHT JOIN LATERAL (SELECT t.a AS b) AS l ON TRUE']],
  ],
  ['SELECT 1 FROM t FULL JOIN UNNEST(t.xs) AS e (x) ON TRUE', [['INVALID_ARGUMENT', 't FULL JOIN UNNEST(t.xs) AS e (x) ON TRUE']]],
  ['SELECT 1 FROM t JOIN (SELECT t.a AS b) AS l ON TRUE', [['UNKNOWN_COLUMN', 't.a']]],
  ['SELECT 1 FROM t CROSS JOIN LATERAL (SELECT u.a AS b) AS l CROSS JOIN u', [['UNKNOWN_COLUMN', 'u.a']]],
  ['SELECT 1 FROM t JOIN missing ON TRUE', [['UNKNOWN_TABLE', 'missing']]],
  ['SELECT 1 FROM t NATURAL JOIN u', []],
] as const) {
  test(`problems of ${sql}`, () => assert.deepEqual(planner.problems(sql), problems));
}
