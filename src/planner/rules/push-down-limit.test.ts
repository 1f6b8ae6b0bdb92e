import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapPlan } from '../logical/node.js';
import { lines, Planner, planText } from '../plan-sql.test.fixture.js';
import { pushDownLimit } from './push-down-limit.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, a INT);
  CREATE TABLE u (x STRING, a INT);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
`);

function expect(name: string, sql: string, plan: string): void {
  test(name, () => assert.equal(planText(pushDownLimit.apply(planner.bind(sql)[0]!.input)), lines(plan)));
}

expect(
  'below projections, so that only rows that stay are computed',
  'SELECT b + 1 FROM (SELECT a * 2 AS b FROM t) LIMIT 3 OFFSET 1',
  `
  Project((b + 1) AS EXPR$0)
    Project((a * 2) AS b)
      Limit(3 after 1)
        Scan(t) columns=[x, a]
`,
);

expect(
  'into the inputs of a union, whose first rows can come from any of them',
  'SELECT x FROM t UNION ALL SELECT x FROM u LIMIT 3 OFFSET 2',
  `
  Limit(3 after 2)
    Union(all)
      Project(x)
        Limit(5)
          Scan(t) columns=[x, a]
      Project(x)
        Limit(5)
          Scan(u) columns=[x, a]
`,
);

expect(
  'an offset alone says nothing of the inputs',
  'SELECT x FROM t UNION ALL SELECT x FROM u OFFSET 2',
  `
  Limit(all after 2)
    Union(all)
      Project(x)
        Scan(t) columns=[x, a]
      Project(x)
        Scan(u) columns=[x, a]
`,
);

expect(
  'two limits are one',
  'SELECT * FROM (SELECT * FROM (SELECT x FROM t LIMIT 10 OFFSET 5) LIMIT 4 OFFSET 3) LIMIT 9 OFFSET 1',
  `
  Project(x)
    Project(x)
      Project(x)
        Limit(3 after 9)
          Scan(t) columns=[x, a]
`,
);

expect(
  'the first rows of an order',
  'SELECT * FROM (SELECT x FROM t ORDER BY a LIMIT 5) LIMIT 2',
  `
  Project(x)
    Project(x)
      Sort($key0, first 2)
        Project(x, a AS $key0)
          Scan(t) columns=[x, a]
`,
);

expect(
  'a model call can lose rows, which others must replace',
  'SELECT o FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(x)) LIMIT 2',
  `
  Project(o)
    Limit(2)
      Predict(MODEL m, [x]) outputs=[o]
        Scan(t) columns=[x, a]
`,
);

test('where it keeps all rows, no more are asked about than are needed', () => {
  const plan = mapPlan(planner.bind('SELECT o FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(x)) LIMIT 2')[0]!.input, node =>
    node.kind === 'Predict' ? { ...node, keepsRows: true } : node,
  );
  assert.match(planText(pushDownLimit.apply(plan)), /Predict.*\n *Limit\(2\)\n *Scan/);
});
