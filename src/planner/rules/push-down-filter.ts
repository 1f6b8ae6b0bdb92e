import { collectColumns, isDeterministic, isLargerThan, replaceColumns, usedColumns, type BoundExpression } from '../logical/expression.js';
import {
  inputsOf,
  withInputs,
  type Aggregate,
  type Filter,
  type Join,
  type LogicalNode,
  type LookupJoin,
  type MarkJoin,
  type OverAggregate,
  type Predict,
  type Project,
  type SetOperation,
  type Sort,
  type TemporalJoin,
  type Unnest,
  type VectorSearch,
  type WindowTable,
} from '../logical/node.js';
import { conjunction, splitConjunction } from '../logical/conjunction.js';
import { columnOf } from '../logical/project.js';
import type { Rule } from './rule.js';

/**
 * Tests each condition as early as its columns are there: above all before a model is called, and as part of a join. It
 * stays above a limit, whose rows it would change.
 *
 *     Filter(a > 1 AND label = 'x') over Predict → Filter(label = 'x') over Predict over Filter(a > 1)
 *     Filter(a > 1 AND a = b) over Join(t, u) → Join(Filter(a > 1) over t, u, a = b)
 */
export const pushDownFilter: Rule = { name: 'push-down-filter', apply: push };

/** Parts of a condition that is not pushed further: each projection may make it twice as large. */
const LARGE = 1_000;

function push(node: LogicalNode): LogicalNode {
  if (node.kind === 'Filter') {
    const lowered = lower(node);
    if (lowered !== node) return push(lowered);
  }
  if (node.kind === 'Join' && node.condition) {
    const lowered = lowerCondition(node, node.condition);
    if (lowered !== node) return push(lowered);
  }
  return withInputs(node, inputsOf(node).map(push));
}

function lower(node: Filter): LogicalNode {
  const { input, condition } = node;
  switch (input.kind) {
    case 'Filter':
      return filter(input.input, [...splitConjunction(input.condition), ...splitConjunction(condition)]);
    case 'Project':
      return lowerThroughProject(node, input);
    case 'Predict':
      return lowerThroughOwnColumns(node, input);
    case 'Unnest':
      return lowerThroughOwnColumns(node, input);
    case 'OverAggregate':
      return lowerThroughOver(node, input);
    case 'MarkJoin':
    case 'VectorSearch':
    case 'LookupJoin':
    case 'TemporalJoin':
      return lowerIntoLeft(node, input);
    case 'Join':
      return lowerIntoJoin(node, input);
    case 'Union':
      return { ...input, inputs: input.inputs.map(each => filter(each, [condition])) };
    case 'SetOperation':
      return lowerIntoBoth(node, input);
    case 'Aggregate':
      return lowerIntoGroups(node, input);
    case 'Sort':
      return lowerThroughSort(node, input);
    case 'WindowTable':
      return lowerThroughWindow(node, input);
    default:
      return node;
  }
}

function filter(input: LogicalNode, conditions: readonly BoundExpression[]): LogicalNode {
  const condition = conjunction(conditions);
  return condition ? { kind: 'Filter', input, condition, fields: input.fields } : input;
}

function lowerThroughProject(node: Filter, project: Project): LogicalNode {
  const used = new Set<number>();
  collectColumns(node.condition, used);
  if (![...used].every(index => isDeterministic(project.expressions[index]!))) return node;
  const condition = replaceColumns(node.condition, index => project.expressions[index]!);
  return isLargerThan(LARGE, condition) ? node : { ...project, input: filter(project.input, [condition]) };
}

/** Conditions over columns that the node only passes on are tested below it. */
function lowerThroughOwnColumns(node: Filter, input: Predict | Unnest): LogicalNode {
  const { early, late } = divide(splitConjunction(node.condition), input.input.fields.length);
  return early.length === 0 ? node : filter({ ...input, input: filter(input.input, early) }, late);
}

/** What holds for all rows of a partition or none can be tested before; any other condition would change what its rows see. */
function lowerThroughOver(node: Filter, input: OverAggregate): LogicalNode {
  const { early, late } = divideBy(splitConjunction(node.condition), index => input.partition.includes(index));
  if (early.length === 0) return node;
  return filter({ ...input, input: filter(input.input, early) }, late);
}

function lowerIntoLeft(node: Filter, input: MarkJoin | TemporalJoin | VectorSearch | LookupJoin): LogicalNode {
  const { early, late } = divide(splitConjunction(node.condition), input.left.fields.length);
  return early.length === 0 ? node : filter({ ...input, left: filter(input.left, early) }, late);
}

/** Equal rows fulfil the condition together, on whichever side they are. */
function lowerIntoBoth(node: Filter, input: SetOperation): LogicalNode {
  const { early, late } = divide(splitConjunction(node.condition), input.fields.length);
  if (early.length === 0) return node;
  return filter({ ...input, left: filter(input.left, early), right: filter(input.right, early) }, late);
}

/** A condition over the keys holds for all rows of a group or for none. Without keys there is a row whatever rows there are. */
function lowerIntoGroups(node: Filter, input: Aggregate): LogicalNode {
  if (input.keys.length === 0) return node;
  const { early, late } = divide(splitConjunction(node.condition), input.keys.length);
  if (early.length === 0) return node;
  const overRows = early.map(each => replaceColumns(each, index => columnOf(input.input, input.keys[index]!)));
  return filter({ ...input, input: filter(input.input, overRows) }, late);
}

/** Where only the first rows stay, others would take the place of those that a condition drops, unless it drops whole groups. */
function lowerThroughSort(node: Filter, input: Sort): LogicalNode {
  const keepsAll = input.count === Infinity && input.offset === 0;
  const { early, late } = divideBy(splitConjunction(node.condition), index => keepsAll || input.partition.includes(index));
  return early.length === 0 ? node : filter({ ...input, input: filter(input.input, early) }, late);
}

/** A row that is left out changes the sessions of its partition, but no other windows. */
function lowerThroughWindow(node: Filter, input: WindowTable): LogicalNode {
  const { window } = input;
  const width = input.input.fields.length;
  const { early, late } = divideBy(splitConjunction(node.condition), index =>
    window.kind === 'session' ? window.partition.includes(index) : index < width,
  );
  return early.length === 0 ? node : filter({ ...input, input: filter(input.input, early) }, late);
}

/** The deterministic conditions that need only the first `width` columns, and the others. */
function divide(conditions: readonly BoundExpression[], width: number): Divided {
  return divideBy(conditions, index => index < width);
}

interface Divided {
  readonly early: BoundExpression[];
  readonly late: BoundExpression[];
}

/** The deterministic conditions over nothing but allowed columns, and the others. */
function divideBy(conditions: readonly BoundExpression[], isAllowed: (index: number) => boolean): Divided {
  const early: BoundExpression[] = [];
  const late: BoundExpression[] = [];
  for (const condition of conditions) (isOver(condition, isAllowed) ? early : late).push(condition);
  return { early, late };
}

function isOver(condition: BoundExpression, isAllowed: (index: number) => boolean): boolean {
  return isDeterministic(condition) && [...usedColumns([condition])].every(isAllowed);
}

/** A condition above an outer join sees the NULLs that the join makes, so only what concerns the kept side goes below it. */
function lowerIntoJoin(node: Filter, join: Join): LogicalNode {
  if (join.atMostOne) return lowerThroughScalar(node, join);
  const width = join.left.fields.length;
  const keepsLeft = join.join === 'inner' || join.join === 'left';
  const keepsRight = join.join === 'inner' || join.join === 'right';
  const left: BoundExpression[] = [];
  const right: BoundExpression[] = [];
  const within: BoundExpression[] = [];
  const late: BoundExpression[] = [];
  for (const condition of splitConjunction(node.condition)) {
    if (keepsLeft && isOver(condition, index => index < width)) left.push(condition);
    else if (keepsRight && isOver(condition, index => index >= width)) right.push(condition);
    else (join.join === 'inner' && isDeterministic(condition) ? within : late).push(condition);
  }
  if (late.length === splitConjunction(node.condition).length) return node;
  return filter(
    {
      ...join,
      left: filter(join.left, left),
      right: filter(
        join.right,
        right.map(each => moved(each, -width)),
      ),
      condition: conjunction([...(join.condition ? splitConjunction(join.condition) : []), ...within]),
    },
    late,
  );
}

/** Fewer rows of the left side ask for the value of a scalar subquery; its right side must stay as it is. */
function lowerThroughScalar(node: Filter, join: Join): LogicalNode {
  const { early, late } = divide(splitConjunction(node.condition), join.left.fields.length);
  return early.length === 0 ? node : filter({ ...join, left: filter(join.left, early) }, late);
}

/** Takes what concerns one side alone off a join's condition, as far as rows of that side without a partner are dropped. */
function lowerCondition(join: Join, all: BoundExpression): LogicalNode {
  const width = join.left.fields.length;
  const left: BoundExpression[] = [];
  const right: BoundExpression[] = [];
  const rest: BoundExpression[] = [];
  for (const condition of splitConjunction(all)) {
    if ((join.join === 'inner' || join.join === 'right') && isOver(condition, index => index < width)) left.push(condition);
    else if ((join.join === 'inner' || join.join === 'left') && isOver(condition, index => index >= width)) right.push(condition);
    else rest.push(condition);
  }
  if (left.length + right.length === 0) return join;
  const lowered = right.map(each => moved(each, -width));
  return { ...join, left: filter(join.left, left), right: filter(join.right, lowered), condition: conjunction(rest) };
}

function moved(expression: BoundExpression, by: number): BoundExpression {
  return replaceColumns(expression, (index, column) => ({ ...column, index: index + by }));
}
