import {
  operandsOf,
  someExpression,
  withOperands,
  type BoundCall,
  type BoundCase,
  type BoundCast,
  type BoundExpression,
  type BoundIs,
  type BoundLogical,
  type BoundNot,
} from '../logical/expression.js';
import type { Value } from '../../spec/batch.js';
import { withNullable } from '../../spec/data-type.js';
import { foldCall } from './fold-call.js';

/** The expression with its constant parts computed: of the same type, with the same value or error in every row. */
export function foldExpression(expression: BoundExpression): BoundExpression {
  const folded = expression.kind === 'case' ? foldCase(expression) : fold(foldOperands(expression));
  return folded.type.nullable === expression.type.nullable
    ? folded
    : { ...folded, type: withNullable(folded.type, expression.type.nullable) };
}

/** Whether the expression is this constant. */
export function isConstant(expression: BoundExpression, value: Value): boolean {
  return expression.kind === 'literal' && expression.value === value;
}

function foldOperands(expression: BoundExpression): BoundExpression {
  const operands = operandsOf(expression);
  const folded = operands.map(foldExpression);
  return folded.every((operand, i) => operand === operands[i]) ? expression : withOperands(expression, folded);
}

function fold(expression: BoundExpression): BoundExpression {
  switch (expression.kind) {
    case 'call':
    case 'cast':
      return foldStrict(expression) ?? foldCall(expression) ?? expression;
    case 'logical':
      return foldLogical(expression);
    case 'not':
      return foldNot(expression);
    case 'is':
      return foldIs(expression);
    default:
      return expression;
  }
}

/** NULL where an operand is, as long as no other has to be computed for its error. */
function foldStrict(expression: BoundCall | BoundCast): BoundExpression | undefined {
  const operands = operandsOf(expression);
  const isNull = expression.resolution.nulls === 'strict' && operands.some(each => isConstant(each, null));
  return isNull && !operands.some(mayFail) ? { kind: 'literal', value: null, type: expression.type } : undefined;
}

/** The left side is computed first, so it decides alone; the right one only where nothing is lost with the left. */
function foldLogical(expression: BoundLogical): BoundExpression {
  const { operator, left, right } = expression;
  const decisive = operator === 'OR';
  if (isConstant(left, decisive) || isConstant(right, !decisive)) return left;
  if (isConstant(left, !decisive) || (isConstant(right, decisive) && !mayFail(left))) return right;
  return isConstant(left, null) && isConstant(right, null) ? left : expression;
}

function foldNot(expression: BoundNot): BoundExpression {
  const { operand } = expression;
  if (operand.kind === 'literal') return { ...operand, value: operand.value === null ? null : !(operand.value as boolean) };
  if (operand.kind === 'not') return operand.operand;
  return operand.kind === 'is' ? { ...operand, not: !operand.not } : expression;
}

function foldIs(expression: BoundIs): BoundExpression {
  const { test, not, operand, type } = expression;
  if (operand.kind === 'literal') {
    const holds = operand.value === { NULL: null, TRUE: true, FALSE: false }[test];
    return { kind: 'literal', value: holds !== not, type };
  }
  const isNever = test === 'NULL' && !operand.type.nullable && !mayFail(operand);
  return isNever ? { kind: 'literal', value: not, type } : expression;
}

/** From the first condition on, so that nothing is computed behind one that is always true. */
function foldCase(expression: BoundCase): BoundExpression {
  const branches: { readonly when: BoundExpression; readonly then: BoundExpression }[] = [];
  let last: BoundExpression | undefined;
  for (const branch of expression.branches) {
    const when = foldExpression(branch.when);
    if (isConstant(when, false) || isConstant(when, null)) continue;
    if (isConstant(when, true)) {
      last = branch.then;
      break;
    }
    branches.push({ when, then: foldExpression(branch.then) });
  }
  const otherwise = foldExpression(last ?? expression.otherwise);
  return branches.length === 0 ? otherwise : { ...expression, branches, otherwise };
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM']);

/** Whether computing the expression can end in an error, as far as is known. A model call that nobody reads is not made. */
function mayFail(expression: BoundExpression): boolean {
  return someExpression(
    expression,
    each => (each.kind === 'call' && !COMPARISONS.has(each.name)) || (each.kind === 'cast' && !each.safe) || each.kind === 'subquery',
  );
}
