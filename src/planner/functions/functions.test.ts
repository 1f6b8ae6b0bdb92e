import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operandsOf, type BoundExpression } from '../logical/expression.js';
import { bindSql, evaluateSql } from './evaluate-sql.test.fixture.js';
import { createFunctionRegistry, SCALAR_FUNCTIONS } from './function-registry.js';

for (const { name, examples } of SCALAR_FUNCTIONS) {
  test(`the examples of ${name} are true`, () => {
    for (const { sql, result } of examples) assert.equal(evaluateSql(sql), result, sql);
  });
}

test('every function is documented with an example', () => {
  for (const { name, doc, signature, examples } of SCALAR_FUNCTIONS) {
    assert.ok(examples.length > 0, name);
    assert.match(doc, /^[A-Z].*\.$|…$/, name);
    assert.ok(signature.length > 0, name);
  }
});

test('names and aliases are upper case and stand for one function each', () => {
  const names = SCALAR_FUNCTIONS.flatMap(each => [each.name, ...(each.aliases ?? [])]);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.equal(name, name.toUpperCase());
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
