import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatExpression } from '../logical/format-expression.js';
import { lines, Planner, planText } from '../plan-sql.test.fixture.js';
import { BOOLEAN, INT, STRING, withNullable } from '../../spec/data-type.js';
import { foldConstants } from './fold-constants.js';
import { foldExpression } from './fold-expression.js';

const planner = new Planner(`
  CREATE TABLE u (x STRING NOT NULL, a INT, p BOOLEAN);
  CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock');
`);

const FIELDS = [
  { name: 'a', type: INT },
  { name: 'n', type: withNullable(INT, false) },
  { name: 'p', type: BOOLEAN },
  { name: 's', type: STRING },
];
const NAMES = FIELDS.map(field => field.name);

function folds(name: string, pairs: readonly (readonly [sql: string, folded: string])[]): void {
  test(name, () => {
    for (const [sql, folded] of pairs) assert.equal(formatExpression(foldExpression(planner.expression(sql, FIELDS)), NAMES), folded, sql);
  });
}

folds('calls, casts and their nests are computed', [
  ['1 + 2 * 3', '7'],
  ["UPPER('ab') || 'c'", "'ABc'"],
  ["CAST('12' AS INT) + a", '(12 + a)'],
  ["TRY_CAST('x' AS INT)", 'NULL'],
  ["DATE '2024-02-28' + INTERVAL '2' DAY", "DATE '2024-03-01'"],
  ['CAST(2.5 AS DECIMAL(5, 2))', '2.50'],
  ['9223372036854775807 - 1', '9223372036854775806'],
  ["CARDINALITY(ARRAY['a', 'b'])", '2'],
  ["MAP['k', 'v']['k']", "'v'"],
]);

folds('what fails, is random, or depends on the session, is left for the job', [
  ['1 / 0', '(1 / 0)'],
  ["CAST('x' AS INT)", "CAST('x' AS INT)"],
  ['RAND() + 1', '(RAND() + 1.0)'],
  ["CAST('2024-01-01 00:00:00' AS TIMESTAMP_LTZ(3))", "CAST('2024-01-01 00:00:00' AS TIMESTAMP_LTZ(3))"],
  ["TRY_CAST('2024-01-01 00:00:00' AS TIMESTAMP_LTZ(3))", "TRY_CAST('2024-01-01 00:00:00' AS TIMESTAMP_LTZ(3))"],
  ['CURRENT_DATE', 'CURRENT_DATE()'],
]);

folds('texts and arrays that could be huge are not built for the plan', [
  ["REPEAT('x', 1000)", `'${'x'.repeat(1_000)}'`],
  ["REPEAT('x', 1001)", "REPEAT('x', 1001)"],
  ["REPEAT('x', 500000000)", "REPEAT('x', 500000000)"],
  ["CHAR_LENGTH(REPEAT('x', 500000000))", "CHAR_LENGTH(REPEAT('x', 500000000))"],
  ['ARRAY[1, 2]', 'ARRAY(1, 2)'],
]);

folds('NULL makes a strict call NULL, unless another operand could fail', [
  ['a + CAST(NULL AS INT)', 'NULL'],
  ['(1 / n) + CAST(NULL AS INT)', '((1 / n) + NULL)'],
  ['a = CAST(NULL AS INT)', 'NULL'],
  ['a IS DISTINCT FROM CAST(NULL AS INT)', '(a IS DISTINCT FROM NULL)'],
]);

folds('AND and OR in three-valued logic', [
  ['TRUE OR p', 'TRUE'],
  ['p OR TRUE', 'TRUE'],
  ['FALSE AND 1 / n > 0', 'FALSE'],
  ['1 / n > 0 AND FALSE', '(((1 / n) > 0) AND FALSE)'],
  ['n > 0 AND FALSE', 'FALSE'],
  ['p AND TRUE', 'p'],
  ['FALSE OR p', 'p'],
  ['p AND CAST(NULL AS BOOLEAN)', '(p AND NULL)'],
  ['CAST(NULL AS BOOLEAN) OR CAST(NULL AS BOOLEAN)', 'NULL'],
  ['CAST(NULL AS BOOLEAN) AND FALSE', 'FALSE'],
]);

folds('NOT and IS', [
  ['NOT TRUE', 'FALSE'],
  ['NOT CAST(NULL AS BOOLEAN)', 'NULL'],
  ['NOT NOT p', 'p'],
  ['NOT (a IS NULL)', 'a IS NOT NULL'],
  ['n IS NULL', 'FALSE'],
  ['n IS NOT NULL', 'TRUE'],
  ['a IS NULL', 'a IS NULL'],
  ['1 / n IS NULL', '(1 / n) IS NULL'],
  ['CAST(NULL AS BOOLEAN) IS NOT FALSE', 'TRUE'],
]);

folds('CASE and COALESCE keep the branches that can be reached', [
  ['CASE WHEN TRUE THEN a ELSE 1 / 0 END', 'a'],
  ['CASE WHEN FALSE THEN 1 / 0 WHEN p THEN 1 + 1 WHEN TRUE THEN 3 ELSE 4 END', 'CASE WHEN p THEN 2 ELSE 3 END'],
  ['CASE WHEN CAST(NULL AS BOOLEAN) THEN 1 ELSE a END', 'a'],
  ["COALESCE(CAST(NULL AS STRING), s, 'x')", "CASE WHEN s IS NOT NULL THEN s ELSE 'x' END"],
  ['COALESCE(n, a)', 'n'],
  ["IF(1 = 1, s, 'no')", 's'],
]);

test('the type stays, with its NULL', () => {
  const folded = foldExpression(planner.expression('CASE WHEN TRUE THEN n ELSE a END', FIELDS));
  assert.deepEqual(folded, { kind: 'column', index: 1, name: 'n', type: INT });
});

function expect(name: string, sql: string, plan: string): void {
  test(name, () => assert.equal(planText(foldConstants.apply(planner.bind(sql)[0]!.input)), lines(plan)));
}

expect(
  'conditions that always hold are left out',
  "SELECT x FROM u WHERE 1 = 1 AND a > 10 - 5 AND 'a' = 'a'",
  `
  Project(x)
    Filter((a > 5))
      Scan(u) columns=[x, a, p]
`,
);

expect(
  'a condition that never holds reads nothing and asks no model',
  'SELECT x FROM ML_PREDICT(TABLE u, MODEL m, DESCRIPTOR(x)) WHERE 1 / a > 0 AND 1 > 2',
  `
  Project(x)
    Values()
`,
);

expect(
  'a condition of a join goes the same way',
  'SELECT u.x FROM u JOIN u AS v ON TRUE LEFT JOIN u AS w ON u.a = w.a AND NULL IS NULL',
  `
  Project(x)
    Join(left, (a = a))
      Join(inner, all pairs)
        Scan(u) columns=[x, a, p]
        Scan(u) columns=[x, a, p]
      Scan(u) columns=[x, a, p]
`,
);
