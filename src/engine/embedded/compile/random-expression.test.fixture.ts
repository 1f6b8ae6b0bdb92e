import * as fc from 'fast-check';
import { toMillraceError } from '../../../common/error.js';
import { castTo } from '../../../planner/binder/coerce.js';
import type { BoundExpression } from '../../../planner/logical/expression.js';
import type { Value } from '../../../spec/batch.js';
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, withNullable, type DataType, type Field } from '../../../spec/data-type.js';
import { arbitraryText } from '../../../testing/arbitrary-value.test.fixture.js';
import { callOf, caseWhen, columnRef, isOf, literalOf, logicalOf, notOf } from './build-expression.test.fixture.js';

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
export const FIELDS: readonly Field[] = [
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

/** Expressions of several types over `FIELDS`. */
export const EXPRESSION = fc.oneof(...(Object.keys(TYPES) as Kind[]).map(kind => TREES[kind]));

/** What came of it: the value or the code of the error. */
export function outcome(compute: () => Value): unknown {
  try {
    return compute();
  } catch (thrown) {
    return { code: toMillraceError(thrown).code };
  }
}
