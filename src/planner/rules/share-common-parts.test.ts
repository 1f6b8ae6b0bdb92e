import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainLogical } from '../logical/explain-logical.js';
import { lines, Planner } from '../plan-sql.test.fixture.js';
import { shareCommonParts } from './share-common-parts.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, a INT);
  CREATE DATABASE elsewhere;
  CREATE TABLE elsewhere.t (x STRING, a INT);
  CREATE TABLE o1 (s STRING);
  CREATE TABLE o2 (s STRING);
  CREATE TABLE d1 (n DOUBLE);
  CREATE TABLE d2 (n DECIMAL(2, 1));
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
  CREATE VIEW answers AS SELECT ML_PREDICT(MODEL m, x) AS o FROM t;
`);

function shared(sql: string): string {
  return shareCommonParts(planner.bind(sql)).map(explainLogical).join('\n');
}

function set(...inserts: string[]): string {
  return `EXECUTE STATEMENT SET BEGIN ${inserts.map(each => `${each};`).join(' ')} END`;
}

test('a view with a model call that two sinks read asks the model once a row', () => {
  assert.equal(
    shared(set('INSERT INTO o1 SELECT o FROM answers', "INSERT INTO o2 SELECT o FROM answers WHERE o <> ''")),
    lines(`
      Sink(o1) columns=[s]
        Project(o AS s)
          Project(o)
            Shared #1
              Project(ML_PREDICT(MODEL m, x) AS o)
                Scan(t) columns=[x, a]
      Sink(o2) columns=[s]
        Project(o AS s)
          Project(o)
            Filter((o <> ''))
              Shared #1
                Project(ML_PREDICT(MODEL m, x) AS o)
                  Scan(t) columns=[x, a]
    `),
  );
});

test('readers of one part get one node', () => {
  const roots = shareCommonParts(planner.bind(set('INSERT INTO o1 SELECT x FROM t', 'INSERT INTO o2 SELECT x FROM t')));
  assert.equal(roots[0]!.input.kind, 'Shared');
  assert.equal(roots[0]!.input, roots[1]!.input);
});

test('a query that reads a table twice reads it once', () => {
  assert.equal(shared('SELECT x FROM t UNION ALL SELECT x FROM t').split('Shared #1').length - 1, 2);
});

for (const [name, sql] of [
  ['tables of the same name in other databases', 'SELECT x FROM t UNION ALL SELECT x FROM elsewhere.t'],
  ['a table with and without hints', "SELECT x FROM t /*+ OPTIONS('k' = 'v') */ UNION ALL SELECT x FROM t"],
  [
    'random numbers: each reader has its own',
    'SELECT r FROM (SELECT RAND() AS r FROM t) UNION ALL SELECT r FROM (SELECT RAND() AS r FROM t)',
  ],
  ['rows that are written out', 'SELECT a FROM (VALUES (1)) AS v (a) UNION ALL SELECT a FROM (VALUES (1)) AS v (a)'],
] as const) {
  test(`not shared: ${name}`, () => {
    const plan = shared(sql);
    assert.ok(!/Shared.*\n\s*(Project|Values)/.test(plan), plan);
    if (!name.startsWith('random')) assert.ok(!plan.includes('Shared'), plan);
  });
}

test('not shared: literals that look alike and have other types', () => {
  const plan = shared(
    set('INSERT INTO d1 SELECT v FROM (SELECT CAST(1.5 AS DOUBLE) AS v FROM t)', 'INSERT INTO d2 SELECT v FROM (SELECT 1.5 AS v FROM t)'),
  );
  assert.equal(plan.includes('Shared #1\n        Scan') || plan.includes('Shared #1\n          Scan'), true, plan);
  assert.ok(!/Shared.*\n\s*Project/.test(plan), plan);
});
