import { MillraceError } from '../../common/error.js';
import { BOOLEAN, formatType, withNullable, type DataType } from '../../spec/data-type.js';
import { comparisonFunctions } from '../functions/comparison.js';
import type { BoundArgument, ScalarFunction } from '../functions/function.js';
import { leastRestrictive } from '../functions/type-rules.js';
import type { BoundCall, BoundExpression } from '../logical/expression.js';
import { castTo } from './coerce.js';

/**
 * A call of a function over bound arguments, which are cast to its parameter types.
 *
 * @throws {MillraceError} what the function's `resolve` throws, without a span.
 */
export function buildCall(called: ScalarFunction, args: readonly BoundExpression[]): BoundCall {
  const resolution = called.resolve(args.map(toArgument));
  return {
    kind: 'call',
    name: called.name,
    deterministic: called.deterministic ?? true,
    resolution,
    arguments: args.map((argument, i) => castTo(argument, resolution.parameters[i]!)),
    type: resolution.type,
  };
}

/** An argument of a call as a function resolves it. */
export function toArgument(argument: BoundExpression): BoundArgument {
  return { type: argument.type, literal: argument.kind === 'literal' ? argument.value : undefined };
}

const EQUALS = comparisonFunctions.find(each => each.name === '=')!;
const NOT_DISTINCT = comparisonFunctions.find(each => each.name === 'IS NOT DISTINCT FROM')!;

/** `left = right`. @throws {MillraceError} `TYPE_MISMATCH`, without a span. */
export function equals(left: BoundExpression, right: BoundExpression): BoundCall {
  return buildCall(EQUALS, [left, right]);
}

/** `left IS NOT DISTINCT FROM right`. @throws {MillraceError} `TYPE_MISMATCH`, without a span. */
export function isNotDistinct(left: BoundExpression, right: BoundExpression): BoundCall {
  return buildCall(NOT_DISTINCT, [left, right]);
}

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

/** `operand IS NOT NULL`. */
export function isNotNull(operand: BoundExpression): BoundExpression {
  return { kind: 'is', test: 'NULL', not: true, operand, type: withNullable(BOOLEAN, false) };
}
