import type { Select } from '../../sql/ast/query.js';
import { SINGLE_ROW, type LogicalNode } from '../logical/node.js';
import { bindGrouping, isGrouped } from './bind-aggregate.js';
import { bindCondition } from './bind-condition.js';
import { queryHint } from './bind-hints.js';
import { bindItems } from './bind-items.js';
import { bindOver } from './bind-over.js';
import type { Ordering } from './bind-order.js';
import type { ExpressionContext, QueryScope } from './binding.js';
import { bindTable } from './bind-table.js';
import { EMPTY_SCOPE } from './scope.js';

/** FROM, WHERE, GROUP BY, HAVING, SELECT, DISTINCT, ORDER BY: in that order. */
export function bindSelect(select: Select, scope: QueryScope, ordering?: Ordering): LogicalNode {
  const { binding } = scope;
  const hints = select.hints.flatMap(hint => binding.diagnostics.attempt(hint.span, () => queryHint(hint)) ?? []);
  // Hints of a query concern its own tables, and not those of the queries in its FROM, which have hints of their own.
  const within: QueryScope = { ...scope, lookupHints: new Map(hints.map(({ table, hint }) => [table, hint])) };
  const from = select.from ? bindTable(select.from, within) : { node: SINGLE_ROW, scope: EMPTY_SCOPE };
  const context: ExpressionContext = { binding, scope: from.scope, query: scope };
  const where = select.where;
  const condition = where && binding.diagnostics.attempt(where.span, () => bindCondition(where, 'WHERE', context));
  const input: LogicalNode = condition ? { kind: 'Filter', input: from.node, condition, fields: from.node.fields } : from.node;
  const list = { distinct: select.distinct, ordering };
  if (isGrouped(select, ordering)) return bindGrouping(select, input, context, list);
  const over = bindOver(select, input, context, list);
  return bindItems(select.items, over.input, over.context, list);
}
