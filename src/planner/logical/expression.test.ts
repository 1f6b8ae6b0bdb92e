import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOOLEAN, INT, STRING } from '../../spec/data-type.js';
import { Planner } from '../plan-sql.test.fixture.js';
import {
  collectColumns,
  isDeterministic,
  mapExpression,
  operandsOf,
  replaceColumns,
  someExpression,
  withOperands,
  type BoundExpression,
} from './expression.js';

const planner = new Planner("CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider' = 'mock')");
const FIELDS = [
  { name: 'p', type: BOOLEAN },
  { name: 'a', type: INT },
  { name: 's', type: STRING },
  { name: 'r', type: { kind: 'ROW', fields: [{ name: 'f', type: INT }], nullable: true } as const },
];
const EVERY_KIND = [
  'a',
  '1',
  'a + 1',
  'CAST(a AS STRING)',
  'p AND a > 1',
  'NOT p',
  'p IS TRUE',
  'CASE WHEN p THEN a WHEN a > 2 THEN 3 ELSE 4 END',
  'r.f',
  'ML_PREDICT(MODEL m, s)',
];

function bind(sql: string): BoundExpression {
  return planner.expression(sql, FIELDS);
}

test('an expression over its own operands is itself, for every kind', () => {
  assert.equal(new Set(EVERY_KIND.map(sql => bind(sql).kind)).size, EVERY_KIND.length);
  for (const sql of EVERY_KIND) {
    const expression = bind(sql);
    assert.deepEqual(withOperands(expression, operandsOf(expression)), expression);
  }
});

test('new operands stand in the places of the old ones', () => {
  for (const sql of EVERY_KIND) {
    const expression = bind(sql);
    const fresh = operandsOf(expression).map((operand, i): BoundExpression => ({ kind: 'literal', value: i, type: operand.type }));
    assert.deepEqual(operandsOf(withOperands(expression, fresh)), fresh);
  }
});

test('a rewrite that changes nothing gives the same object', () => {
  for (const sql of EVERY_KIND) {
    const expression = bind(sql);
    assert.equal(
      mapExpression(expression, each => each),
      expression,
    );
  }
});

test('a rewrite sees operands before what holds them', () => {
  const seen: string[] = [];
  mapExpression(bind('CASE WHEN p THEN a + 1 ELSE 2 END'), each => {
    seen.push(each.kind === 'column' ? each.name : each.kind === 'literal' ? String(each.value) : each.kind);
    return each;
  });
  assert.deepEqual(seen, ['p', 'a', '1', 'call', '2', 'case']);
});

test('columns are found anywhere, and replaced everywhere', () => {
  const expression = bind('CASE WHEN p THEN a + a ELSE r.f END');
  const used = new Set<number>();
  collectColumns(expression, used);
  assert.deepEqual(
    [...used].toSorted((a, b) => a - b),
    [0, 1, 3],
  );
  const moved = replaceColumns(expression, index => ({ kind: 'column', index: index + 10, name: `c${index}`, type: FIELDS[index]!.type }));
  const after = new Set<number>();
  collectColumns(moved, after);
  assert.deepEqual(
    [...after].toSorted((a, b) => a - b),
    [10, 11, 13],
  );
});

test('random numbers, the clock and models make an expression not deterministic', () => {
  assert.equal(isDeterministic(bind('a + 1')), true);
  for (const sql of [
    'RAND() + a',
    'CASE WHEN RAND() < 0.5 THEN 1 ELSE 2 END',
    'CAST(CURRENT_TIMESTAMP AS STRING)',
    'UPPER(ML_PREDICT(MODEL m, s))',
    'UUID()',
  ]) {
    assert.equal(isDeterministic(bind(sql)), false, sql);
  }
});

test('a test holds for the expression or anything in it', () => {
  const has = (kind: BoundExpression['kind']): boolean => someExpression(bind('NOT (p AND a > 1)'), each => each.kind === kind);
  assert.deepEqual([has('not'), has('logical'), has('call'), has('column'), has('case')], [true, true, true, true, false]);
});
