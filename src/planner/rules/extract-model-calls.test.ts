import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lines, Planner, planText } from '../plan-sql.test.fixture.js';
import { extractModelCalls } from './extract-model-calls.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, y STRING, a INT, p BOOLEAN);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
  CREATE DATABASE other;
  CREATE MODEL other.m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
  CREATE MODEL two INPUT (i STRING, j INT) OUTPUT (label STRING, score DOUBLE) WITH ('provider' = 'mock');
`);

function extracted(sql: string): string {
  return planText(extractModelCalls.apply(planner.bind(sql)[0]!.input));
}

function expect(name: string, sql: string, plan: string): void {
  test(name, () => assert.equal(extracted(sql), lines(plan)));
}

/** How often a model is asked about a row at most. */
function callCount(sql: string): number {
  return extracted(sql).split('Predict(').length - 1;
}

expect(
  'a call becomes a column',
  'SELECT a, ML_PREDICT(MODEL m, x) AS o FROM t',
  `
  Project(a, m AS o)
    Predict(MODEL m, [x]) outputs=[m]
      Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'a computed argument becomes a column of its own',
  'SELECT ML_PREDICT(MODEL m, x || y) AS o FROM t',
  `
  Project(m AS o)
    Predict(MODEL m, [$arg0]) outputs=[m]
      Project(x, y, a, p, (x || y) AS $arg0)
        Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'several outputs are one ROW',
  'SELECT ML_PREDICT(MODEL two, x, a).score AS s FROM t',
  `
  Project(two.score AS s)
    Predict(MODEL two, [x, a]) outputs=[two] as row
      Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'in CASE only the rows that reach the call are sent',
  "SELECT CASE WHEN a > 1 THEN 'big' WHEN p THEN ML_PREDICT(MODEL m, x) ELSE ML_PREDICT(MODEL m, y) END AS o FROM t",
  `
  Project(CASE WHEN (a > 1) THEN 'big' WHEN p THEN m ELSE m0 END AS o)
    Predict(MODEL m, [y] only where $arg0) outputs=[m0]
      Project(x, y, a, p, $arg0, m, ((a > 1) IS NOT TRUE AND p IS NOT TRUE) AS $arg0)
        Predict(MODEL m, [x] only where $arg0) outputs=[m]
          Project(x, y, a, p, ((a > 1) IS NOT TRUE AND p IS TRUE) AS $arg0)
            Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'behind AND and OR, only the rows for which the left side does not decide are sent',
  "SELECT p AND ML_PREDICT(MODEL m, x) = 'a' AS u, p OR ML_PREDICT(MODEL m, y) = 'b' AS v FROM t",
  `
  Project((p AND (m = 'a')) AS u, (p OR (m0 = 'b')) AS v)
    Predict(MODEL m, [y] only where $arg0) outputs=[m0]
      Project(x, y, a, p, $arg0, m, p IS NOT TRUE AS $arg0)
        Predict(MODEL m, [x] only where $arg0) outputs=[m]
          Project(x, y, a, p, p IS NOT FALSE AS $arg0)
            Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'equal calls are made once, for the rows that reach any of them',
  'SELECT CASE WHEN a > 1 THEN ML_PREDICT(MODEL m, x) END AS u, CASE WHEN p THEN ML_PREDICT(MODEL m, x) END AS v FROM t',
  `
  Project(CASE WHEN (a > 1) THEN m ELSE NULL END AS u, CASE WHEN p THEN m ELSE NULL END AS v)
    Predict(MODEL m, [x] only where $arg0) outputs=[m]
      Project(x, y, a, p, ((a > 1) IS TRUE OR p IS TRUE) AS $arg0)
        Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'a place that always reaches a call takes its guard away',
  'SELECT CASE WHEN p THEN ML_PREDICT(MODEL m, x) END AS u, ML_PREDICT(MODEL m, x) AS v FROM t',
  `
  Project(CASE WHEN p THEN m ELSE NULL END AS u, m AS v)
    Predict(MODEL m, [x]) outputs=[m]
      Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'a call whose argument is a call stands above it',
  'SELECT ML_PREDICT(MODEL m, ML_PREDICT(MODEL m, x)) AS o FROM t',
  `
  Project(m0 AS o)
    Predict(MODEL m, [m]) outputs=[m0]
      Predict(MODEL m, [x]) outputs=[m]
        Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'a call that guards another is made first',
  "SELECT CASE WHEN ML_PREDICT(MODEL m, x) = 'hard' THEN ML_PREDICT(MODEL two, x, a).label ELSE 'easy' END AS o FROM t",
  `
  Project(CASE WHEN (m = 'hard') THEN two.label ELSE 'easy' END AS o)
    Predict(MODEL two, [x, a] only where $arg0) outputs=[two] as row
      Project(x, y, a, p, m, (m = 'hard') IS TRUE AS $arg0)
        Predict(MODEL m, [x]) outputs=[m]
          Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'conditions without a call are tested before it',
  "SELECT a FROM t WHERE ML_PREDICT(MODEL m, x) = 'a' AND a > 1 AND p",
  `
  Project(a)
    Filter((m = 'a'))
      Predict(MODEL m, [x]) outputs=[m]
        Filter(((a > 1) AND p))
          Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'a list takes the answers that the filter below it has asked for',
  "SELECT ML_PREDICT(MODEL m, x) AS u, ML_PREDICT(MODEL m, y) AS v FROM t WHERE ML_PREDICT(MODEL m, x) = 'a'",
  `
  Project(m AS u, m0 AS v)
    Predict(MODEL m, [y]) outputs=[m0]
      Filter((m = 'a'))
        Predict(MODEL m, [x]) outputs=[m]
          Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'a filter without a list above it gives the columns that it had',
  "SELECT * FROM (SELECT x, a FROM t) WHERE ML_PREDICT(MODEL m, x) = 'a'",
  `
  Project(x, a)
    Filter((m = 'a'))
      Predict(MODEL m, [x]) outputs=[m]
        Project(x, a)
          Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'a condition that would come out otherwise the next time is computed once',
  'SELECT CASE WHEN RAND() < 0.5 THEN ML_PREDICT(MODEL m, x) END AS o FROM t',
  `
  Project(CASE WHEN $when THEN m ELSE NULL END AS o)
    Predict(MODEL m, [x] only where $arg0) outputs=[m]
      Project(x, y, a, p, $when, $when IS TRUE AS $arg0)
        Project(x, y, a, p, (RAND() < 0.5) AS $when)
          Scan(t) columns=[x, y, a, p]
`,
);

expect(
  'such a condition is computed only where it is reached',
  "SELECT CASE WHEN p THEN 'no' WHEN RAND() < 0.5 AND ML_PREDICT(MODEL m, x) = 'a' THEN 'yes' END AS o FROM t",
  `
  Project(CASE WHEN p THEN 'no' WHEN ($when AND (m = 'a')) THEN 'yes' ELSE NULL END AS o)
    Predict(MODEL m, [x] only where $arg0) outputs=[m]
      Project(x, y, a, p, $when, (p IS NOT TRUE AND $when IS NOT FALSE) AS $arg0)
        Project(x, y, a, p, CASE WHEN p IS NOT TRUE THEN (RAND() < 0.5) ELSE NULL END AS $when)
          Scan(t) columns=[x, y, a, p]
`,
);

test('a form that names its operand several times asks for it once', () => {
  assert.equal(callCount("SELECT COALESCE(ML_PREDICT(MODEL m, x), 'none') FROM t"), 1);
  assert.equal(callCount("SELECT NULLIF(ML_PREDICT(MODEL m, x), 'none') FROM t"), 1);
  assert.equal(callCount("SELECT ML_PREDICT(MODEL m, x) IN ('a', 'b', 'c') FROM t"), 1);
  assert.equal(callCount("SELECT ML_PREDICT(MODEL m, x) BETWEEN 'a' AND 'b' FROM t"), 1);
  assert.equal(callCount("SELECT CASE ML_PREDICT(MODEL m, x) WHEN 'a' THEN 1 WHEN 'b' THEN 2 END FROM t"), 1);
  assert.equal(callCount("SELECT CASE WHEN p THEN CASE ML_PREDICT(MODEL m, x) WHEN 'a' THEN 1 WHEN 'b' THEN 2 END END FROM t"), 1);
  assert.equal(callCount("SELECT a FROM t WHERE p OR COALESCE(ML_PREDICT(MODEL m, x), '') = 'a'"), 1);
});

test('calls are equal only with the same model, options and inputs', () => {
  assert.equal(callCount('SELECT ML_PREDICT(MODEL m, x), ML_PREDICT(MODEL m, y) FROM t'), 2);
  assert.equal(callCount('SELECT ML_PREDICT(MODEL m, x), ML_PREDICT(MODEL other.m, x) FROM t'), 2);
  assert.equal(callCount("SELECT ML_PREDICT(MODEL m, x), ML_PREDICT(MODEL m, x, MAP['timeout', '1 s']) FROM t"), 2);
  assert.equal(
    callCount("SELECT ML_PREDICT(MODEL m, x, MAP['a', '1', 'b', '2']), ML_PREDICT(MODEL m, x, MAP['b', '2', 'a', '1']) FROM t"),
    1,
  );
  assert.equal(callCount('SELECT ML_PREDICT(MODEL m, CAST(RAND() AS STRING)), ML_PREDICT(MODEL m, CAST(RAND() AS STRING)) FROM t'), 2);
});

test('a guard that needs an answer of its own does not hold back the call that gives it', () => {
  // The second place reaches the call for other rows than the first, and only then when the first has its answer.
  const sql =
    "SELECT CASE WHEN p THEN ML_PREDICT(MODEL m, x) END = 'a', CASE WHEN ML_PREDICT(MODEL m, y) = 'b' THEN ML_PREDICT(MODEL m, x) END FROM t";
  assert.equal(callCount(sql), 3);
});

test('plans without a call are left as they are', () => {
  const plan = planner.bind('SELECT a + 1 FROM t WHERE p')[0]!.input;
  assert.equal(extractModelCalls.apply(plan), plan);
});
