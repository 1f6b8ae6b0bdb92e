import { MillraceError } from '../../common/error.js';
import type { Select } from '../../sql/ast/query.js';
import type { LogicalNode } from '../logical/node.js';
import { bindGrouping, isGrouped } from './bind-aggregate.js';
import { bindCondition } from './bind-condition.js';
import { bindItems } from './bind-items.js';
import type { ExpressionContext, QueryScope } from './binding.js';
import { bindTable } from './bind-table.js';
import type { BoundTable } from './bound-table.js';
import { EMPTY_SCOPE } from './scope.js';

/** FROM, WHERE, GROUP BY, HAVING, SELECT, DISTINCT: in that order. */
export function bindSelect(select: Select, scope: QueryScope): LogicalNode {
  const { binding } = scope;
  for (const { name, span } of select.hints) {
    binding.diagnostics.add(
      new MillraceError({
        code: 'UNSUPPORTED',
        message: `the embedded engine has no use for the hint ${name}`,
        span,
        notes: [{ message: 'remove it' }],
      }),
    );
  }
  const from = select.from ? bindTable(select.from, scope) : SINGLE_ROW;
  const context: ExpressionContext = { binding, scope: from.scope };
  const where = select.where;
  const condition = where && binding.diagnostics.attempt(where.span, () => bindCondition(where, 'WHERE', context));
  const input: LogicalNode = condition ? { kind: 'Filter', input: from.node, condition, fields: from.node.fields } : from.node;
  const projected = isGrouped(select) ? bindGrouping(select, input, context) : bindItems(select.items, input, context);
  return select.distinct ? distinct(projected) : projected;
}

/** What SELECT without FROM reads: one row without columns. */
const SINGLE_ROW: BoundTable = { node: { kind: 'Values', rows: [[]], fields: [] }, scope: EMPTY_SCOPE };

function distinct(input: LogicalNode): LogicalNode {
  return { kind: 'Aggregate', input, keys: [...input.fields.keys()], aggregates: [], window: undefined, fields: input.fields };
}
