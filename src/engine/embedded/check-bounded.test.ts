import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { execNodes, type SourceExec } from '../../planner/physical/exec-node.js';
import { lower } from '../../planner/physical/lower.js';
import { Planner } from '../../planner/plan-sql.test.fixture.js';
import { optimize } from '../../planner/rules/index.js';
import { checkBounded } from './check-bounded.js';

const planner = new Planner(`
  CREATE TABLE endless (a INT);
  CREATE TABLE file (a INT, b INT);
`);

/** What is refused: the message, and the text it points at; `undefined` for nothing. */
function refused(sql: string): string | undefined {
  const isUnbounded = ({ table }: SourceExec): boolean => table.name.object === 'endless';
  try {
    checkBounded(execNodes(lower(optimize(planner.bind(sql)))), isUnbounded);
  } catch (thrown) {
    assert.ok(MillraceError.is(thrown) && thrown.code === 'UNSUPPORTED');
    return `${thrown.message.split(' needs')[0]} at ${sql.slice(thrown.span!.start, thrown.span!.end)}`;
  }
  return undefined;
}

for (const sql of [
  'SELECT a FROM endless WHERE a > 1',
  'SELECT a FROM endless UNION ALL SELECT a FROM file',
  'SELECT e.a FROM endless AS e JOIN file AS f ON e.a = f.a',
  'SELECT e.a FROM endless AS e LEFT JOIN file AS f ON e.a = f.a',
  'SELECT a FROM endless WHERE a NOT IN (SELECT a FROM file)',
  'SELECT a FROM file ORDER BY a',
  'SELECT a FROM (SELECT a FROM endless LIMIT 3) AS few ORDER BY a',
  'SELECT f.a FROM file AS f JOIN (SELECT a FROM endless LIMIT 3) AS few ON f.a = few.a',
  'SELECT a, COUNT(*) FROM endless GROUP BY a',
  'SELECT e.a, x.b FROM endless AS e CROSS JOIN LATERAL (SELECT e.a + 1 AS b) AS x',
]) {
  test(`runs without an end: ${sql}`, () => assert.equal(refused(sql), undefined));
}

for (const [sql, what] of [
  ['SELECT a FROM endless ORDER BY a', 'ORDER BY at a'],
  ['SELECT a FROM file WHERE a IN (SELECT a FROM endless)', 'IN with a subquery at a IN (SELECT a FROM endless)'],
  ['SELECT a FROM endless EXCEPT SELECT a FROM file', 'EXCEPT at SELECT a FROM endless EXCEPT SELECT a FROM file'],
  ['SELECT a FROM file EXCEPT SELECT a FROM endless', 'EXCEPT at SELECT a FROM file EXCEPT SELECT a FROM endless'],
  ['SELECT f.a FROM file AS f JOIN endless AS e ON f.a = e.a', 'a join at file AS f JOIN endless AS e ON f.a = e.a'],
  ['SELECT a FROM file UNION ALL (SELECT a FROM endless ORDER BY a)', 'ORDER BY at a'],
] as const) {
  test(`needs an end: ${sql}`, () => assert.equal(refused(sql), what));
}
