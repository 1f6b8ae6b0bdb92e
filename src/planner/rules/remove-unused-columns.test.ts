import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lines, Planner, planText } from '../plan-sql.test.fixture.js';
import { removeUnusedColumns } from './remove-unused-columns.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, y STRING, a INT, b INT);
  CREATE TABLE w (k STRING, v INT, unused STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND);
  CREATE TABLE c (line STRING, n AS CHAR_LENGTH(line), other STRING);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING, score DOUBLE) WITH ('provider' = 'mock');
`);

function expect(name: string, sql: string, plan: string): void {
  test(name, () => assert.equal(planText(removeUnusedColumns.apply(planner.bind(sql)[0]!.input)), lines(plan)));
}

expect(
  'a table gives only what is read',
  'SELECT a FROM t WHERE b > 1',
  `
  Project(a)
    Filter((b > 1))
      Scan(t) columns=[a, b]
`,
);

expect(
  'counting needs no column',
  'SELECT COUNT(*) AS n FROM t',
  `
  Project(COUNT(*) AS n)
    Aggregate(keys=[], aggregates=[COUNT(*)])
      Project()
        Scan(t) columns=[]
`,
);

expect(
  'rows that wait for a model carry only what is needed above',
  'SELECT a, o FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(y))',
  `
  Project(a, o)
    Predict(MODEL m, [y]) outputs=[o, score]
      Scan(t) columns=[y, a]
`,
);

expect(
  'a window keeps its time, and its bounds keep their places',
  "SELECT v, window_end FROM TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '10' SECOND)",
  `
  Project(v, window_end)
    WindowTable(tumble(ts, 10 s))
      WatermarkAssigner(ts AS (ts - INTERVAL '1' SECOND))
        Scan(w) columns=[v, ts]
`,
);

expect(
  'the inputs of a union stay alike',
  'SELECT b FROM (SELECT a, b, x FROM t UNION ALL SELECT b, a, y FROM t)',
  `
  Project(b)
    Union(all)
      Project(b)
        Scan(t) columns=[b]
      Project(a)
        Scan(t) columns=[a]
`,
);

expect(
  'a computed column that nobody reads is not computed',
  'SELECT other FROM c',
  `
  Project(other)
    Project(other)
      Scan(c) columns=[other]
`,
);

expect(
  'values lose columns too',
  "SELECT b FROM (VALUES (1, 'x'), (2, 'y')) AS v (a, b)",
  `
  Project(b)
    Project(EXPR$1 AS b)
      Values(('x'), ('y'))
`,
);

test('the fields that leave, their order and their types stay', () => {
  const { input } = planner.bind("SELECT window_start, v, v + 1 AS w FROM TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '10' SECOND)")[0]!;
  assert.deepEqual(removeUnusedColumns.apply(input).fields, input.fields);
});
