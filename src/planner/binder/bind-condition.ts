import { MillraceError } from '../../common/error.js';
import { BOOLEAN, formatType } from '../../spec/data-type.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { BoundExpression } from '../logical/expression.js';
import type { ExpressionContext } from './binding.js';
import { castTo } from './coerce.js';

/** Binds an expression that must be BOOLEAN, such as a condition; `clause` names its place. */
export function bindCondition(expression: Expression, clause: string, context: ExpressionContext): BoundExpression {
  const bound = context.binding.bindExpression(expression, context);
  if (bound.type.kind !== 'BOOLEAN' && bound.type.kind !== 'NULL') {
    throw new MillraceError({
      code: 'TYPE_MISMATCH',
      message: `${clause} takes a BOOLEAN, not ${formatType(bound.type, 'ignore')}`,
      span: expression.span,
    });
  }
  return castTo(bound, BOOLEAN);
}
