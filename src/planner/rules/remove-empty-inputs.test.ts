import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lines, Planner, planText } from '../plan-sql.test.fixture.js';
import { foldConstants } from './fold-constants.js';
import { removeEmptyInputs } from './remove-empty-inputs.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, a INT);
  CREATE VIEW nil AS SELECT x, a FROM t WHERE FALSE;
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
`);

function rewritten(sql: string): string {
  return planText(removeEmptyInputs.apply(foldConstants.apply(planner.bind(sql)[0]!.input)));
}

for (const [name, sql] of [
  ['a projection', 'SELECT a + 1 FROM nil'],
  ['a model call', 'SELECT * FROM ML_PREDICT(TABLE nil, MODEL m, DESCRIPTOR(x))'],
  ['groups', 'SELECT x, COUNT(*) FROM nil GROUP BY x'],
  ['an order', 'SELECT x FROM nil ORDER BY a'],
  ['LIMIT 0', 'SELECT x FROM t LIMIT 0'],
  ['an inner join', 'SELECT * FROM t JOIN nil ON t.a = nil.a'],
  ['the kept side of a left join', 'SELECT * FROM nil LEFT JOIN t ON t.a = nil.a'],
  ['the kept side of a right join', 'SELECT * FROM t RIGHT JOIN nil ON t.a = nil.a'],
  ['both sides of a full join', 'SELECT * FROM nil FULL JOIN nil AS n ON n.a = nil.a'],
  ['INTERSECT', 'SELECT x FROM t INTERSECT SELECT x FROM nil'],
  ['the left of EXCEPT', 'SELECT x FROM nil EXCEPT SELECT x FROM t'],
  ['a union of nothing', 'SELECT x FROM nil UNION ALL SELECT x FROM nil'],
] as const) {
  test(`${name} without rows is nothing`, () => assert.equal(rewritten(sql), 'Values()'));
}

for (const [name, sql] of [
  ['the group of all rows', 'SELECT COUNT(*) FROM nil'],
  ['the other side of a left join', 'SELECT * FROM t LEFT JOIN nil ON t.a = nil.a'],
  ['one side of a full join', 'SELECT * FROM t FULL JOIN nil ON t.a = nil.a'],
  ['the right of EXCEPT', 'SELECT x FROM t EXCEPT SELECT x FROM nil'],
] as const) {
  test(`${name} has a result all the same`, () => assert.match(rewritten(sql), /(Aggregate|Join|SetOperation)/));
}

test('a union of one input is that input, under its names', () => {
  const plan = `
  Project(x AS b)
    Project(x)
      Scan(t) columns=[x, a]
`;
  assert.equal(rewritten('SELECT x AS b FROM nil UNION ALL SELECT x FROM t'), lines(plan));
});

test('a union of several loses the empty ones', () => {
  const plan = `
  Union(all)
    Project(x)
      Scan(t) columns=[x, a]
    Project(x)
      Scan(t) columns=[x, a]
`;
  assert.equal(rewritten('SELECT x FROM t UNION ALL SELECT x FROM nil UNION ALL SELECT x FROM t'), lines(plan));
});
