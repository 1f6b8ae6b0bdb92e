import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrayOf, BOOLEAN, INT, STRING, timestampLtz } from '../../spec/data-type.js';
import { Planner } from '../plan-sql.test.fixture.js';
import { formatExpression } from './format-expression.js';

const planner = new Planner("CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock')");
const FIELDS = [
  { name: 'p', type: BOOLEAN },
  { name: 'a', type: INT },
  { name: 's', type: STRING },
  { name: 'r', type: { kind: 'ROW', fields: [{ name: 'f', type: INT }], nullable: true } as const },
  { name: 'l', type: arrayOf(INT) },
  { name: 'ts', type: timestampLtz(3) },
];

function format(sql: string): string {
  return formatExpression(
    planner.expression(sql, FIELDS),
    FIELDS.map(field => field.name),
  );
}

for (const [sql, text] of [
  ['a + 1 * 2', '(a + (1 * 2))'],
  ["s || 'it''s'", "(s || 'it''s')"],
  ['NOT p', 'NOT p'],
  ['NOT (p IS NULL)', 'NOT p IS NULL'],
  ['(NOT p) IS NULL', '(NOT p) IS NULL'],
  ['p IS NOT UNKNOWN', 'p IS NOT NULL'],
  ['p AND a > 1 OR FALSE', '((p AND (a > 1)) OR FALSE)'],
  ["s LIKE 'a%'", "(s LIKE 'a%')"],
  ['UPPER(s)', 'UPPER(s)'],
  ['r.f', 'r.f'],
  ['l[1]', 'l[1]'],
  ['CAST(s AS INT)', 'CAST(s AS INT)'],
  ['TRY_CAST(s AS DECIMAL(5, 2))', 'TRY_CAST(s AS DECIMAL(5, 2))'],
  ['CASE WHEN p THEN a END', 'CASE WHEN p THEN a ELSE NULL END'],
  ['COALESCE(a, 0)', 'CASE WHEN a IS NOT NULL THEN a ELSE 0 END'],
  ["ML_PREDICT(MODEL m, s, MAP['api-key', 'hidden'])", 'ML_PREDICT(MODEL m with api-key, s)'],
  ["DATE '2026-01-31'", "DATE '2026-01-31'"],
  ["TIMESTAMP '2026-01-31 10:00:00.5'", "TIMESTAMP '2026-01-31 10:00:00.5'"],
  ["INTERVAL '90' SECOND", "INTERVAL '90' SECOND"],
  ["ts - INTERVAL '1' HOUR", "(ts - INTERVAL '1' HOUR)"],
  ["INTERVAL '1-6' YEAR TO MONTH", "INTERVAL '18' MONTH"],
  ['-1', '-1'],
  ['1.50', '1.50'],
  ['1e3', '1000.0'],
  ['NULL', 'NULL'],
] as const) {
  test(`${sql} is shown as ${text}`, () => assert.equal(format(sql), text));
}

test('a column without a name is shown by its place', () => {
  assert.equal(formatExpression({ kind: 'column', index: 3, name: 'x', type: INT }, []), '$3');
});
