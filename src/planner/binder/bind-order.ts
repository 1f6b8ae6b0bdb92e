import { MillraceError } from '../../common/error.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { OrderItem } from '../../sql/ast/query.js';
import { digestExpression } from '../logical/digest.js';
import type { BoundExpression } from '../logical/expression.js';
import type { LogicalNode } from '../logical/node.js';
import type { OrderKey } from '../logical/order-key.js';
import { appendColumns, columnsOf, keepColumns } from '../logical/project.js';
import type { ExpressionContext } from './binding.js';
import { orderKeyOf } from './order-key-of.js';
import { scopeOf } from './scope.js';

/** ORDER BY with the LIMIT and OFFSET of its query. */
export interface Ordering {
  readonly items: readonly OrderItem[];
  /** `Infinity` for all. */
  readonly count: number;
  readonly offset: number;
}

/** The columns of a SELECT list while its order is being bound. */
export interface OrderedList {
  readonly expressions: readonly BoundExpression[];
  readonly names: readonly string[];
}

/**
 * The keys of an order over a list: `2` and names mean columns of the list, any other expression is bound in `context`.
 * What the list does not have comes back as `hidden`, columns to stand behind it.
 */
export function bindOrderKeys(
  { items }: Ordering,
  { expressions, names }: OrderedList,
  context: ExpressionContext,
): { readonly keys: OrderKey[]; readonly hidden: readonly BoundExpression[] } {
  const all = [...expressions];
  const withAliases: ExpressionContext = {
    ...context,
    intercept: expression => {
      const place = aliasOf(expression, names);
      return place === -1 ? context.intercept?.(expression) : expressions[place];
    },
  };
  const keys = items.map((item): OrderKey => {
    const bound = ordinalOf(item.expression, expressions) ?? context.binding.bindExpression(item.expression, withAliases);
    const digest = digestExpression(bound);
    const found = all.findIndex(each => each === bound || digestExpression(each) === digest);
    const index = found === -1 ? all.push(bound) - 1 : found;
    return orderKeyOf(
      item,
      index,
      all.map(each => ({ name: '', type: each.type })),
    );
  });
  return { keys, hidden: all.slice(expressions.length) };
}

function aliasOf(expression: Expression, names: readonly string[]): number {
  return expression.kind === 'column' && expression.parts.length === 1 ? names.indexOf(expression.parts[0]!.name) : -1;
}

function ordinalOf(expression: Expression, list: readonly BoundExpression[]): BoundExpression | undefined {
  if (expression.kind !== 'number' || !/^\d+$/.test(expression.text)) return undefined;
  const found = list[Number(expression.text) - 1];
  if (found) return found;
  throw new MillraceError({
    code: 'INVALID_ARGUMENT',
    message: `ORDER BY ${expression.text} names no column: the list has ${list.length}`,
    span: expression.span,
  });
}

/** The rows of a node in an order over its own columns, as ORDER BY after VALUES, UNION and the like has it. */
export function orderOutput(input: LogicalNode, ordering: Ordering, context: Omit<ExpressionContext, 'scope'>): LogicalNode {
  const names = input.fields.map(field => field.name);
  const list = { expressions: columnsOf(input), names };
  const { keys, hidden } = bindOrderKeys(ordering, list, { ...context, scope: scopeOf(input.fields, undefined) });
  return sorted(
    hidden.length === 0
      ? input
      : appendColumns(
          input,
          hidden,
          hidden.map((_, i) => `$key${i}`),
        ),
    { ordering, keys, width: names.length },
  );
}

/** Orders the rows and takes away what stands behind the first `width` columns. */
export function sorted(
  input: LogicalNode,
  { ordering, keys, width }: { readonly ordering: Ordering; readonly keys: readonly OrderKey[]; readonly width: number },
): LogicalNode {
  const { count, offset, items } = ordering;
  const fields = input.fields.map(({ name, type }) => ({ name, type }));
  const sort: LogicalNode = { kind: 'Sort', input, keys, partition: [], count, offset, span: items[0]!.span, fields };
  return keepColumns(sort, [...Array(width).keys()]);
}
