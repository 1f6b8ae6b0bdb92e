import { resolveType } from '../../catalog/resolve-type.js';
import { MillraceError } from '../../common/error.js';
import { notRun } from '../../common/not-run.js';
import { BOOLEAN, formatType, withNullable, type DataType, isNumber } from '../../spec/data-type.js';
import type {
  BetweenExpression,
  BinaryExpression,
  CaseExpression,
  CastExpression,
  Expression,
  ExpressionKind,
  InExpression,
  IsExpression,
} from '../../sql/ast/expression.js';
import { explicitCast } from '../functions/type-rules.js';
import { resolveCast } from '../functions/cast.js';
import type { BoundExpression } from '../logical/expression.js';
import { bindFunction } from './bind-call.js';
import { bindBinary, bindInterval, bindNumber, bindString, bindTemporal, literal } from './bind-literal.js';
import { bindCondition } from './bind-condition.js';
import type { ExpressionContext } from './binding.js';
import { caseOf, logical } from './build-expression.js';
import { callFunction } from './call-function.js';
import { castTo } from './coerce.js';
import { bindExists, bindInSubquery, bindOuterColumn, bindScalarSubquery } from './bind-subquery.js';
import { accessFields, findColumn, resolveColumn, type Scope } from './scope.js';

type Binder<Kind extends ExpressionKind> = (expression: Extract<Expression, { kind: Kind }>, context: ExpressionContext) => BoundExpression;

/**
 * Resolves names and types of an expression.
 *
 * @throws {MillraceError} with a span inside the expression.
 */
export function bindExpression(expression: Expression, context: ExpressionContext): BoundExpression {
  const intercepted = context.intercept?.(expression);
  if (intercepted) return intercepted;
  // The table is exhaustive by its type; the cast tells the compiler that key and argument belong together.
  const bind = BINDERS[expression.kind] as Binder<ExpressionKind>;
  try {
    return bind(expression, context);
  } catch (thrown) {
    throw MillraceError.is(thrown) ? thrown.at(expression.span) : thrown;
  }
}

const BINDERS: { readonly [Kind in ExpressionKind]: Binder<Kind> } = {
  column: (node, context) =>
    findColumn(context.scope, node.parts) ?? bindOuterColumn(node, context) ?? resolveColumn(nearestScope(context), node.parts),
  star: misplaced('* stands only in the list of SELECT and in COUNT(*)'),
  string: node => bindString(node.value),
  number: node => bindNumber(node),
  boolean: node => literal(node.value, { kind: 'BOOLEAN', nullable: false }),
  null: () => ({ kind: 'literal', value: null, type: { kind: 'NULL', nullable: true } }),
  temporal: node => bindTemporal(node),
  interval: node => bindInterval(node),
  'binary-literal': node => bindBinary(node),
  unary(node, context) {
    if (node.operator === 'NOT') {
      const operand = bindCondition(node.operand, 'NOT', context);
      return { kind: 'not', operand, type: operand.type };
    }
    // A sign belongs to the literal: functions that look at constants must see -1, not a call.
    if (node.operator === '-' && node.operand.kind === 'number')
      return bindNumber({ ...node.operand, text: `-${node.operand.text}`, span: node.span });
    const operand = bindExpression(node.operand, context);
    return node.operator === '+' ? operand : callFunction(context.binding, { name: '-', span: node.span, args: [operand] });
  },
  binary: bindOperator,
  is: bindIs,
  between: bindBetween,
  in: bindIn,
  like(node, context) {
    const args = bindAll([node.operand, node.pattern, ...(node.escape ? [node.escape] : [])], context);
    return negateIf(node.not, callFunction(context.binding, { name: node.operator, span: node.span, args }));
  },
  case: bindCase,
  cast: bindCast,
  call: bindFunction,
  element(node, context) {
    const args = bindAll([node.operand, node.index], context);
    return callFunction(context.binding, { name: '[]', span: node.span, args });
  },
  field: (node, context) => accessFields(bindExpression(node.operand, context), [node.field]),
  array: (node, context) => callFunction(context.binding, { name: 'ARRAY', span: node.span, args: bindAll(node.elements, context) }),
  map: (node, context) =>
    callFunction(context.binding, {
      name: 'MAP',
      span: node.span,
      args: bindAll(
        node.entries.flatMap(entry => [entry.key, entry.value]),
        context,
      ),
    }),
  row: (node, context) => callFunction(context.binding, { name: 'ROW', span: node.span, args: bindAll(node.fields, context) }),
  'collection-query': ({ of, span }) => {
    throw notRun(`${of} of a query`, span);
  },
  subquery: bindScalarSubquery,
  exists: bindExists,
  'table-argument': misplaced('TABLE stands only as an argument of a table function'),
  'model-argument': misplaced('MODEL stands only as an argument of ML_PREDICT and its family'),
  descriptor: misplaced('DESCRIPTOR stands only as an argument of a table function'),
  'default-argument': misplaced('DEFAULT stands only as an argument of a table function'),
};

/** Operands of one expression; problems of several are all reported. */
function bindAll(expressions: readonly Expression[], context: ExpressionContext): BoundExpression[] {
  return context.binding.diagnostics.all(expressions, each => bindExpression(each, context));
}

/** The innermost scope that has columns: where a name is in none, it is looked up there, for what the error says. */
function nearestScope({ scope, query }: ExpressionContext): Scope {
  return scope.columns.length > 0 || !query?.outer ? scope : nearestScope(query.outer.context);
}

function misplaced(message: string): (node: Expression) => never {
  return node => {
    throw new MillraceError({ code: 'SYNTAX', message, span: node.span });
  };
}

function negateIf(not: boolean, operand: BoundExpression): BoundExpression {
  return not ? { kind: 'not', operand, type: operand.type } : operand;
}

function bindOperator(node: BinaryExpression, context: ExpressionContext): BoundExpression {
  const { operator } = node;
  if (operator === 'AND' || operator === 'OR') {
    const [left, right] = context.binding.diagnostics.all([node.left, node.right], each => bindCondition(each, operator, context));
    return logical(operator, left!, right!);
  }
  const args = [bindExpression(node.left, context), bindExpression(node.right, context)];
  return callFunction(context.binding, { name: operator, span: node.span, args });
}

function bindIs(node: IsExpression, context: ExpressionContext): BoundExpression {
  const type = withNullable(BOOLEAN, false);
  switch (node.test) {
    case 'NULL':
      return { kind: 'is', test: 'NULL', not: node.not, operand: bindExpression(node.operand, context), type };
    case 'TRUE':
    case 'FALSE':
      return { kind: 'is', test: node.test, not: node.not, operand: bindCondition(node.operand, `IS ${node.test}`, context), type };
    case 'UNKNOWN':
      return { kind: 'is', test: 'NULL', not: node.not, operand: bindCondition(node.operand, 'IS UNKNOWN', context), type };
    default: {
      // IS JSON VALUE is IS JSON.
      const name = `IS ${node.test}`.replace(/ VALUE$/, '');
      return negateIf(node.not, callFunction(context.binding, { name, span: node.span, args: [bindExpression(node.operand, context)] }));
    }
  }
}

function bindBetween(node: BetweenExpression, context: ExpressionContext): BoundExpression {
  const compare = (name: string, left: BoundExpression, right: BoundExpression): BoundExpression =>
    callFunction(context.binding, { name, span: node.span, args: [left, right] });
  const [operand, low, high] = bindAll([node.operand, node.low, node.high], context) as [BoundExpression, BoundExpression, BoundExpression];
  const within = logical('AND', compare('>=', operand, low), compare('<=', operand, high));
  if (!node.symmetric) return negateIf(node.not, within);
  return negateIf(node.not, logical('OR', within, logical('AND', compare('>=', operand, high), compare('<=', operand, low))));
}

function bindIn(node: InExpression, context: ExpressionContext): BoundExpression {
  if ('kind' in node.list) return negateIf(node.not, bindInSubquery(node, node.list, context));
  const operand = bindExpression(node.operand, context);
  const tests = node.list.map(each =>
    callFunction(context.binding, { name: '=', span: each.span, args: [operand, bindExpression(each, context)] }),
  );
  return negateIf(node.not, anyOf(tests));
}

/** More conditions than stand in one row: a long row is a deep tree. */
const LONG_ROW = 16;

function anyOf(tests: readonly BoundExpression[]): BoundExpression {
  if (tests.length <= LONG_ROW) return tests.reduce((left, right) => logical('OR', left, right));
  const half = Math.ceil(tests.length / 2);
  return logical('OR', anyOf(tests.slice(0, half)), anyOf(tests.slice(half)));
}

function bindCase(node: CaseExpression, context: ExpressionContext): BoundExpression {
  const subject = node.operand && bindExpression(node.operand, context);
  const branches = node.branches.map(({ when, then }) => ({
    when: subject
      ? callFunction(context.binding, { name: '=', span: when.span, args: [subject, bindExpression(when, context)] })
      : bindCondition(when, 'WHEN', context),
    then: bindExpression(then, context),
  }));
  const otherwise: BoundExpression = node.otherwise
    ? bindExpression(node.otherwise, context)
    : { kind: 'literal', value: null, type: { kind: 'NULL', nullable: true } };
  return caseOf(branches, otherwise);
}

function bindCast(node: CastExpression, context: ExpressionContext): BoundExpression {
  const operand = bindExpression(node.operand, context);
  const type = resolveType(node.type);
  if (operand.type.kind !== 'NULL' && !explicitCast(operand.type, type)) {
    throw new MillraceError({
      code: 'INVALID_CAST',
      message: `${formatType(operand.type, 'ignore')} cannot be cast to ${formatType(type, 'ignore')}`,
      span: node.span,
      notes: castHint(operand.type, type),
    });
  }
  const cast = castTo(operand, withNullable(type, true), node.safe ? 'try' : 'cast');
  return cast.kind === 'cast' || cast.kind === 'literal' || !isTimestamp(type) ? cast : withoutTimeAttribute(cast);
}

/** What is cast is no time attribute any more, also where its type stays. */
function withoutTimeAttribute(expression: BoundExpression): BoundExpression {
  const { type } = expression;
  return { kind: 'cast', operand: expression, resolution: resolveCast({ from: type, to: type, safe: false }), safe: false, type };
}

function isTimestamp(type: DataType): boolean {
  return type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ';
}

function castHint(from: DataType, to: DataType): { message: string }[] {
  if (isNumber(from) && isTimestamp(to))
    return [{ message: 'use TO_TIMESTAMP_LTZ(n, 0) for seconds or TO_TIMESTAMP_LTZ(n, 3) for milliseconds' }];
  if (isTimestamp(from) && isNumber(to)) return [{ message: 'use UNIX_TIMESTAMP or EXTRACT' }];
  return [];
}
