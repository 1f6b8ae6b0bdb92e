import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decorrelate } from '../decorrelate/decorrelate.js';
import { mapPlan } from '../logical/node.js';
import { lines, Planner, planText } from '../plan-sql.test.fixture.js';
import { pushDownFilter } from './push-down-filter.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, a INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts);
  CREATE TABLE u (x STRING NOT NULL, a INT);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
`);

function expect(name: string, sql: string, plan: string): void {
  test(name, () => assert.equal(planText(pushDownFilter.apply(decorrelate(planner.bind(sql)[0]!.input))), lines(plan)));
}

expect(
  'below a projection, over what its columns are made of',
  'SELECT b FROM (SELECT a + 1 AS b, x FROM u) WHERE b > 2',
  `
  Project(b)
    Project((a + 1) AS b, x)
      Filter(((a + 1) > 2))
        Scan(u) columns=[x, a]
`,
);

expect(
  'two filters become one, the lower condition first',
  'SELECT * FROM (SELECT * FROM u WHERE a <> 0) WHERE 10 / a > 1',
  `
  Project(x, a)
    Project(x, a)
      Filter(((a <> 0) AND ((10 / a) > 1)))
        Scan(u) columns=[x, a]
`,
);

expect(
  'below a model what does not need its answer, so that fewer rows are sent',
  "SELECT * FROM ML_PREDICT(TABLE u, MODEL m, DESCRIPTOR(x)) WHERE a > 1 AND o = 'b' AND x <> ''",
  `
  Project(x, a, o)
    Filter((o = 'b'))
      Predict(MODEL m, [x]) outputs=[o]
        Filter(((a > 1) AND (x <> '')))
          Scan(u) columns=[x, a]
`,
);

expect(
  'into every input of a union',
  "SELECT * FROM (SELECT x FROM t UNION ALL SELECT x FROM u) WHERE x = 'a'",
  `
  Project(x)
    Union(all)
      Project(x)
        Filter((x = 'a'))
          WatermarkAssigner(ts AS ts)
            Scan(t) columns=[x, a, ts]
      Project(x)
        Filter((x = 'a'))
          Scan(u) columns=[x, a]
`,
);

expect(
  'below an aggregation what is about its keys, and not below the watermark',
  "SELECT * FROM (SELECT x, COUNT(*) AS n FROM t GROUP BY x) WHERE n > 1 AND x <> ''",
  `
  Project(x, n)
    Project(x, COUNT(*) AS n)
      Filter((COUNT(*) > 1))
        Aggregate(keys=[x], aggregates=[COUNT(*)])
          Project(x)
            Filter((x <> ''))
              WatermarkAssigner(ts AS ts)
                Scan(t) columns=[x, a, ts]
`,
);

expect(
  'the group of all rows has no keys',
  'SELECT * FROM (SELECT COUNT(*) AS n FROM u) WHERE FALSE',
  `
  Project(n)
    Project(COUNT(*) AS n)
      Filter(FALSE)
        Aggregate(keys=[], aggregates=[COUNT(*)])
          Project()
            Scan(u) columns=[x, a]
`,
);

expect(
  'into both sides of a set operation',
  "SELECT * FROM (SELECT x FROM u EXCEPT SELECT x FROM u) WHERE x > 'a'",
  `
  Project(x)
    SetOperation(except)
      Project(x)
        Filter((x > 'a'))
          Scan(u) columns=[x, a]
      Project(x)
        Filter((x > 'a'))
          Scan(u) columns=[x, a]
`,
);

expect(
  'below a window what is about the rows',
  "SELECT x FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) WHERE a > 1 AND window_start > TIMESTAMP '2024-01-01 00:00:00'",
  `
  Project(x)
    Filter((window_start > CAST(TIMESTAMP '2024-01-01 00:00:00' AS TIMESTAMP(3))))
      WindowTable(tumble(ts, 1 h))
        Filter((a > 1))
          WatermarkAssigner(ts AS ts)
            Scan(t) columns=[x, a, ts]
`,
);

test('a session changes when a row of its partition is left out', () => {
  const sql = "SELECT x FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) WHERE a > 1 AND x = 'b'";
  const sessions = mapPlan(planner.bind(sql)[0]!.input, node =>
    node.kind === 'WindowTable' ? { ...node, window: { kind: 'session', gapMicros: 1_000_000, partition: [0] } } : node,
  );
  const text = planText(pushDownFilter.apply(sessions));
  assert.match(text, /Filter\(\(a > 1\)\)\n *WindowTable\(session.*\n *Filter\(\(x = 'b'\)\)\n *Watermark/);
});

expect(
  'below an order of all rows',
  'SELECT * FROM (SELECT x, a FROM u ORDER BY a) WHERE a > 1',
  `
  Project(x, a)
    Sort(a)
      Project(x, a)
        Filter((a > 1))
          Scan(u) columns=[x, a]
`,
);

expect(
  'not below the first rows of an order',
  'SELECT * FROM (SELECT x, a FROM u ORDER BY a LIMIT 3) WHERE a > 1',
  `
  Project(x, a)
    Filter((a > 1))
      Sort(a, first 3)
        Project(x, a)
          Scan(u) columns=[x, a]
`,
);

expect(
  'a limit keeps its rows',
  'SELECT * FROM (SELECT * FROM u LIMIT 3) WHERE a > 1',
  `
  Project(x, a)
    Filter((a > 1))
      Limit(3)
        Project(x, a)
          Scan(u) columns=[x, a]
`,
);

expect(
  'what comes out otherwise each time is computed once and stays above',
  'SELECT * FROM (SELECT RAND() AS r, a FROM u) WHERE r > 0.5',
  `
  Project(r, a)
    Filter((r > 0.5))
      Project(RAND() AS r, a)
        Scan(u) columns=[x, a]
`,
);

expect(
  'a random condition is not moved to where more rows would be asked',
  'SELECT * FROM ML_PREDICT(TABLE u, MODEL m, DESCRIPTOR(x)) WHERE RAND() < 0.5',
  `
  Project(x, a, o)
    Filter((RAND() < 0.5))
      Predict(MODEL m, [x]) outputs=[o]
        Scan(u) columns=[x, a]
`,
);

expect(
  'into an inner join: to the side that has the columns, and the rest into its condition',
  'SELECT l.x FROM u AS l JOIN u AS r ON l.x = r.x WHERE l.a > 1 AND r.a > 2 AND l.a < r.a',
  `
  Project(x)
    Join(inner, ((x = x) AND (a < a)))
      Filter((a > 1))
        Scan(u) columns=[x, a]
      Filter((a > 2))
        Scan(u) columns=[x, a]
`,
);

expect(
  'above a left join: what is of its left side goes below, what sees its NULLs stays',
  'SELECT l.x FROM u AS l LEFT JOIN u AS r ON l.x = r.x WHERE l.a > 1 AND r.a IS NULL',
  `
  Project(x)
    Filter(a0 IS NULL)
      Join(left, (x = x))
        Filter((a > 1))
          Scan(u) columns=[x, a]
        Scan(u) columns=[x, a]
`,
);

expect(
  'above a right join: what is of its right side goes below',
  'SELECT l.x FROM u AS l RIGHT JOIN u AS r ON l.x = r.x WHERE l.a > 1 AND r.a > 2',
  `
  Project(x)
    Filter((a > 1))
      Join(right, (x = x))
        Scan(u) columns=[x, a]
        Filter((a > 2))
          Scan(u) columns=[x, a]
`,
);

expect(
  'above a full join nothing goes below',
  'SELECT l.x FROM u AS l FULL JOIN u AS r ON l.x = r.x WHERE l.a > 1 AND r.a > 2',
  `
  Project(x)
    Filter(((a > 1) AND (a0 > 2)))
      Join(full, (x = x))
        Scan(u) columns=[x, a]
        Scan(u) columns=[x, a]
`,
);

expect(
  'of ON of a left join what is of its right side alone goes below it',
  'SELECT l.x FROM u AS l LEFT JOIN u AS r ON l.x = r.x AND l.a > 1 AND r.a > 2',
  `
  Project(x)
    Join(left, ((x = x) AND (a > 1)))
      Scan(u) columns=[x, a]
      Filter((a > 2))
        Scan(u) columns=[x, a]
`,
);

expect(
  'of ON of a full join nothing goes below',
  'SELECT l.x FROM u AS l FULL JOIN u AS r ON l.x = r.x AND l.a > 1 AND r.a > 2',
  `
  Project(x)
    Join(full, (((x = x) AND (a > 1)) AND (a > 2)))
      Scan(u) columns=[x, a]
      Scan(u) columns=[x, a]
`,
);

expect(
  'RAND() stays where it is: it is drawn for each pair',
  'SELECT l.x FROM u AS l CROSS JOIN u AS r WHERE RAND() < 0.5 AND l.a > 1',
  `
  Project(x)
    Filter((RAND() < 0.5))
      Join(inner, all pairs)
        Filter((a > 1))
          Scan(u) columns=[x, a]
        Scan(u) columns=[x, a]
`,
);

expect(
  'below IN what does not need its answer',
  'SELECT x FROM u WHERE a > 1 AND x IN (SELECT x FROM t)',
  `
  Project(x)
    Project(x, a)
      Filter($mark)
        MarkJoin(any (x = x))
          Filter((a > 1))
            Scan(u) columns=[x, a]
          Project(x)
            WatermarkAssigner(ts AS ts)
              Scan(t) columns=[x, a, ts]
`,
);

expect(
  'a scalar subquery is asked for fewer rows, and sees all its own',
  'SELECT x FROM u WHERE a > 1 AND a > (SELECT MAX(a) FROM t)',
  `
  Project(x)
    Project(x, a)
      Filter((a > EXPR$0))
        Join(left, all pairs, at most one)
          Filter((a > 1))
            Scan(u) columns=[x, a]
          Project(MAX(a) AS EXPR$0)
            Aggregate(keys=[], aggregates=[MAX(a)])
              Project(a)
                WatermarkAssigner(ts AS ts)
                  Scan(t) columns=[x, a, ts]
`,
);

expect(
  'below UNNEST what does not need the element',
  'SELECT x, y FROM u CROSS JOIN UNNEST(ARRAY[a, 2]) AS e (y) WHERE a > 1 AND y > 2',
  `
  Project(x, y)
    Project(x, a, f0 AS y)
      Filter((f0 > 2))
        Unnest(ARRAY(a, 2)) outputs=[f0]
          Filter((a > 1))
            Scan(u) columns=[x, a]
`,
);
