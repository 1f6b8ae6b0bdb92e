import type { Expression, FunctionCall, WindowSpec } from './ast/expression.js';
import type { OrderItem } from './ast/query.js';

/**
 * Calls `visit` for each expression directly below `expression`, in the order of the text.
 *
 * Queries inside an expression have names of their own, so they are not entered; the left side of IN is a child, its query is not.
 */
export function forEachChild(expression: Expression, visit: (child: Expression) => void): void {
  switch (expression.kind) {
    case 'column':
    case 'star':
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
    case 'temporal':
    case 'interval':
    case 'binary-literal':
    case 'collection-query':
    case 'subquery':
    case 'exists':
    case 'model-argument':
    case 'descriptor':
    case 'default-argument':
      return;
    case 'unary':
    case 'is':
    case 'cast':
    case 'field':
      visit(expression.operand);
      return;
    case 'binary':
      visit(expression.left);
      visit(expression.right);
      return;
    case 'between':
      visit(expression.operand);
      visit(expression.low);
      visit(expression.high);
      return;
    case 'in':
      visit(expression.operand);
      if (!('kind' in expression.list)) expression.list.forEach(visit);
      return;
    case 'like':
      visit(expression.operand);
      visit(expression.pattern);
      if (expression.escape) visit(expression.escape);
      return;
    case 'case':
      if (expression.operand) visit(expression.operand);
      for (const { when, then } of expression.branches) {
        visit(when);
        visit(then);
      }
      if (expression.otherwise) visit(expression.otherwise);
      return;
    case 'call':
      forEachCallChild(expression, visit);
      return;
    case 'element':
      visit(expression.operand);
      visit(expression.index);
      return;
    case 'array':
      expression.elements.forEach(visit);
      return;
    case 'map':
      for (const { key, value } of expression.entries) {
        visit(key);
        visit(value);
      }
      return;
    case 'row':
      expression.fields.forEach(visit);
      return;
    case 'table-argument':
      expression.partitionBy.forEach(visit);
      forEachOrder(expression.orderBy, visit);
      return;
  }
}

function forEachCallChild(call: FunctionCall, visit: (child: Expression) => void): void {
  for (const argument of call.arguments) visit(argument.value);
  for (const clause of call.clauses) if (clause.kind === 'default') visit(clause.value);
  forEachOrder(call.withinGroup, visit);
  if (call.filter) visit(call.filter);
  if (call.over?.kind === 'window-spec') forEachWindowChild(call.over, visit);
}

function forEachWindowChild({ partitionBy, orderBy, frame }: WindowSpec, visit: (child: Expression) => void): void {
  partitionBy.forEach(visit);
  forEachOrder(orderBy, visit);
  for (const bound of [frame?.start, frame?.end]) if (bound && 'offset' in bound) visit(bound.offset);
}

function forEachOrder(items: readonly OrderItem[], visit: (child: Expression) => void): void {
  for (const item of items) visit(item.expression);
}
