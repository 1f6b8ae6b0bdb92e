import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { evaluatorFunction } from '../../../planner/functions/conversion.js';
import type { Resolution } from '../../../planner/functions/function.js';
import type { BoundExpression } from '../../../planner/logical/expression.js';
import { batchOfRows, rowAt, valueAt, type Batch, type Value } from '../../../spec/batch.js';
import { BOOLEAN, INT, STRING, withNullable, type Field } from '../../../spec/data-type.js';
import { arbitraryRows } from '../../../testing/arbitrary-value.test.fixture.js';
import { callOf, caseWhen, columnRef, ENVIRONMENT, literalOf, logicalOf, notOf } from './build-expression.test.fixture.js';
import { CodeWriter } from './code-writer.js';
import { compileColumns } from './compile-calc.js';
import { evaluateConstant } from './compile-expression.js';
import { EXPRESSION, FIELDS, outcome } from './random-expression.test.fixture.js';

/** The value of an expression in a row, step by step as its definition says. */
function interpret(expression: BoundExpression, row: readonly Value[]): Value {
  const of = (each: BoundExpression): Value => interpret(each, row);
  switch (expression.kind) {
    case 'outer-column':
    case 'subquery':
      throw new Error(`${expression.kind} is computed by a join`);
    case 'column':
      return row[expression.index]!;
    case 'literal':
      return expression.value;
    case 'call':
      return call(expression.resolution, expression.arguments.map(of));
    case 'cast':
      return call(expression.resolution, [of(expression.operand)]);
    case 'logical': {
      const decisive = expression.operator === 'OR';
      const left = of(expression.left);
      if (left === decisive) return decisive;
      const right = of(expression.right);
      return right === decisive ? decisive : left === null || right === null ? null : !decisive;
    }
    case 'not': {
      const value = of(expression.operand);
      return value === null ? null : !(value as boolean);
    }
    case 'is':
      return (of(expression.operand) === { NULL: null, TRUE: true, FALSE: false }[expression.test]) !== expression.not;
    case 'case':
      for (const { when, then } of expression.branches) if (of(when) === true) return of(then);
      return of(expression.otherwise);
    case 'field': {
      const value = of(expression.operand) as readonly Value[] | null;
      return value === null ? null : value[expression.index]!;
    }
    case 'model-call':
      throw new Error('no model here');
  }
}

function call(resolution: Resolution, args: readonly Value[]): Value {
  if (resolution.nulls === 'strict' && args.includes(null)) return null;
  return evaluatorFunction(resolution.evaluator, args.length, ENVIRONMENT)(...args);
}

test('property: the code computes what the expression means, for every row by itself and for all that do not fail together', () => {
  fc.assert(
    fc.property(fc.array(EXPRESSION, { minLength: 1, maxLength: 3 }), arbitraryRows(FIELDS), (expressions, rows) => {
      const batch = batchOfRows(FIELDS, rows);
      const expected = expressions.map(each => rows.map(row => outcome(() => interpret(each, row))));
      expressions.forEach((expression, e) => {
        const compute = compileColumns([expression], FIELDS, ENVIRONMENT);
        const found = rows.map((_, i) => outcome(() => valueAt(compute(batch, Int32Array.of(i), 1)[0]!, 0)));
        assert.deepEqual(found, expected[e]);
        if (!expression.type.nullable) assert.equal(found.includes(null), false);
      });
      const whole = rows.flatMap((_, i) => (expected.every(each => !isFailure(each[i])) ? [i] : []));
      const results = compileColumns(expressions, FIELDS, ENVIRONMENT)(batch, Int32Array.from(whole), whole.length);
      assert.deepEqual(
        results.map(column => whole.map((_, k) => valueAt(column, k))),
        expected.map(each => whole.map(i => each[i])),
      );
    }),
    { numRuns: 400 },
  );
});

function isFailure(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'code' in value;
}

test('property: without columns it is a constant', () => {
  fc.assert(
    fc.property(EXPRESSION, expression => {
      fc.pre(!readsColumns(expression));
      const compiled = outcome(() => evaluateConstant(expression, { writer: new CodeWriter(), environment: ENVIRONMENT }));
      assert.deepEqual(
        compiled,
        outcome(() => interpret(expression, [])),
      );
    }),
  );
});

function readsColumns(expression: BoundExpression): boolean {
  return JSON.stringify(expression, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes('"kind":"column"');
}

/** A BOOLEAN call that notes each row in which it is computed: those whose number is in column 0. */
function probe(seen: number[], result: (n: number) => Value = () => true): BoundExpression {
  const resolution: Resolution = {
    parameters: [INT],
    type: BOOLEAN,
    nulls: 'custom',
    returnsNull: true,
    evaluator: {
      kind: 'invoke',
      create: () => (n: number) => {
        seen.push(n);
        return result(n);
      },
    },
  };
  return { kind: 'call', name: 'PROBE', deterministic: true, resolution, arguments: [columnRef(N_AND_P, 0)], type: BOOLEAN };
}

const N_AND_P: readonly Field[] = [
  { name: 'n', type: INT },
  { name: 'p', type: BOOLEAN },
];
/** p is TRUE in row 0, FALSE in row 1, NULL in row 2. */
const THREE: Batch = batchOfRows(N_AND_P, [
  [0, true],
  [1, false],
  [2, null],
]);
const P = columnRef(N_AND_P, 1);

function compute(expression: BoundExpression): Value[] {
  const [column] = compileColumns([expression], N_AND_P, ENVIRONMENT)(THREE, undefined, 3);
  return [0, 1, 2].map(row => valueAt(column!, row));
}

test('the right side of AND and OR is computed only where the left does not decide', () => {
  const and: number[] = [];
  assert.deepEqual(compute(logicalOf('AND', P, probe(and))), [true, false, null]);
  assert.deepEqual(and, [0, 2]);
  const or: number[] = [];
  assert.deepEqual(
    compute(
      logicalOf(
        'OR',
        P,
        probe(or, () => false),
      ),
    ),
    [true, false, null],
  );
  assert.deepEqual(or, [1, 2]);
});

test('a branch of CASE is computed only where it is reached, and so is the next condition', () => {
  const [second, then, otherwise] = [[], [], []] as number[][];
  const expression = caseWhen(
    [
      { when: P, then: probe(then!) },
      { when: probe(second!, n => n === 1), then: literalOf(false, BOOLEAN) },
    ],
    probe(otherwise!, () => null),
  );
  assert.deepEqual(compute(expression), [true, false, null]);
  assert.deepEqual([then, second, otherwise], [[0], [1, 2], [2]]);
});

test('a guarded division by zero does not happen', () => {
  const n = columnRef(N_AND_P, 0);
  const quotient = callOf('/', literalOf(10, INT), n);
  const isZero = callOf('=', n, literalOf(0, INT));
  const zero = literalOf(0, INT);
  const [column] = compileColumns([caseWhen([{ when: isZero, then: zero }], quotient)], N_AND_P, ENVIRONMENT)(THREE, undefined, 3);
  assert.deepEqual([...column!.values], [0, 10, 5]);
  assert.deepEqual(compute(logicalOf('OR', isZero, callOf('>', quotient, literalOf(5, INT)))), [true, true, false]);
  assert.throws(() => compute(callOf('=', quotient, zero)), { code: 'INVALID_VALUE' });
});

test('an invoked function is made once for each call site', () => {
  let made = 0;
  const resolution: Resolution = {
    parameters: [],
    type: withNullable(INT, false),
    nulls: 'strict',
    returnsNull: false,
    evaluator: {
      kind: 'invoke',
      create: () => {
        made++;
        return () => made;
      },
    },
  };
  const site: BoundExpression = { kind: 'call', name: 'SITE', deterministic: false, resolution, arguments: [], type: resolution.type };
  compileColumns([site, site], N_AND_P, ENVIRONMENT)(THREE, undefined, 3);
  assert.equal(made, 2);
});

test('a CASE of many branches compiles', () => {
  const n = columnRef(N_AND_P, 0);
  const branches = Array.from({ length: 500 }, (_, i) => ({ when: callOf('=', n, literalOf(i + 1, INT)), then: literalOf(i, INT) }));
  const [column] = compileColumns([caseWhen(branches, literalOf(-1, INT))], N_AND_P, ENVIRONMENT)(THREE, undefined, 3);
  assert.deepEqual([...column!.values], [-1, 0, 1]);
});

test('a model call that no rule has taken out is a defect', () => {
  const expression = { kind: 'model-call', call: {}, arguments: [], type: STRING } as unknown as BoundExpression;
  assert.throws(() => compileColumns([expression], N_AND_P, ENVIRONMENT), { code: 'INTERNAL' });
});

test('a column in a constant is a defect', () => {
  assert.throws(() => evaluateConstant(P, { writer: new CodeWriter(), environment: ENVIRONMENT }), { code: 'INTERNAL' });
});

test('rows of a batch are read where they stand', () => {
  assert.deepEqual(rowAt(THREE, 2), [2, null]);
  const [column] = compileColumns([notOf(P)], N_AND_P, ENVIRONMENT)(THREE, Int32Array.of(2, 0, 1), 3);
  assert.deepEqual(
    [0, 1, 2].map(row => valueAt(column!, row)),
    [null, false, true],
  );
});
