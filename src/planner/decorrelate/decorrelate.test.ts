import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasSubquery } from '../logical/expression.js';
import { inputsOf, type LogicalNode } from '../logical/node.js';
import { expressionsOf } from '../logical/node-expressions.js';
import { lines, Planner, planText } from '../plan-sql.test.fixture.js';
import { decorrelate } from './decorrelate.js';

const planner = new Planner(`
  CREATE TABLE t (a INT, b INT, xs ARRAY<INT>);
  CREATE TABLE u (c INT, d INT NOT NULL);
`);

function decorrelated(sql: string): LogicalNode {
  return decorrelate(planner.bind(sql)[0]!.input);
}

function expect(name: string, sql: string, plan: string): void {
  test(name, () => assert.equal(planText(decorrelated(sql)), lines(plan)));
}

function nodes(plan: LogicalNode): LogicalNode[] {
  return [plan, ...inputsOf(plan).flatMap(nodes)];
}

expect(
  'EXISTS that is correlated in its filter is a mark of an ordinary join',
  'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE c = a AND d > 1)',
  `
  Project(a)
    Project(a, b, xs)
      Filter($mark)
        MarkJoin(exists ((c = a) AND (d > 1)))
          Scan(t) columns=[a, b, xs]
          Project(c, d, 1 AS $value0)
            Scan(u) columns=[c, d]
`,
);

expect(
  'IN compares, and the filter decides with which rows',
  'SELECT a FROM t WHERE a NOT IN (SELECT c FROM u WHERE d < b)',
  `
  Project(a)
    Project(a, b, xs)
      Filter(NOT $mark)
        MarkJoin(any (a = c) where (d < b))
          Scan(t) columns=[a, b, xs]
          Scan(u) columns=[c, d]
`,
);

expect(
  'a value that is not correlated is computed once',
  'SELECT a, (SELECT MAX(c) FROM u) AS m FROM t',
  `
  Project(a, EXPR$0 AS m)
    Join(left, all pairs, at most one)
      Scan(t) columns=[a, b, xs]
      Project(MAX(c) AS EXPR$0)
        Aggregate(keys=[], aggregates=[MAX(c)])
          Project(c)
            Scan(u) columns=[c, d]
`,
);

expect(
  'a count is computed once for each different outer row, and is 0 where no row is',
  'SELECT a, (SELECT COUNT(*) FROM u WHERE c = a) AS n FROM t',
  `
  Project(a, EXPR$0 AS n)
    Join(left, (a IS NOT DISTINCT FROM a), at most one)
      Scan(t) columns=[a, b, xs]
      Project(a, COUNT(*) AS EXPR$0)
        Project(a, CASE WHEN COUNT(*) IS NOT NULL THEN COUNT(*) ELSE 0 END AS COUNT(*))
          Join(left, (a IS NOT DISTINCT FROM a))
            Aggregate(keys=[a], aggregates=[])
              Project(a)
                Scan(t) columns=[a, b, xs]
            Aggregate(keys=[a], aggregates=[COUNT(*)])
              Project(a)
                Filter((c = a))
                  Join(inner, all pairs)
                    Aggregate(keys=[a], aggregates=[])
                      Project(a)
                        Scan(t) columns=[a, b, xs]
                    Scan(u) columns=[c, d]
`,
);

expect(
  'equal subqueries are computed once',
  'SELECT a, (SELECT MAX(c) FROM u WHERE d = b) AS m, (SELECT MAX(c) FROM u WHERE d = b) + 1 AS n FROM t',
  `
  Project(a, EXPR$0 AS m, (EXPR$0 + 1) AS n)
    Join(left, (b IS NOT DISTINCT FROM b), at most one)
      Scan(t) columns=[a, b, xs]
      Project(b, MAX(c) AS EXPR$0)
        Project(b, MAX(c))
          Join(left, (b IS NOT DISTINCT FROM b))
            Aggregate(keys=[b], aggregates=[])
              Project(b)
                Scan(t) columns=[a, b, xs]
            Aggregate(keys=[b], aggregates=[MAX(c)])
              Project(b, c)
                Filter((d = b))
                  Join(inner, all pairs)
                    Aggregate(keys=[b], aggregates=[])
                      Project(b)
                        Scan(t) columns=[a, b, xs]
                    Scan(u) columns=[c, d]
`,
);

expect(
  'two subqueries: rows for which the second one is computed are those of the table alone',
  'SELECT EXISTS (SELECT 1 FROM u WHERE c = a) AS e, (SELECT MAX(c) FROM u WHERE d = b) AS m FROM t',
  `
  Project($mark AS e, EXPR$0 AS m)
    Join(left, (b IS NOT DISTINCT FROM b), at most one)
      MarkJoin(exists (c = a))
        Scan(t) columns=[a, b, xs]
        Project(c, d, 1 AS $value0)
          Scan(u) columns=[c, d]
      Project(b, MAX(c) AS EXPR$0)
        Project(b, MAX(c))
          Join(left, (b IS NOT DISTINCT FROM b))
            Aggregate(keys=[b], aggregates=[])
              Project(b)
                Scan(t) columns=[a, b, xs]
            Aggregate(keys=[b], aggregates=[MAX(c)])
              Project(b, c)
                Filter((d = b))
                  Join(inner, all pairs)
                    Aggregate(keys=[b], aggregates=[])
                      Project(b)
                        Scan(t) columns=[a, b, xs]
                    Scan(u) columns=[c, d]
`,
);

expect(
  'HAVING alone gives a row for each outer row',
  'SELECT a, (SELECT 1 FROM u WHERE c = a HAVING TRUE) AS o FROM t',
  `
  Project(a, EXPR$0 AS o)
    Join(left, (a IS NOT DISTINCT FROM a), at most one)
      Scan(t) columns=[a, b, xs]
      Project(a, 1 AS EXPR$0)
        Filter(TRUE)
          Aggregate(keys=[a], aggregates=[])
            Project(a)
              Scan(t) columns=[a, b, xs]
`,
);

expect(
  'a lateral row is computed behind its outer row',
  'SELECT a, y FROM t CROSS JOIN LATERAL (SELECT a + 1 AS y)',
  `
  Project(a, y)
    Project(a, b, xs, (a + 1) AS y)
      Scan(t) columns=[a, b, xs]
`,
);

expect(
  'a lateral filter is the condition of a join',
  'SELECT a, c FROM t LEFT JOIN LATERAL (SELECT c FROM u WHERE d = a) ON TRUE',
  `
  Project(a, c)
    Project(a, b, xs, c)
      Join(left, (d = a))
        Scan(t) columns=[a, b, xs]
        Scan(u) columns=[c, d]
`,
);

expect(
  'a lateral limit counts for each different outer row',
  'SELECT a, c FROM t CROSS JOIN LATERAL (SELECT c FROM u WHERE d = a ORDER BY c LIMIT 2)',
  `
  Project(a, c)
    Project(a, b, xs, c)
      Join(inner, (a IS NOT DISTINCT FROM a))
        Scan(t) columns=[a, b, xs]
        Sort(c, first 2 in each [a])
          Project(a, c)
            Filter((d = a))
              Join(inner, all pairs)
                Aggregate(keys=[a], aggregates=[])
                  Project(a)
                    Scan(t) columns=[a, b, xs]
                Scan(u) columns=[c, d]
`,
);

expect(
  'UNNEST stands behind the row that has the collection',
  'SELECT a, x FROM t CROSS JOIN UNNEST(xs) AS e (x)',
  `
  Project(a, x)
    Project(a, b, xs, f0 AS x)
      Unnest(xs) outputs=[f0]
        Scan(t) columns=[a, b, xs]
`,
);

expect(
  'UNNEST of a left join keeps rows without elements',
  'SELECT a, x FROM t LEFT JOIN UNNEST(xs) AS e (x) ON TRUE',
  `
  Project(a, x)
    Project(a, b, xs, f0 AS x)
      Unnest(xs) outputs=[f0] outer
        Scan(t) columns=[a, b, xs]
`,
);

expect(
  'both sides of a set operation have the outer row',
  'SELECT a FROM t WHERE EXISTS (SELECT c FROM u WHERE c = a EXCEPT SELECT b)',
  `
  Project(a)
    Project(a, b, xs)
      Filter($mark)
        MarkJoin(exists ((a IS NOT DISTINCT FROM a) AND (b IS NOT DISTINCT FROM b)))
          Scan(t) columns=[a, b, xs]
          SetOperation(except)
            Project(a, b, c)
              Filter((c = a))
                Join(inner, all pairs)
                  Aggregate(keys=[a, b], aggregates=[])
                    Project(a, b)
                      Scan(t) columns=[a, b, xs]
                  Scan(u) columns=[c, d]
            Project(a, b, b)
              Aggregate(keys=[a, b], aggregates=[])
                Project(a, b)
                  Scan(t) columns=[a, b, xs]
`,
);

expect(
  'a subquery within a subquery names the outermost row',
  'SELECT a FROM t WHERE a IN (SELECT c FROM u AS o WHERE d = (SELECT MAX(d) FROM u WHERE c = b))',
  `
  Project(a)
    Project(a, b, xs)
      Filter($mark)
        MarkJoin(any (a = c) where (b IS NOT DISTINCT FROM b))
          Scan(t) columns=[a, b, xs]
          Project(b, c)
            Project(b, c, d)
              Filter((d = EXPR$0))
                Project(b, c, d, EXPR$0)
                  Join(left, (b IS NOT DISTINCT FROM b), at most one)
                    Join(inner, all pairs)
                      Aggregate(keys=[b], aggregates=[])
                        Project(b)
                          Scan(t) columns=[a, b, xs]
                      Scan(u) columns=[c, d]
                    Project(b, MAX(d) AS EXPR$0)
                      Project(b, MAX(d))
                        Join(left, (b IS NOT DISTINCT FROM b))
                          Aggregate(keys=[b], aggregates=[])
                            Project(b)
                              Scan(t) columns=[a, b, xs]
                          Aggregate(keys=[b], aggregates=[MAX(d)])
                            Project(b, d)
                              Filter((c = b))
                                Join(inner, all pairs)
                                  Aggregate(keys=[b], aggregates=[])
                                    Project(b)
                                      Scan(t) columns=[a, b, xs]
                                  Scan(u) columns=[c, d]
`,
);

expect(
  'both sides of a full join have the outer row, and its columns are those that are there',
  'SELECT a FROM t CROSS JOIN LATERAL (SELECT p.c FROM (SELECT c FROM u WHERE d = a) AS p FULL JOIN u AS q ON p.c = q.c)',
  `
  Project(a)
    Project(a, b, xs, c)
      Join(inner, (a IS NOT DISTINCT FROM a))
        Scan(t) columns=[a, b, xs]
        Project(a, c)
          Project(CASE WHEN a IS NOT NULL THEN a ELSE a END AS a, c, c AS c0, d)
            Join(full, ((a IS NOT DISTINCT FROM a) AND (c = c)))
              Project(a, c)
                Filter((d = a))
                  Join(inner, all pairs)
                    Aggregate(keys=[a], aggregates=[])
                      Project(a)
                        Scan(t) columns=[a, b, xs]
                    Scan(u) columns=[c, d]
              Join(inner, all pairs)
                Aggregate(keys=[a], aggregates=[])
                  Project(a)
                    Scan(t) columns=[a, b, xs]
                Scan(u) columns=[c, d]
`,
);

test('a plan grows by each subquery, not with each', () => {
  const size = (count: number): number => {
    const items = Array.from({ length: count }, (_, i) => `(SELECT COUNT(*) FROM u WHERE c = a AND d > ${i})`);
    return nodes(decorrelated(`SELECT ${items.join(', ')} FROM t`)).length;
  };
  assert.equal(size(9) - size(8), size(2) - size(1));
});

test('no subquery, lateral join or outer column is left', () => {
  const deep = `
    SELECT (SELECT COUNT(*) FROM u WHERE c = a AND EXISTS (SELECT 1 FROM t AS s WHERE s.b = d AND s.a IN (SELECT c FROM u WHERE d > t.b)))
    FROM t LEFT JOIN LATERAL (SELECT MIN(c) AS m FROM u WHERE d IN (SELECT x FROM UNNEST(t.xs) AS e (x))) AS l ON TRUE`;
  for (const node of nodes(decorrelated(deep))) {
    assert.notEqual(node.kind, 'Correlate');
    assert.ok(expressionsOf(node).every(each => !hasSubquery(each) && !JSON.stringify(each).includes('outer-column')));
  }
});
