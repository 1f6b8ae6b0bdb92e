import { withNullable } from '../../spec/data-type.js';
import { hasSubquery } from '../logical/expression.js';
import { inputsOf, mapPlan, withInputs, type Correlate, type LogicalNode, type PlanField } from '../logical/node.js';
import { columnOf, keepColumns, project } from '../logical/project.js';
import { applyPlan } from './apply-plan.js';
import { isCorrelated, isOneRow, needsDistinctRows } from './correlation.js';
import { extractSubqueries } from './extract-subqueries.js';
import { applyToOuterRows, asJoinSide, joinOf } from './join-side.js';
import { pullUp } from './pull-up.js';

/**
 * Turns subqueries and lateral joins into joins, so that no expression names a column of another query.
 *
 * A right side that looks at one outer row at a time is computed right behind that row:
 *
 *     Correlate(orders, Project(o.a + 1)) → Project(*, a + 1) over orders
 *
 * One that is correlated in its filters only becomes a side of a join, and any other is computed once for each different
 * outer row and joined with it.
 */
export function decorrelate(node: LogicalNode): LogicalNode {
  const inner = withInputs(node, inputsOf(node).map(decorrelate));
  if (inner.kind === 'Correlate') return decorrelateJoin(inner);
  if (inner.kind === 'Project' && inner.expressions.some(hasSubquery)) return extractSubqueries(inner, decorrelate);
  if (inner.kind === 'Filter' && hasSubquery(inner.condition)) return extractSubqueries(inner, decorrelate);
  return inner;
}

function decorrelateJoin(node: Correlate): LogicalNode {
  const { left, right, join, correlation, span } = node;
  const plain = { kind: 'Join', join, atMostOne: false, span } as const;
  if (!isCorrelated(right, correlation)) {
    return isOneRow(right)
      ? behindEachRow({ ...node, right: ofJoin(join, right) })
      : { ...plain, left, right, condition: undefined, fields: node.fields };
  }
  if (!needsDistinctRows(right, correlation) && (join === 'inner' || isOneRow(right)))
    return behindEachRow({ ...node, right: ofJoin(join, right) });
  const optional = join === 'left' ? asOptional(right) : undefined;
  if (optional) return behindEachRow({ ...node, right: optional });
  const joined = joinOnFilters(node) ?? joinOnOuterRows(node);
  return { ...joined, fields: joined.fields.map((field, i) => ({ ...field, name: node.fields[i]!.name })) };
}

/** A left join keeps rows that its model calls have no answer for. */
function ofJoin(join: Correlate['join'], right: LogicalNode): LogicalNode {
  return join === 'inner' ? right : mapPlan(right, node => (node.kind === 'Predict' ? { ...node, keepsRows: true } : node));
}

function behindEachRow({ left, right, correlation, span, fields }: Correlate): LogicalNode {
  const columns = new Map([...left.fields.keys()].map(index => [index, index]));
  const applied = applyPlan(left, right, { correlation, columns, span });
  return { ...applied, fields: applied.fields.map((field, i): PlanField => ({ ...field, name: fields[i]!.name })) };
}

/** `UNNEST(…)` or a search that keeps the rows for which there is nothing; `undefined` for any other plan. */
function asOptional(plan: LogicalNode): LogicalNode | undefined {
  if (plan.kind === 'Unnest' && isOneRow(plan.input)) {
    return { ...plan, outer: true, fields: plan.fields.map(field => ({ ...field, type: withNullable(field.type, true) })) };
  }
  if (plan.kind === 'VectorSearch' && isOneRow(plan.left)) {
    const width = plan.left.fields.length;
    const fields = plan.fields.map((field, i) => (i < width ? field : { ...field, type: withNullable(field.type, true) }));
    return { ...plan, outer: true, fields };
  }
  if (plan.kind !== 'Project') return undefined;
  const columns = plan.expressions.flatMap(each => (each.kind === 'column' ? [each.index] : []));
  const input = columns.length === plan.expressions.length ? asOptional(plan.input) : undefined;
  return (
    input &&
    project(
      input,
      columns.map(index => columnOf(input, index)),
      plan.fields.map(field => field.name),
    )
  );
}

function joinOnFilters({ left, right, join, correlation, span }: Correlate): LogicalNode | undefined {
  const pulled = pullUp(right, correlation);
  if (!pulled) return undefined;
  const { side, condition, outputs } = asJoinSide(pulled, { width: left.fields.length, correlation });
  const joined = joinOf({ join, left, right: side, condition, span });
  return keepColumns(joined, [...left.fields.keys(), ...outputs.map(index => left.fields.length + index)]);
}

function joinOnOuterRows({ left, right, join, correlation, span }: Correlate): LogicalNode {
  const { side, condition, width } = applyToOuterRows(left, right, { correlation, span });
  const joined = joinOf({ join, left, right: side, condition, span });
  const own = right.fields.map((_, i) => left.fields.length + width + i);
  return keepColumns(joined, [...left.fields.keys(), ...own]);
}
