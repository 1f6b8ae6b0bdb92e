import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toMillraceError } from '../../../common/error.js';
import { castTo } from '../../../planner/binder/coerce.js';
import { evaluatorFunction } from '../../../planner/functions/conversion.js';
import type { Resolution } from '../../../planner/functions/function.js';
import type { BoundExpression } from '../../../planner/logical/expression.js';
import { batchOfRows, rowAt, valueAt, type Batch, type Value } from '../../../spec/batch.js';
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, withNullable, type DataType, type Field } from '../../../spec/data-type.js';
import { arbitraryRows, arbitraryText } from '../../../testing/arbitrary-value.test.fixture.js';
import { callOf, caseWhen, columnRef, ENVIRONMENT, isOf, literalOf, logicalOf, notOf } from './build-expression.test.fixture.js';
import { CodeWriter } from './code-writer.js';
import { compileColumns } from './compile-calc.js';
import { evaluateConstant } from './compile-expression.js';

const ROW: DataType = {
  kind: 'ROW',
  fields: [
    { name: 'a', type: INT },
    { name: 'b', type: BOOLEAN },
  ],
  nullable: true,
};
const TYPES = { BOOLEAN, INT, BIGINT, DOUBLE, STRING } as const;
type Kind = keyof typeof TYPES;

/** Each type with and without NULL, and a ROW. */
const FIELDS: readonly Field[] = [
  ...Object.values(TYPES).flatMap(type => [
    { name: `${type.kind}_null`, type },
    { name: `${type.kind}_not_null`, type: withNullable(type, false) },
  ]),
  { name: 'row', type: ROW },
];

function columns(kind: Kind): fc.Arbitrary<BoundExpression> {
  const at = Object.keys(TYPES).indexOf(kind) * 2;
  return fc.constantFrom(columnRef(FIELDS, at), columnRef(FIELDS, at + 1));
}

function literals(kind: Kind): fc.Arbitrary<BoundExpression> {
  const values: Record<Kind, fc.Arbitrary<Value>> = {
    BOOLEAN: fc.boolean(),
    INT: fc.oneof(fc.constantFrom(0, -1, 1), fc.integer()),
    BIGINT: fc.constantFrom<Value>(0, -5, 2 ** 53 - 1, 2n ** 60n, -(2n ** 63n)),
    DOUBLE: fc.oneof(fc.constantFrom(0, -0, NaN, Infinity, -1.5), fc.double()),
    STRING: fc.oneof(arbitraryText(), fc.constantFrom("'); throw new Error('x'); ('", '${1}', '`', '\\')),
  };
  return fc.option(values[kind], { nil: null, freq: 6 }).map(value => literalOf(value, TYPES[kind]));
}

interface Trees {
  BOOLEAN: BoundExpression;
  INT: BoundExpression;
  BIGINT: BoundExpression;
  DOUBLE: BoundExpression;
  STRING: BoundExpression;
}

const TREES = fc.letrec<Trees>((tie: fc.LetrecTypedTie<Trees>) => {
  const any = fc.oneof(tie('BOOLEAN'), tie('INT'), tie('BIGINT'), tie('DOUBLE'), tie('STRING'));
  const compare = (kind: Kind, ...names: readonly string[]): fc.Arbitrary<BoundExpression> =>
    fc.tuple(fc.constantFrom(...names), tie(kind), tie(kind)).map(([name, a, b]) => callOf(name, a, b));
  const choose = (kind: Kind): fc.Arbitrary<BoundExpression> =>
    fc
      .tuple(fc.array(fc.record({ when: tie('BOOLEAN'), then: tie(kind) }), { minLength: 1, maxLength: 3 }), tie(kind))
      .map(([branches, otherwise]) => caseWhen(branches, otherwise));
  const node = (kind: Kind, ...inner: readonly fc.Arbitrary<BoundExpression>[]): fc.Arbitrary<BoundExpression> =>
    fc.oneof({ maxDepth: 5, depthSize: 'small' }, columns(kind), literals(kind), choose(kind), ...inner);
  const rowField = (index: number, type: DataType): fc.Arbitrary<BoundExpression> =>
    fc.constant({ kind: 'field', operand: columnRef(FIELDS, FIELDS.length - 1), index, name: 'f', type });
  return {
    BOOLEAN: node(
      'BOOLEAN',
      fc.tuple(fc.constantFrom('AND' as const, 'OR' as const), tie('BOOLEAN'), tie('BOOLEAN')).map(([op, a, b]) => logicalOf(op, a, b)),
      tie('BOOLEAN').map(notOf),
      fc
        .tuple(
          tie('BOOLEAN'),
          fc.constantFrom('NULL' as const, 'TRUE' as const, 'FALSE' as const),
          fc.constantFrom('not' as const, undefined),
        )
        .map(([a, test, not]) => isOf(a, test, not)),
      fc.tuple(any, fc.constantFrom('not' as const, undefined)).map(([a, not]) => isOf(a, 'NULL', not)),
      compare('INT', '=', '<', '>=', 'IS DISTINCT FROM'),
      compare('BIGINT', '=', '<>', '<='),
      compare('DOUBLE', '=', '>', 'IS NOT DISTINCT FROM'),
      compare('STRING', '=', '<', 'IS DISTINCT FROM'),
      rowField(1, BOOLEAN),
    ),
    INT: node(
      'INT',
      compare('INT', '+', '-', '*', '/', '%'),
      tie('STRING').map(text => callOf('CHAR_LENGTH', text)),
      rowField(0, INT),
      tie('STRING').map(text => castTo(text, INT, 'try')),
    ),
    BIGINT: node(
      'BIGINT',
      compare('BIGINT', '+', '-', '*', '/'),
      tie('INT').map(value => castTo(value, BIGINT)),
    ),
    DOUBLE: node(
      'DOUBLE',
      compare('DOUBLE', '+', '-', '*', '/'),
      tie('DOUBLE').map(value => callOf('-', value)),
      tie('INT').map(value => castTo(value, DOUBLE)),
    ),
    STRING: node(
      'STRING',
      compare('STRING', '||'),
      tie('STRING').map(text => callOf('UPPER', text)),
      tie('BIGINT').map(value => castTo(value, STRING)),
    ),
  };
});

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

/** What came of it: the value or the code of the error. */
function outcome(compute: () => Value): unknown {
  try {
    return compute();
  } catch (thrown) {
    return { code: toMillraceError(thrown).code };
  }
}

const EXPRESSION = fc.oneof(...(Object.keys(TYPES) as Kind[]).map(kind => TREES[kind]));

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
