import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import { withNullable } from '../../spec/data-type.js';
import { caseOf, isNotDistinct, isNotNull } from '../binder/build-expression.js';
import { moveCall } from '../logical/aggregate-call.js';
import { mapExpression, type BoundExpression } from '../logical/expression.js';
import {
  expandRows,
  type Aggregate,
  type Join,
  type LogicalNode,
  type MarkJoin,
  type OverAggregate,
  type Predict,
  type Sort,
  type TemporalJoin,
} from '../logical/node.js';
import { moveOverCall } from '../logical/over-call.js';
import { columnOf, columnsOf, keepColumns, project } from '../logical/project.js';
import { conjunction } from '../logical/conjunction.js';
import { isCorrelated } from './correlation.js';

/** Where the outer columns of a plan come from. */
export interface Site {
  readonly correlation: number;
  /** Where the rows that the plan is applied to have each outer column. */
  readonly columns: ReadonlyMap<number, number>;
  /** Of the subquery in the text. */
  readonly span: Span;
}

/**
 * The rows that a correlated plan gives for each row of `outer`, behind that row: fields are those of `outer`, then those
 * of the plan. No outer column of the site is left.
 *
 * The plan is rebuilt over `outer`, from its leaves up, so that every node sees the outer row beside its own: a grouping
 * groups by it too, a limit counts for each. This is the way of T. Neumann and A. Kemper, "Unnesting Arbitrary Queries"
 * (BTW 2015). Where `needsDistinctRows` says so, the rows of `outer` must all differ.
 */
export function applyPlan(outer: LogicalNode, plan: LogicalNode, site: Site): LogicalNode {
  if (!isCorrelated(plan, site.correlation)) return crossJoin(outer, plan, site.span);
  const width = outer.fields.length;
  const inside = (expression: BoundExpression): BoundExpression => placed(expression, width, site);
  switch (plan.kind) {
    case 'Values':
      return applyValues(outer, plan, inside);
    case 'Project': {
      const input = applyPlan(outer, plan.input, site);
      return projected(input, width, plan, inside);
    }
    case 'Filter': {
      const input = applyPlan(outer, plan.input, site);
      return { ...plan, input, condition: inside(plan.condition), fields: input.fields };
    }
    case 'Union':
      return { ...plan, inputs: plan.inputs.map(each => applyPlan(outer, each, site)), fields: over(outer, plan) };
    case 'SetOperation':
      return { ...plan, left: applyPlan(outer, plan.left, site), right: applyPlan(outer, plan.right, site), fields: over(outer, plan) };
    case 'Unnest': {
      const input = applyPlan(outer, plan.input, site);
      const elements = plan.fields.slice(plan.input.fields.length);
      return { ...plan, input, collection: inside(plan.collection), fields: [...input.fields, ...elements] };
    }
    case 'VectorSearch': {
      const left = applyPlan(outer, plan.left, site);
      const found = plan.fields.slice(plan.left.fields.length);
      return { ...plan, left, right: uncorrelated(plan.right, site), query: plan.query + width, fields: [...left.fields, ...found] };
    }
    case 'LookupJoin': {
      const left = applyPlan(outer, plan.left, site);
      return { ...plan, left, right: uncorrelated(plan.right, site), condition: inside(plan.condition), fields: over(outer, plan) };
    }
    case 'Predict':
      return applyPredict(outer, plan, site);
    case 'WindowTable':
      return { ...plan, input: applyPlan(outer, plan.input, site), time: plan.time + width, fields: over(outer, plan) };
    case 'Aggregate':
      return applyAggregate(outer, plan, site);
    case 'Expand':
      return expandRows(
        applyPlan(outer, plan.input, site),
        plan.absent.map(fields => fields.map(index => index + width)),
      );
    case 'OverAggregate':
      return applyOver(outer, plan, site);
    case 'Sort':
      return applySort(outer, plan, site);
    case 'Limit':
      return applySort(outer, { ...plan, kind: 'Sort', keys: [], partition: [], span: site.span }, site);
    case 'Join':
      return applyJoin(outer, plan, site);
    case 'MarkJoin':
      return applyMarkJoin(outer, plan, site);
    case 'TemporalJoin':
      return applyTemporalJoin(outer, plan, site);
    case 'Correlate':
    case 'Scan':
    case 'WatermarkAssigner':
    case 'Shared':
      throw new MillraceError({ code: 'INTERNAL', message: `${plan.kind} in a correlated plan` });
  }
}

/** What is made once for all outer rows. */
function uncorrelated(plan: LogicalNode, { correlation, span }: Site): LogicalNode {
  if (!isCorrelated(plan, correlation)) return plan;
  throw new MillraceError({
    code: 'UNSUPPORTED',
    message: 'the embedded engine does not search for rows that depend on an outer row',
    span,
  });
}

/** An expression of the plan, over the outer row and then the plan's own. */
function placed(expression: BoundExpression, width: number, { correlation, columns }: Site): BoundExpression {
  return mapExpression(expression, each => {
    if (each.kind === 'column') return { ...each, index: each.index + width };
    if (each.kind !== 'outer-column' || each.correlation !== correlation) return each;
    const { name, type } = each;
    return { kind: 'column', index: columns.get(each.index)!, name, type };
  });
}

function over(outer: LogicalNode, plan: LogicalNode): LogicalNode['fields'] {
  return [...outer.fields, ...plan.fields];
}

/** Every pair of rows. */
export function crossJoin(left: LogicalNode, right: LogicalNode, span: Span): LogicalNode {
  if (right.kind === 'Values' && right.rows.length === 1) return applyValues(left, right, expression => expression);
  return { kind: 'Join', join: 'inner', left, right, condition: undefined, atMostOne: false, span, fields: over(left, right) };
}

function applyValues(
  outer: LogicalNode,
  plan: Extract<LogicalNode, { kind: 'Values' }>,
  inside: (expression: BoundExpression) => BoundExpression,
): LogicalNode {
  if (plan.fields.length === 0 && plan.rows.length === 1) return outer;
  const names = over(outer, plan).map(field => field.name);
  const inputs = plan.rows.map((row): LogicalNode => {
    const node = project(outer, [...columnsOf(outer), ...row.map(inside)], names);
    // Values of several rows have a type in common, which each row's own can be narrower than.
    return { ...node, fields: [...node.fields.slice(0, outer.fields.length), ...plan.fields] };
  });
  return inputs.length === 1 ? inputs[0]! : { kind: 'Union', inputs, fields: inputs[0]!.fields };
}

function projected(
  input: LogicalNode,
  width: number,
  plan: Extract<LogicalNode, { kind: 'Project' }>,
  inside: (expression: BoundExpression) => BoundExpression,
): LogicalNode {
  const outer = Array.from({ length: width }, (_, index) => columnOf(input, index));
  const names = [...input.fields.slice(0, width), ...plan.fields].map(field => field.name);
  return project(input, [...outer, ...plan.expressions.map(inside)], names);
}

function applyPredict(outer: LogicalNode, plan: Predict, site: Site): LogicalNode {
  const width = outer.fields.length;
  const input = applyPlan(outer, plan.input, site);
  return {
    ...plan,
    input,
    arguments: plan.arguments.map(index => index + width),
    guard: plan.guard === undefined ? undefined : plan.guard + width,
    fields: [...input.fields, ...plan.fields.slice(plan.input.fields.length)],
  };
}

function applySort(outer: LogicalNode, plan: Sort, site: Site): LogicalNode {
  const width = outer.fields.length;
  const input = applyPlan(outer, plan.input, site);
  return {
    ...plan,
    input,
    keys: plan.keys.map(key => ({ ...key, index: key.index + width })),
    partition: [...outer.fields.keys(), ...plan.partition.map(index => index + width)],
    fields: over(outer, plan),
  };
}

function applyOver(outer: LogicalNode, plan: OverAggregate, site: Site): LogicalNode {
  const width = outer.fields.length;
  const shift = (index: number): number => index + width;
  return {
    ...plan,
    input: applyPlan(outer, plan.input, site),
    partition: [...outer.fields.keys(), ...plan.partition.map(shift)],
    keys: plan.keys.map(key => ({ ...key, index: shift(key.index) })),
    calls: plan.calls.map(call => moveOverCall(call, shift)),
    fields: over(outer, plan),
  };
}

function applyAggregate(outer: LogicalNode, plan: Aggregate, site: Site): LogicalNode {
  // Without keys and aggregates, as HAVING alone makes it, there is one row whatever the input.
  if (plan.fields.length === 0) return outer;
  const width = outer.fields.length;
  const shift = (index: number): number => index + width;
  const grouped: Aggregate = {
    ...plan,
    input: applyPlan(outer, plan.input, site),
    keys: [...outer.fields.keys(), ...plan.keys.map(shift)],
    aggregates: plan.aggregates.map(call => moveCall(call, shift)),
    window: plan.window && { ...plan.window, start: shift(plan.window.start), end: shift(plan.window.end) },
    fields: over(outer, plan),
  };
  return plan.keys.length === 0 ? withEmptyGroups(outer, grouped, site.span) : grouped;
}

/** Without keys there is a result for no rows too: an outer row that no group came from gets it. */
function withEmptyGroups(outer: LogicalNode, grouped: Aggregate, span: Span): LogicalNode {
  const width = outer.fields.length;
  const joined = joinOnOuter('left', { left: outer, right: grouped, span });
  const results = grouped.aggregates.map((call, i): BoundExpression => {
    const result = columnOf(joined, width + width + i);
    if (call.type.nullable) return result;
    const none: BoundExpression = { kind: 'literal', value: call.resolution.ofNoRows, type: call.type };
    return caseOf([{ when: isNotNull(result), then: { ...result, type: call.type } }], none);
  });
  const outerColumns = Array.from({ length: width }, (_, index) => columnOf(joined, index));
  return project(
    joined,
    [...outerColumns, ...results],
    grouped.fields.map(field => field.name),
  );
}

/** Two plans that both begin with the columns of one outer row, joined where these are the same. */
function joinOnOuter(
  join: Join['join'],
  { left, right, span, width = left.fields.length }: { left: LogicalNode; right: LogicalNode; span: Span; width?: number },
): Join {
  const shift = left.fields.length;
  const isNullable = (side: 'left' | 'right'): boolean =>
    join === 'full' || (join === 'left' && side === 'right') || (join === 'right' && side === 'left');
  const fields = [
    ...left.fields.map(field => ({ ...field, type: withNullable(field.type, field.type.nullable || isNullable('left')) })),
    ...right.fields.map(field => ({ ...field, type: withNullable(field.type, field.type.nullable || isNullable('right')) })),
  ];
  const same = Array.from({ length: width }, (_, index) =>
    isNotDistinct(columnOf(left, index), { ...columnOf(right, index), index: index + shift } as BoundExpression),
  );
  return { kind: 'Join', join, left, right, condition: conjunction(same), atMostOne: false, span, fields };
}

function applyJoin(outer: LogicalNode, plan: Join, site: Site): LogicalNode {
  const width = outer.fields.length;
  const leftWidth = plan.left.fields.length;
  const inner = plan.join === 'inner';
  const [isLeft, isRight] = [isCorrelated(plan.left, site.correlation), isCorrelated(plan.right, site.correlation)];
  if (!isRight && (inner || plan.join === 'left')) {
    const left = applyPlan(outer, plan.left, site);
    const condition = plan.condition && placed(plan.condition, width, site);
    return { ...plan, left, condition, fields: over(outer, plan) };
  }
  if (inner && !isLeft) {
    const right = applyPlan(outer, plan.right, site);
    const order = [
      ...outer.fields.map((_, i) => leftWidth + i),
      ...plan.left.fields.keys(),
      ...plan.right.fields.map((_, i) => leftWidth + width + i),
    ];
    const joined: LogicalNode = {
      ...plan,
      right,
      condition: undefined,
      fields: [...plan.fields.slice(0, leftWidth), ...outer.fields, ...plan.fields.slice(leftWidth)],
    };
    const kept = keepColumns(joined, order);
    return plan.condition ? { kind: 'Filter', input: kept, condition: placed(plan.condition, width, site), fields: kept.fields } : kept;
  }
  return applyBothSides(outer, plan, site);
}

/** Both sides are computed for each outer row, and joined where that is the same. */
function applyBothSides(outer: LogicalNode, plan: Join, site: Site): LogicalNode {
  const width = outer.fields.length;
  const leftWidth = plan.left.fields.length;
  const left = applyPlan(outer, plan.left, site);
  const right = applyPlan(outer, plan.right, site);
  const joined = joinOnOuter(plan.join, { left, right, span: plan.span, width });
  const condition = conjunction([joined.condition!, ...(plan.condition ? [pastOuter(plan.condition, { width, leftWidth, site })] : [])]);
  const node: Join = { ...joined, atMostOne: plan.atMostOne, condition };
  const fromLeft = Array.from({ length: width }, (_, index) => columnOf(node, index));
  const fromRight = fromLeft.map((_, index) => columnOf(node, width + leftWidth + index));
  const outerColumns = fromLeft.map((column, index) => {
    if (plan.join === 'inner' || plan.join === 'left') return column;
    return plan.join === 'right' ? fromRight[index]! : caseOf([{ when: isNotNull(column), then: column }], fromRight[index]!);
  });
  const own = [
    ...plan.left.fields.map((_, i) => columnOf(node, width + i)),
    ...plan.right.fields.map((_, i) => columnOf(node, width + leftWidth + width + i)),
  ];
  return project(
    node,
    [...outerColumns, ...own],
    over(outer, plan).map(field => field.name),
  );
}

/** A condition over both sides of a join, each of which now begins with the outer row. */
function pastOuter(
  condition: BoundExpression,
  { width, leftWidth, site }: { readonly width: number; readonly leftWidth: number; readonly site: Site },
): BoundExpression {
  return placed(
    mapExpression(condition, each => (each.kind === 'column' && each.index >= leftWidth ? { ...each, index: each.index + width } : each)),
    width,
    site,
  );
}

function applyMarkJoin(outer: LogicalNode, plan: MarkJoin, site: Site): LogicalNode {
  const width = outer.fields.length;
  const left = applyPlan(outer, plan.left, site);
  const fields = over(outer, plan);
  if (!isCorrelated(plan.right, site.correlation)) {
    const inside = (each: BoundExpression): BoundExpression => placed(each, width, site);
    return { ...plan, left, condition: plan.condition && inside(plan.condition), tests: plan.tests.map(inside), fields };
  }
  const right = applyPlan(outer, plan.right, site);
  const leftWidth = plan.left.fields.length;
  const inside = (each: BoundExpression): BoundExpression => pastOuter(each, { width, leftWidth, site });
  const same = joinOnOuter('inner', { left, right, span: plan.span, width }).condition!;
  const condition = conjunction([same, ...(plan.condition ? [inside(plan.condition)] : [])]);
  return { ...plan, left, right, condition, tests: plan.tests.map(inside), fields };
}

function applyTemporalJoin(outer: LogicalNode, plan: TemporalJoin, site: Site): LogicalNode {
  const width = outer.fields.length;
  if (isCorrelated(plan.right, site.correlation)) {
    throw new MillraceError({
      code: 'UNSUPPORTED',
      message: 'a table with FOR SYSTEM_TIME AS OF cannot depend on the query around it',
      span: plan.span,
    });
  }
  return {
    ...plan,
    left: applyPlan(outer, plan.left, site),
    leftTime: plan.leftTime + width,
    keys: placed(plan.keys, width, site),
    condition: plan.condition && placed(plan.condition, width, site),
    fields: over(outer, plan),
  };
}
