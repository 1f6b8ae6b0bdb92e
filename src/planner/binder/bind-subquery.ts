import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import { BOOLEAN, withNullable } from '../../spec/data-type.js';
import type { ColumnReference, ExistsExpression, Expression, InExpression, SubqueryExpression } from '../../sql/ast/expression.js';
import type { Query } from '../../sql/ast/query.js';
import { replaceColumns, type BoundExpression, type BoundSubquery } from '../logical/expression.js';
import type { LogicalNode } from '../logical/node.js';
import { columnOf, project } from '../logical/project.js';
import type { ExpressionContext, OuterQuery, QueryScope } from './binding.js';
import { equals } from './build-expression.js';
import { counted } from './counted.js';

/** The scope of a query inside of another, whose columns it may name. */
export function innerScope(query: QueryScope, outer: Omit<OuterQuery, 'correlation'>): QueryScope & { readonly outer: OuterQuery } {
  return { ...query, outer: { ...outer, correlation: query.binding.newCorrelation() } };
}

/** A column of one of the queries around this one; `undefined` where none has it. */
export function bindOuterColumn(node: ColumnReference, context: ExpressionContext): BoundExpression | undefined {
  const outer = context.query?.outer;
  if (!outer) return undefined;
  const bound = attemptColumn(node, outer.context);
  if (!bound) return undefined;
  const { correlation } = outer;
  return replaceColumns(bound, (index, column) => ({ ...column, kind: 'outer-column', correlation, index }));
}

/** As any expression of the outer query, which may have grouped its rows; that it has no such column is no error yet. */
function attemptColumn(node: ColumnReference, context: ExpressionContext): BoundExpression | undefined {
  try {
    return context.binding.bindExpression(node, context);
  } catch (thrown) {
    if (MillraceError.is(thrown) && thrown.code === 'UNKNOWN_COLUMN') return undefined;
    throw thrown;
  }
}

/** `(SELECT …)` as a value. */
export function bindScalarSubquery({ query, span }: SubqueryExpression, context: ExpressionContext): BoundExpression {
  const { plan, correlation } = bindInner(query, span, context);
  if (plan.fields.length !== 1) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `a subquery as a value gives one column, this one gives ${plan.fields.length}`,
      span,
    });
  }
  return { kind: 'subquery', form: 'scalar', operands: [], plan, correlation, span, type: withNullable(plan.fields[0]!.type, true) };
}

/** `EXISTS (SELECT …)`. */
export function bindExists({ query, span }: ExistsExpression, context: ExpressionContext): BoundExpression {
  const { plan, correlation } = bindInner(query, span, context);
  return { kind: 'subquery', form: 'exists', operands: [], plan, correlation, span, type: withNullable(BOOLEAN, false) };
}

/** `x IN (SELECT …)` and `(x, y) IN (SELECT …)`, without its NOT. */
export function bindInSubquery(node: InExpression, query: Query, context: ExpressionContext): BoundSubquery {
  const operands = tupleOf(node.operand).map(each => context.binding.bindExpression(each, context));
  const { plan, correlation } = bindInner(query, node.span, context);
  if (plan.fields.length !== operands.length) {
    throw new MillraceError({
      code: 'COLUMN_COUNT',
      message: `IN compares ${counted(operands.length, 'value')} with a subquery of ${counted(plan.fields.length, 'column')}`,
      span: node.span,
    });
  }
  const tests = operands.map((operand, i) => equals(operand, columnOf(plan, i)));
  return {
    kind: 'subquery',
    form: 'in',
    operands: tests.map(test => test.arguments[0]!),
    plan: comparable(
      plan,
      tests.map(test => test.arguments[1]!),
    ),
    correlation,
    span: node.span,
    type: withNullable(BOOLEAN, true),
  };
}

/** The plan with its columns cast to what they are compared as. */
function comparable(plan: LogicalNode, columns: readonly BoundExpression[]): LogicalNode {
  if (columns.every(each => each.kind === 'column')) return plan;
  return project(
    plan,
    columns,
    plan.fields.map(field => field.name),
  );
}

function tupleOf(operand: Expression): readonly Expression[] {
  return operand.kind === 'row' ? operand.fields : [operand];
}

function bindInner(query: Query, span: Span, context: ExpressionContext): { plan: LogicalNode; correlation: number } {
  if (!context.query) {
    throw new MillraceError({ code: 'INVALID_ARGUMENT', message: 'a subquery stands only in a query, not in a definition', span });
  }
  const scope = innerScope(context.query, { context });
  return { plan: context.binding.bindQuery(query, scope), correlation: scope.outer.correlation };
}
