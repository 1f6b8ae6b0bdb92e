import { MillraceError } from '../../common/error.js';
import { NULL } from '../../spec/data-type.js';
import type { Expression } from '../../sql/ast/expression.js';
import type { SelectItem } from '../../sql/ast/query.js';
import type { BoundExpression } from '../logical/expression.js';
import type { LogicalNode } from '../logical/node.js';
import { columnOf, distinctRows, project, uniqueName } from '../logical/project.js';
import { bindOrderKeys, sorted, type Ordering } from './bind-order.js';
import type { ExpressionContext } from './binding.js';
import { MAX_COLUMNS } from './plan-limits.js';
import type { Scope } from './scope.js';

/** What a SELECT does with its list besides projecting it. */
export interface ListOptions {
  readonly distinct: boolean;
  readonly ordering: Ordering | undefined;
}

/** The projection of a SELECT list, its DISTINCT and its order; problems of several items are all reported. */
export function bindItems(
  items: readonly SelectItem[],
  input: LogicalNode,
  context: ExpressionContext,
  { distinct, ordering }: ListOptions,
): LogicalNode {
  const { expressions, names } = bindList(items, input, context);
  const list = project(input, expressions, names);
  if (!ordering) return distinct ? distinctRows(list) : list;
  const { keys, hidden } = bindOrderKeys(ordering, { expressions, names }, context);
  if (distinct && hidden.length > 0) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: 'ORDER BY of SELECT DISTINCT takes columns of the list only',
      span: ordering.items[0]!.span,
      notes: [{ message: 'add the expression to the list' }],
    });
  }
  const wide = hidden.length === 0 ? list : project(input, [...expressions, ...hidden], [...names, ...hidden.map((_, i) => `$key${i}`)]);
  return sorted(distinct ? distinctRows(wide) : wide, { ordering, keys, width: names.length });
}

function bindList(
  items: readonly SelectItem[],
  input: LogicalNode,
  context: ExpressionContext,
): { readonly expressions: readonly BoundExpression[]; readonly names: readonly string[] } {
  const { diagnostics } = context.binding;
  const expressions: BoundExpression[] = [];
  const names: string[] = [];
  const taken = new Set<string>();
  for (const [i, item] of items.entries()) {
    // The query is refused for its width; there is no need to know how wide it is.
    if (expressions.length > MAX_COLUMNS) break;
    const columns = diagnostics.attempt(item.span, () => expandItem(item, i, input, context)) ?? placeholder(item, i);
    for (const { expression, name } of columns) {
      expressions.push(expression);
      names.push(uniqueName(name, taken));
    }
  }
  return { expressions, names };
}

interface ItemColumn {
  readonly expression: BoundExpression;
  readonly name: string;
}

/** What stands for an item with a problem, so that those who read the column have none because of it. */
function placeholder({ expression, alias }: SelectItem, position: number): ItemColumn[] {
  if (expression.kind === 'star') return [];
  return [{ expression: { kind: 'literal', value: null, type: NULL }, name: nameOfItem(expression, alias, position) }];
}

function expandItem(item: SelectItem, position: number, input: LogicalNode, context: ExpressionContext): ItemColumn[] {
  const { expression, alias } = item;
  if (expression.kind !== 'star')
    return [{ expression: context.binding.bindExpression(expression, context), name: nameOfItem(expression, alias, position) }];
  const indices = starColumns(context.scope, expression.qualifier.at(-1)?.name);
  if (indices.length === 0) {
    const table = expression.qualifier.at(-1)?.name;
    throw new MillraceError({
      code: 'UNKNOWN_TABLE',
      message: table === undefined ? 'SELECT * needs a FROM clause' : `there is no table "${table}" in FROM`,
      span: item.span,
    });
  }
  return indices.map(index => ({ expression: columnOf(input, index), name: context.scope.columns[index]!.field.name }));
}

function starColumns(scope: Scope, table: string | undefined): number[] {
  return scope.columns.flatMap((column, index) => ((table === undefined ? !column.qualifiedOnly : column.table === table) ? [index] : []));
}

function nameOfItem(expression: Expression, alias: SelectItem['alias'], position: number): string {
  return alias?.name ?? nameOf(expression) ?? `EXPR$${position}`;
}

/** The name that an expression gives its column where no alias is written. */
function nameOf(expression: Expression): string | undefined {
  if (expression.kind === 'column') return expression.parts.at(-1)!.name;
  return expression.kind === 'field' ? expression.field.name : undefined;
}
