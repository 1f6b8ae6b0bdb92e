import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operandsOf, type BoundExpression } from '../logical/expression.js';
import { bindSql, evaluateSql } from './evaluate-sql.test.fixture.js';
import type { FunctionDoc } from './function.js';
import { ABSENT_FUNCTIONS, absenceOf } from './absent-functions.js';
import { FLINK_SCALAR_FUNCTIONS } from './flink-functions.fixture.js';
import { createFunctionRegistry, SCALAR_FUNCTIONS } from './function-registry.js';
import { SPECIAL_FORMS } from './special-forms.js';

const DOCUMENTED = [...SCALAR_FUNCTIONS, ...SPECIAL_FORMS];

for (const { name, examples } of DOCUMENTED) {
  test(`the examples of ${name} are true`, () => {
    for (const { sql, result } of examples) assert.equal(evaluateSql(sql), result, sql);
  });
}

test('every function is documented with an example', () => {
  for (const { name, doc, signature, examples } of DOCUMENTED) {
    assert.ok(examples.length > 0, name);
    assert.match(doc, /^[A-Z].*\.$|…$/, name);
    assert.ok(signature.length > 0, name);
  }
});

function namesOf(functions: readonly FunctionDoc[]): string[] {
  return functions.flatMap(each => [each.name, ...(each.aliases ?? [])]);
}

test('every scalar function of Flink is here or absent for a reason', () => {
  const here = new Set(namesOf(DOCUMENTED).map(name => name.replaceAll(' ', '_')));
  const absent = ABSENT_FUNCTIONS.flatMap(({ names }) => names);
  assert.equal(new Set(absent).size, absent.length);
  assert.deepEqual(
    absent.filter(name => here.has(name)),
    [],
  );
  assert.deepEqual(FLINK_SCALAR_FUNCTIONS.filter(name => !here.has(name)).toSorted(), absent.toSorted());
  assert.equal(new Set(FLINK_SCALAR_FUNCTIONS).size, FLINK_SCALAR_FUNCTIONS.length);
  assert.match(absenceOf('PARSE_JSON')!, /VARIANT/);
  assert.equal(absenceOf('UPPER'), undefined);
});

test('names and aliases are upper case and stand for one function each', () => {
  const names = namesOf(SCALAR_FUNCTIONS);
  const all = namesOf(DOCUMENTED);
  assert.equal(new Set(all).size, all.length);
  for (const name of all) assert.equal(name, name.toUpperCase());
  assert.deepEqual([...createFunctionRegistry().keys()], names);
});

function callsIn(expression: BoundExpression): readonly BoundExpression[] {
  return [expression, ...operandsOf(expression).flatMap(callsIn)];
}

test('a name that compiled code refers to means the same everywhere', () => {
  const known = new Map<string, unknown>();
  for (const { examples } of SCALAR_FUNCTIONS) {
    for (const each of examples.flatMap(({ sql }) => callsIn(bindSql(sql)))) {
      if (each.kind !== 'call' && each.kind !== 'cast') continue;
      const { evaluator } = each.resolution;
      for (const [name, helper] of Object.entries((evaluator.kind === 'inline' && evaluator.helpers) || {})) {
        assert.ok(!known.has(name) || known.get(name) === helper, name);
        known.set(name, helper);
      }
    }
  }
  assert.ok(known.has('addLong') && known.has('fitDecimal'));
});
