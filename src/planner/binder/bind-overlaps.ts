import type { FunctionCall } from '../../sql/ast/expression.js';
import { isInterval } from '../functions/type-rules.js';
import type { BoundExpression } from '../logical/expression.js';
import type { ExpressionContext } from './binding.js';
import { commonType } from './build-expression.js';
import { callFunction } from './call-function.js';
import { castTo } from './coerce.js';

/**
 * `(start, end) OVERLAPS (start, end)`, where an end can be an interval from its start; the parser gives four arguments.
 *
 * @throws {MillraceError} with a span inside the expression.
 */
export function bindOverlaps(node: FunctionCall, context: ExpressionContext): BoundExpression {
  const [a, b, c, d] = node.arguments.map(each => context.binding.bindExpression(each.value, context)) as [
    BoundExpression,
    BoundExpression,
    BoundExpression,
    BoundExpression,
  ];
  const endOf = (start: BoundExpression, end: BoundExpression): BoundExpression =>
    isInterval(end.type) ? callFunction(context.binding, { name: '+', span: node.span, args: [start, end] }) : end;
  const ends = [a, endOf(a, b), c, endOf(c, d)];
  const type = commonType(
    ends.map(each => each.type),
    'the ends of OVERLAPS',
  );
  return callFunction(context.binding, { name: 'OVERLAPS', span: node.span, args: ends.map(each => castTo(each, type)) });
}
