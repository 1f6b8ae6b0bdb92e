import { MillraceError } from '../../common/error.js';
import { BOOLEAN, formatType, withNullable, type DataType } from '../../spec/data-type.js';
import { leastRestrictive } from '../functions/type-rules.js';
import type { BoundExpression } from '../logical/expression.js';
import { castTo } from './coerce.js';

/** AND or OR of two BOOLEAN expressions. */
export function logical(operator: 'AND' | 'OR', left: BoundExpression, right: BoundExpression): BoundExpression {
  return { kind: 'logical', operator, left, right, type: withNullable(BOOLEAN, left.type.nullable || right.type.nullable) };
}

/**
 * A CASE whose results are brought to their common type; `what` names them for the message.
 *
 * @throws {MillraceError} `TYPE_MISMATCH`, without a span, when they have none.
 */
export function caseOf(
  branches: readonly { readonly when: BoundExpression; readonly then: BoundExpression }[],
  otherwise: BoundExpression,
  what = 'the results of CASE',
): BoundExpression {
  const results = [...branches.map(branch => branch.then), otherwise];
  const type = commonType(
    results.map(result => result.type),
    what,
  );
  return {
    kind: 'case',
    branches: branches.map(({ when, then }) => ({ when, then: castTo(then, type) })),
    otherwise: castTo(otherwise, type),
    type,
  };
}

/** The type that all can be brought to; `what` names them for the message. */
export function commonType(types: readonly DataType[], what: string): DataType {
  const type = leastRestrictive(types);
  if (type) return type;
  const names = [...new Set(types.map(each => formatType(each, 'ignore')))];
  throw new MillraceError({ code: 'TYPE_MISMATCH', message: `${what} have no common type: ${names.join(', ')}` });
}
