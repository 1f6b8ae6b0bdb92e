import type { OrderItem } from '../ast/query.js';
import type { Layout } from './layout.js';

/** `a DESC NULLS LAST`. */
export function printOrderItem({ expression, descending, nulls }: OrderItem, layout: Layout): string {
  return `${layout.expression(expression, layout)}${descending ? ' DESC' : ''}${nulls === undefined ? '' : ` NULLS ${nulls}`}`;
}

export function printOrderBy(items: readonly OrderItem[], layout: Layout): string {
  return `ORDER BY ${items.map(item => printOrderItem(item, layout)).join(', ')}`;
}
