import type { BinaryOperator, Expression, FunctionCall } from './ast/expression.js';

/**
 * How tightly operators bind, as Calcite does: a higher number binds tighter; all binary operators group from the left.
 *
 * https://calcite.apache.org/docs/reference.html#operator-precedence
 */
export const PRECEDENCE = {
  lowest: 1,
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  /** BETWEEN, IN, LIKE, SIMILAR TO. */
  range: 6,
  additive: 7,
  multiplicative: 8,
  sign: 9,
  /** `a[1]`, `f(x).field`. */
  access: 10,
  primary: 11,
} as const;

/** Precedence of each binary operator. */
export const BINARY_PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  OR: PRECEDENCE.or,
  AND: PRECEDENCE.and,
  '=': PRECEDENCE.comparison,
  '<>': PRECEDENCE.comparison,
  '<': PRECEDENCE.comparison,
  '<=': PRECEDENCE.comparison,
  '>': PRECEDENCE.comparison,
  '>=': PRECEDENCE.comparison,
  'IS DISTINCT FROM': PRECEDENCE.comparison,
  'IS NOT DISTINCT FROM': PRECEDENCE.comparison,
  '+': PRECEDENCE.additive,
  '-': PRECEDENCE.additive,
  '*': PRECEDENCE.multiplicative,
  '/': PRECEDENCE.multiplicative,
  '%': PRECEDENCE.multiplicative,
  '||': PRECEDENCE.multiplicative,
};

/** Precedence of the outermost operator of an expression. */
export function precedenceOf(expression: Expression): number {
  switch (expression.kind) {
    case 'binary':
      return BINARY_PRECEDENCE[expression.operator];
    case 'unary':
      return expression.operator === 'NOT' ? PRECEDENCE.not : PRECEDENCE.sign;
    case 'is':
      return PRECEDENCE.is;
    case 'between':
    case 'in':
    case 'like':
      return PRECEDENCE.range;
    case 'call':
      return isOverlaps(expression) ? PRECEDENCE.range : PRECEDENCE.primary;
    case 'element':
    case 'field':
      return PRECEDENCE.access;
    default:
      return PRECEDENCE.primary;
  }
}

/** Whether the call is written as the operator `(a, b) OVERLAPS (c, d)`. */
export function isOverlaps({ syntax, name }: FunctionCall): boolean {
  return syntax === 'keyword' && name.parts[0]!.name === 'OVERLAPS';
}
