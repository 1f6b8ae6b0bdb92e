import type { Expression } from './ast/expression.js';
import type { Query } from './ast/query.js';
import type { Statement } from './ast/statement.js';
import { printExpressionNode } from './printer/expression.js';
import type { Layout } from './printer/layout.js';
import { printQueryNode } from './printer/query.js';
import { printStatementNode } from './printer/statement.js';

export { printType } from './printer/type.js';

// What is printed is Flink SQL wherever the tree is: names that Flink reserves stand in back-ticks. Reading it again gives the same tree,
// apart from spans, and printing that tree gives the same text.
const LAYOUT: Layout = { indent: 0, query: printQueryNode, expression: printExpressionNode };

/** A statement as canonical text of several lines, without the `;` after it. */
export function printStatement(statement: Statement): string {
  return printStatementNode(statement, LAYOUT);
}

/** A query as canonical text, its clauses on lines of their own. */
export function printQuery(query: Query): string {
  return printQueryNode(query, LAYOUT);
}

/** An expression as canonical text, with no more brackets than it needs; queries in it stand on lines of their own. */
export function printExpression(expression: Expression): string {
  return printExpressionNode(expression, LAYOUT);
}
