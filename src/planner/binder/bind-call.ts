import { MillraceError } from '../../common/error.js';
import { STRING, withNullable } from '../../spec/data-type.js';
import type { FunctionCall } from '../../sql/ast/expression.js';
import { findGroupingFunction } from '../functions/aggregate/grouping-functions.js';
import { findOverFunction } from '../functions/over/over-functions.js';
import type { BoundExpression } from '../logical/expression.js';
import { isAggregateCall } from './bind-aggregate-call.js';
import { bindCondition } from './bind-condition.js';
import { bindPassedBound, isGroupWindowCall } from './bind-group-window.js';
import { bindJsonCall, isJsonForm } from './bind-json-call.js';
import { bindScalarModelCall } from './bind-model-call.js';
import { isModelFunction } from './bind-model-name.js';
import { bindScore } from './bind-score.js';
import { bindUserFunction, findSystemFunction } from './bind-user-function.js';
import { bindOverlaps } from './bind-overlaps.js';
import type { ExpressionContext } from './binding.js';
import { caseOf, isNotNull } from './build-expression.js';
import { callFunction } from './call-function.js';
import { counted } from './counted.js';

/** A call in an expression: a special form, or a function of the registry. */
export function bindFunction(node: FunctionCall, context: ExpressionContext): BoundExpression {
  const name = node.name.parts
    .map(part => part.name)
    .join('.')
    .toUpperCase();
  const system = findSystemFunction(node.name, context.binding);
  refuseClauses(node, name);
  if (system) return bindUserFunction(system, node, context);
  if (isJsonForm(name)) return bindJsonCall(name, node, context);
  if (node.clauses.length > 0) throw new MillraceError({ code: 'SYNTAX', message: `${name} has no such clauses`, span: node.span });
  if (isModelFunction(name)) return bindScalarModelCall(node, context);
  if (name === 'ML_SCORE') return bindScore(node, context);
  const special = FORMS[name];
  if (special) return special(node, context);
  if (isGroupWindowCall(node)) return bindPassedBound(node, context);
  const own = context.binding.functions.has(name) ? undefined : context.binding.catalog.findFunction(node.name);
  if (own) return bindUserFunction(own, node, context);
  refuseNames(node, name);
  return callFunction(context.binding, {
    name,
    span: node.span,
    args: node.arguments.map(argument => context.binding.bindExpression(argument.value, context)),
  });
}

function refuseNames(node: FunctionCall, name: string): void {
  const named = node.arguments.find(argument => argument.name !== undefined);
  if (named === undefined) return;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `${name} takes its arguments by position, not by name`,
    span: named.name!.span,
    notes: [{ message: `leave "${named.name!.name} =>" out` }],
  });
}

function refuseClauses(node: FunctionCall, name: string): void {
  if (isAggregateCall(node) && !node.over) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `the aggregate ${name} stands only in SELECT and HAVING of a grouped query`,
      span: node.span,
    });
  }
  if (node.over) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: 'OVER stands only in the list and in ORDER BY of SELECT',
      span: node.span,
      notes: [{ message: 'compute it in a subquery, and use its column here' }],
    });
  }
  if (findGroupingFunction(name)) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${name} stands only in SELECT, HAVING and ORDER BY of a query with GROUP BY`,
      span: node.span,
    });
  }
  const over = findOverFunction(name);
  if (over) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${name} needs a window`,
      span: node.span,
      notes: [{ message: `write ${over.signature} OVER (PARTITION BY … ORDER BY …)` }],
    });
  }
  if (node.distinct || node.filter || node.withinGroup.length > 0) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `DISTINCT, FILTER and WITHIN GROUP belong to aggregates, and ${name} is none`,
      span: node.span,
    });
  }
}

type LazyForm = (node: FunctionCall, context: ExpressionContext) => BoundExpression;

/** Functions that evaluate an argument only where it is needed, and what is known while a statement is bound. */
const FORMS: Readonly<Record<string, LazyForm>> = {
  OVERLAPS: bindOverlaps,
  CURRENT_DATABASE(node, context) {
    bindArguments(node, context, 0, 0);
    const { database } = context.binding.catalog.current;
    return { kind: 'literal', value: database, type: withNullable(STRING, false) };
  },
  COALESCE: (node, context) => coalesce(bindArguments(node, context, 1, Infinity), 'COALESCE'),
  IFNULL: (node, context) => coalesce(bindArguments(node, context, 2, 2), 'IFNULL'),
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

/** The first that is not NULL; NOT NULL where one of them is. */
function coalesce(args: readonly BoundExpression[], name: string): BoundExpression {
  if (args.length === 1) return args[0]!;
  const branches = args.slice(0, -1).map(then => ({ when: isNotNull(then), then }));
  const result = caseOf(branches, args.at(-1)!, `the arguments of ${name}`);
  const nullable = args.every(argument => argument.type.nullable);
  return { ...result, type: withNullable(result.type, nullable) };
}

function bindArguments(node: FunctionCall, context: ExpressionContext, min: number, max: number): BoundExpression[] {
  const count = node.arguments.length;
  refuseNames(node, node.name.parts.at(-1)!.name);
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
