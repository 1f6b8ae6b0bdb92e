import type { TableObject } from '../../catalog/objects.js';
import type { NamedTable } from '../../sql/ast/query.js';
import type { BoundExpression } from '../logical/expression.js';
import type { LogicalNode, PlanField, Scan } from '../logical/node.js';
import { columnOf, project } from '../logical/project.js';
import { hintOptions } from './bind-hints.js';
import { bindView } from './bind-view.js';
import type { Binding, QueryScope } from './binding.js';
import { renameColumns } from './rename-columns.js';
import { scopeOf } from './scope.js';

/** A common table, a view or a table by name, without its alias. */
export function bindRelation({ name, hints }: Pick<NamedTable, 'name' | 'hints'>, scope: QueryScope): LogicalNode {
  const common = name.parts.length === 1 ? scope.commonTables.get(name.parts[0]!.name) : undefined;
  if (common) return renameColumns(scope.binding.bindQuery(common.table.query, common.scope), common.table.columns);
  const relation = scope.binding.catalog.relation(name);
  if (relation.kind === 'table') return bindScan(relation, scope.binding, hintOptions(hints));
  return renamePlan(
    bindView(relation, name.span, scope.binding),
    relation.columns.map(column => column.name),
  );
}

function renamePlan(node: LogicalNode, names: readonly string[]): LogicalNode {
  if (node.fields.every((field, i) => field.name === names[i])) return node;
  return project(
    node,
    node.fields.map((_, index) => columnOf(node, index)),
    names,
  );
}

/** Scan, then computed columns in their declared places, then the watermark. */
function bindScan(table: TableObject, outer: Binding, hints: ReadonlyMap<string, string>): LogicalNode {
  const binding = { ...outer, catalog: outer.catalog.within(table.namespace) };
  const scan = scanOf(table, hints);
  const complete = table.columns.some(column => column.kind === 'computed') ? withComputedColumns(table, scan, binding) : scan;
  if (!table.watermark) return complete;
  const column = complete.fields.findIndex(field => field.name === table.watermark!.column[0]!.name);
  const expression = binding.bindExpression(table.watermark.expression, {
    binding,
    scope: scopeOf(complete.fields, table.name.object),
  });
  const fields = complete.fields.map((field, i): PlanField => (i === column ? { ...field, timeAttribute: 'rowtime' } : field));
  return { kind: 'WatermarkAssigner', input: complete, column, expression, fields };
}

function scanOf(table: TableObject, hints: ReadonlyMap<string, string>): Scan {
  const columns = table.columns.flatMap((column, index) => (column.kind === 'computed' ? [] : [index]));
  return {
    kind: 'Scan',
    table,
    columns,
    hints,
    fields: columns.map(index => ({ name: table.columns[index]!.name, type: table.columns[index]!.type })),
  };
}

function withComputedColumns(table: TableObject, scan: Scan, binding: Binding): LogicalNode {
  const context = { binding, scope: scopeOf(scan.fields, table.name.object) };
  const expressions = table.columns.map((column): BoundExpression => {
    if (column.kind === 'computed') return binding.bindExpression(column.expression, context);
    return columnOf(
      scan,
      scan.fields.findIndex(field => field.name === column.name),
    );
  });
  return project(
    scan,
    expressions,
    table.columns.map(column => column.name),
  );
}
