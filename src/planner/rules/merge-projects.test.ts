import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lines, Planner, planText } from '../plan-sql.test.fixture.js';
import { mergeProjects } from './merge-projects.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, a INT);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
`);

function expect(name: string, sql: string, plan: string): void {
  test(name, () => assert.equal(planText(mergeProjects.apply(planner.bind(sql)[0]!.input)), lines(plan)));
}

expect(
  'one projection of two',
  'SELECT b + 1 AS c FROM (SELECT a * 2 AS b FROM t)',
  `
  Project(((a * 2) + 1) AS c)
    Scan(t) columns=[x, a]
`,
);

expect(
  'what is used twice is computed once',
  'SELECT b + b AS c FROM (SELECT a * 2 AS b FROM t)',
  `
  Project((b + b) AS c)
    Project((a * 2) AS b)
      Scan(t) columns=[x, a]
`,
);

expect(
  'a column may be used as often as one likes',
  'SELECT b + b AS c FROM (SELECT a AS b FROM t)',
  `
  Project((a + a) AS c)
    Scan(t) columns=[x, a]
`,
);

expect(
  'what comes out otherwise each time stays where it is',
  'SELECT b + 1 AS c FROM (SELECT RAND() AS b FROM t)',
  `
  Project((b + 1.0) AS c)
    Project(RAND() AS b)
      Scan(t) columns=[x, a]
`,
);

expect(
  'two columns of one random number stay equal',
  'SELECT b AS c, b AS d FROM (SELECT RAND() AS b FROM t)',
  `
  Project(b AS c, b AS d)
    Project(RAND() AS b)
      Scan(t) columns=[x, a]
`,
);

expect(
  'a model call stays where it is',
  'SELECT CASE WHEN a > 1 THEN o END AS c FROM (SELECT a, ML_PREDICT(MODEL m, x) AS o FROM t)',
  `
  Project(CASE WHEN (a > 1) THEN o ELSE NULL END AS c)
    Project(a, ML_PREDICT(MODEL m, x) AS o)
      Scan(t) columns=[x, a]
`,
);

expect(
  'a column that nobody reads is dropped, also an expensive one',
  'SELECT a FROM (SELECT a, ML_PREDICT(MODEL m, x) AS o FROM t)',
  `
  Project(a)
    Scan(t) columns=[x, a]
`,
);

expect(
  'a projection that changes nothing goes',
  'SELECT x, a FROM (SELECT x, a FROM t)',
  `
  Scan(t) columns=[x, a]
`,
);

expect(
  'one that only renames or reorders does not',
  'SELECT a AS b, x FROM t',
  `
  Project(a AS b, x)
    Scan(t) columns=[x, a]
`,
);
