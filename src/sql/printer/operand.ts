import type { Expression } from '../ast/expression.js';
import { precedenceOf } from '../precedence.js';
import type { Layout } from './layout.js';

/** The expression as an operand that binds at least as tightly as `loosest`, in brackets where it does not by itself. */
export function printWithin(expression: Expression, loosest: number, layout: Layout): string {
  const text = layout.expression(expression, layout);
  return precedenceOf(expression) < loosest ? `(${text})` : text;
}

export function printAll(expressions: readonly Expression[], layout: Layout): string {
  return expressions.map(each => layout.expression(each, layout)).join(', ');
}
