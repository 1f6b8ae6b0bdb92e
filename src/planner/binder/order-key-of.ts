import { MillraceError } from '../../common/error.js';
import { formatType } from '../../spec/data-type.js';
import type { OrderItem } from '../../sql/ast/query.js';
import { hasOrder } from '../functions/type-rules.js';
import type { PlanField } from '../logical/node.js';
import type { OrderKey } from '../logical/order-key.js';

/**
 * The key for an item of ORDER BY whose value is field `index` of the input. NULL is the smallest value where the item does
 * not say where it stands, as in Flink.
 *
 * @throws {MillraceError} `TYPE_MISMATCH` at the item when its type has no order.
 */
export function orderKeyOf(item: OrderItem, index: number, fields: readonly PlanField[]): OrderKey {
  const { type } = fields[index]!;
  if (!hasOrder(type)) {
    throw new MillraceError({
      code: 'TYPE_MISMATCH',
      message: `ORDER BY does not take ${formatType(type, 'ignore')}, which has no order`,
      span: item.expression.span,
    });
  }
  return { index, descending: item.descending, nullsFirst: item.nulls === undefined ? !item.descending : item.nulls === 'FIRST' };
}
