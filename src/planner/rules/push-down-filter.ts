import { collectColumns, isDeterministic, isLargerThan, replaceColumns, type BoundExpression } from '../logical/expression.js';
import { inputsOf, withInputs, type Filter, type LogicalNode, type Predict, type Project } from '../logical/node.js';
import { conjunction, splitConjunction } from './conjunction.js';
import type { Rule } from './rule.js';

/**
 * Tests each condition as early as its columns are there: above all before a model is called.
 *
 *     Filter(a > 1 AND label = 'x') over Predict → Filter(label = 'x') over Predict over Filter(a > 1)
 */
export const pushDownFilter: Rule = { name: 'push-down-filter', apply: push };

/** Parts of a condition that is not pushed further: each projection may make it twice as large. */
const LARGE = 1_000;

function push(node: LogicalNode): LogicalNode {
  if (node.kind === 'Filter') {
    const lowered = lower(node);
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
      return lowerThroughPredict(node, input);
    case 'Union':
      return { ...input, inputs: input.inputs.map(each => filter(each, [condition])) };
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

function lowerThroughPredict(node: Filter, predict: Predict): LogicalNode {
  const width = predict.input.fields.length;
  const early: BoundExpression[] = [];
  const late: BoundExpression[] = [];
  for (const condition of splitConjunction(node.condition)) {
    const used = new Set<number>();
    collectColumns(condition, used);
    (isDeterministic(condition) && [...used].every(index => index < width) ? early : late).push(condition);
  }
  if (early.length === 0) return node;
  return filter({ ...predict, input: filter(predict.input, early) }, late);
}
