import { MillraceError } from '../../common/error.js';
import { nearest } from '../../common/nearest.js';
import type { Span } from '../../common/span.js';
import { BOOLEAN, withNullable } from '../../spec/data-type.js';
import type { FunctionCall } from '../../sql/ast/expression.js';
import type { BoundArgument } from '../functions/function.js';
import { isAggregateName } from '../functions/aggregates.js';
import type { BoundExpression } from '../logical/expression.js';
import { bindCondition } from './bind-condition.js';
import { bindScalarModelCall } from './bind-model-call.js';
import { isModelFunction } from './bind-model-name.js';
import type { Binding, ExpressionContext } from './binding.js';
import { caseOf } from './build-expression.js';
import { castTo } from './coerce.js';
import { counted } from './counted.js';

/** A call in an expression: a special form, or a function of the registry. */
export function bindFunction(node: FunctionCall, context: ExpressionContext): BoundExpression {
  const name = node.name.parts
    .map(part => part.name)
    .join('.')
    .toUpperCase();
  refuseClauses(node, name);
  if (isModelFunction(name)) return bindScalarModelCall(node, context);
  const special = SPECIAL_FORMS[name];
  if (special) return special(node, context);
  const named = node.arguments.find(argument => argument.name !== undefined);
  if (named)
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${name} takes its arguments by position, not by name`,
      span: named.name!.span,
    });
  return callFunction(context.binding, {
    name,
    span: node.span,
    args: node.arguments.map(argument => context.binding.bindExpression(argument.value, context)),
  });
}

/**
 * A call of a registered function over bound arguments, which are cast to the parameter types.
 *
 * @throws {MillraceError} `UNKNOWN_FUNCTION`, or what the function's `resolve` throws, at `span`.
 */
export function callFunction(
  binding: Binding,
  call: { readonly name: string; readonly span: Span; readonly args: readonly BoundExpression[] },
): BoundExpression {
  const { name, span, args } = call;
  const found = binding.functions.get(name);
  if (!found) throw unknownFunction(binding, name, span);
  try {
    const resolution = found.resolve(args.map(toArgument));
    const cast = args.map((argument, i) => castTo(argument, resolution.parameters[i]!));
    return {
      kind: 'call',
      name: found.name,
      deterministic: found.deterministic ?? true,
      resolution,
      arguments: cast,
      type: resolution.type,
    };
  } catch (thrown) {
    throw MillraceError.is(thrown) ? thrown.at(span) : thrown;
  }
}

function toArgument(argument: BoundExpression): BoundArgument {
  return { type: argument.type, literal: argument.kind === 'literal' ? argument.value : undefined };
}

function unknownFunction(binding: Binding, name: string, span: Span): MillraceError {
  const suggestion = nearest(name, [
    ...binding.functions.keys(),
    ...Object.keys(SPECIAL_FORMS),
    'ML_PREDICT',
    'ML_EMBED',
    'COUNT',
    'SUM',
    'MIN',
    'MAX',
    'AVG',
  ]);
  return new MillraceError({
    code: 'UNKNOWN_FUNCTION',
    message: `there is no function "${name}"`,
    span,
    notes: suggestion === undefined ? [] : [{ message: `did you mean "${suggestion}"?` }],
  });
}

function refuseClauses(node: FunctionCall, name: string): void {
  if (isAggregateName(name)) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `the aggregate ${name} stands only in SELECT and HAVING of a grouped query`,
      span: node.span,
    });
  }
  if (node.over) throw new MillraceError({ code: 'UNSUPPORTED', message: 'the embedded engine does not run OVER', span: node.span });
  if (node.clauses.length > 0)
    throw new MillraceError({ code: 'UNSUPPORTED', message: `the embedded engine does not run the clauses of ${name}`, span: node.span });
  if (node.distinct || node.filter || node.withinGroup.length > 0) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `DISTINCT, FILTER and WITHIN GROUP belong to aggregates, and ${name} is none`,
      span: node.span,
    });
  }
}

type SpecialForm = (node: FunctionCall, context: ExpressionContext) => BoundExpression;

/** Functions that evaluate an argument only where it is needed. */
const SPECIAL_FORMS: Readonly<Record<string, SpecialForm>> = {
  COALESCE: bindCoalesce,
  IFNULL: bindCoalesce,
  NULLIF(node, context) {
    const [left, right] = bindArguments(node, context, 2, 2) as [BoundExpression, BoundExpression];
    const equal = callFunction(context.binding, { name: '=', span: node.span, args: [left, right] });
    return caseOf([{ when: equal, then: { kind: 'literal', value: null, type: withNullable(left.type, true) } }], left);
  },
  IF(node, context) {
    const [, then, otherwise] = bindArguments(node, context, 3, 3) as [BoundExpression, BoundExpression, BoundExpression];
    return caseOf([{ when: bindCondition(node.arguments[0]!.value, 'IF', context), then }], otherwise);
  },
};

function bindCoalesce(node: FunctionCall, context: ExpressionContext): BoundExpression {
  const args = bindArguments(node, context, 1, Infinity);
  const branches = args.slice(0, -1).map(then => ({ when: isNotNull(then), then }));
  return branches.length === 0 ? args[0]! : caseOf(branches, args.at(-1)!);
}

function isNotNull(operand: BoundExpression): BoundExpression {
  return { kind: 'is', test: 'NULL', not: true, operand, type: withNullable(BOOLEAN, false) };
}

function bindArguments(node: FunctionCall, context: ExpressionContext, min: number, max: number): BoundExpression[] {
  const count = node.arguments.length;
  if (count < min || count > max) {
    const wanted = `${min === max ? '' : 'at least '}${counted(min, 'argument')}`;
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${node.name.parts.at(-1)!.name} takes ${wanted}, not ${count}`,
      span: node.span,
    });
  }
  return node.arguments.map(argument => context.binding.bindExpression(argument.value, context));
}
