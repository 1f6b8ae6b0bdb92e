import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOOLEAN, INT, STRING } from '../../spec/data-type.js';
import { Planner } from '../plan-sql.test.fixture.js';
import { digestExpression, digestNode, digestPlan } from './digest.js';

const planner = new Planner(`
  CREATE TABLE t (x STRING, a INT, r ROW<f INT, g INT>);
  CREATE DATABASE other;
  CREATE TABLE other.t (x STRING, a INT, r ROW<f INT, g INT>);
  CREATE TABLE o (n BIGINT);
  CREATE TABLE o2 (n BIGINT);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
  CREATE MODEL other.m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
`);

const FIELDS = [
  { name: 'p', type: BOOLEAN },
  { name: 'a', type: INT },
  { name: 's', type: STRING },
  {
    name: 'r',
    type: {
      kind: 'ROW',
      fields: [
        { name: 'f', type: INT },
        { name: 'g', type: INT },
      ],
      nullable: true,
    } as const,
  },
];

function digest(sql: string): string {
  return digestExpression(planner.expression(sql, FIELDS));
}

test('equal expressions have equal digests, whatever the text', () => {
  for (const [one, other] of [
    ['a + 1', '  a   +1'],
    ['t.a', 'a'],
    ['p IS NOT TRUE', 'p IS NOT true'],
    ["s = 'x'", "t.s = 'x'"],
    ["ML_PREDICT(MODEL m, s, MAP['a', '1', 'b', '2'])", "ML_PREDICT('m', s, MAP['b', '2', 'a', '1'])"],
  ] as const) {
    assert.equal(digest(one), digest(other));
  }
});

test('expressions that differ in anything that counts have other digests', () => {
  const all = [
    'a',
    's',
    'a + 1',
    '1 + a',
    'a - 1',
    'CAST(1 AS BIGINT)',
    '1',
    "'1'",
    '1.5',
    'CAST(1.5 AS DOUBLE)',
    "CAST('1' AS STRING)",
    'CAST(NULL AS INT)',
    'CAST(NULL AS STRING)',
    'NOT (p IS NULL)',
    '(NOT p) IS NULL',
    'p IS NULL',
    'p IS NOT NULL',
    'p IS TRUE',
    'p IS FALSE',
    'p AND TRUE',
    'p OR TRUE',
    'CAST(a AS STRING)',
    'TRY_CAST(a AS STRING)',
    'CAST(a AS VARCHAR(3))',
    'r.f',
    'r.g',
    'CASE WHEN p THEN 1 ELSE 2 END',
    'CASE WHEN p THEN CAST(1 AS BIGINT) ELSE 2 END',
    'CASE WHEN p THEN 1 WHEN p THEN 1 ELSE 2 END',
    'ML_PREDICT(MODEL m, s)',
    'ML_PREDICT(MODEL other.m, s)',
    "ML_PREDICT(MODEL m, s, MAP['a', '1'])",
    "ML_PREDICT(MODEL m, s, MAP['a', '2'])",
    "DATE '2026-01-01'",
    "TIMESTAMP '2026-01-01 00:00:00'",
    "INTERVAL '1' DAY",
    "INTERVAL '1' MONTH",
  ];
  const seen = new Map(all.map(sql => [digest(sql), sql]));
  assert.deepEqual([...seen.values()], all);
});

test('nodes that differ in tables, hints, columns, names or types have other digests', () => {
  const all = [
    'SELECT x FROM t',
    'SELECT x FROM other.t',
    "SELECT x FROM t /*+ OPTIONS('k' = 'v') */",
    'SELECT x AS y FROM t',
    'SELECT x, a FROM t',
    'SELECT a, x FROM t',
    'SELECT x FROM t WHERE a > 1',
    'SELECT x FROM t LIMIT 1',
    'SELECT x FROM t LIMIT 2',
    'SELECT x FROM t OFFSET 1',
    'SELECT 1 AS x FROM t',
    'SELECT CAST(1 AS BIGINT) AS x FROM t',
    'SELECT DISTINCT x FROM t',
    'SELECT x FROM t GROUP BY x, a',
    'SELECT COUNT(*) AS x FROM t',
    'SELECT COUNT(a) AS x FROM t',
    'SELECT COUNT(*) FILTER (WHERE a > 1) AS x FROM t',
    "SELECT x FROM (VALUES ('a')) AS v (x)",
    "SELECT x FROM (VALUES ('b')) AS v (x)",
    'SELECT x FROM t UNION ALL SELECT x FROM t',
    'SELECT o AS x FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(x))',
  ];
  const seen = new Map(all.map(sql => [digestNode(planner.bind(sql)[0]!.input), sql]));
  assert.deepEqual([...seen.values()], all);
});

test('a plan belongs to its target', () => {
  const [one, same, other] = ['INSERT INTO o SELECT a FROM t', 'INSERT INTO o  SELECT a  FROM t', 'INSERT INTO o2 SELECT a FROM t'].map(
    sql => digestPlan(planner.bind(sql)),
  );
  assert.equal(one, same);
  assert.notEqual(one, other);
});
