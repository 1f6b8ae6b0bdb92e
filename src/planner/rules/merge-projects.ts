import { isDeterministic, isLargerThan, operandsOf, replaceColumns, type BoundExpression } from '../logical/expression.js';
import { mapPlan, type LogicalNode, type Project } from '../logical/node.js';
import type { Rule } from './rule.js';

/**
 * Makes one projection of two, and drops one that changes nothing.
 *
 *     Project(b + 1) over Project(a * 2 AS b) → Project(a * 2 + 1)
 *
 * An inner expression that is used more than once stays where it is, so that it is computed once.
 */
export const mergeProjects: Rule = {
  name: 'merge-projects',
  apply: plan => mapPlan(plan, node => (node.kind === 'Project' ? simplify(node) : node)),
};

/** Parts of an expression that no other is put into: a tree must not become so deep that it cannot be walked. */
const LARGE = 500;

function simplify(node: Project): LogicalNode {
  const merged = node.input.kind === 'Project' && isMergeable(node, node.input) ? merge(node, node.input) : node;
  return isIdentity(merged) ? merged.input : merged;
}

function merge(outer: Project, inner: Project): Project {
  const expressions = outer.expressions.map(each => replaceColumns(each, index => inner.expressions[index]!));
  return { ...outer, input: inner.input, expressions };
}

function isMergeable(outer: Project, inner: Project): boolean {
  const uses = new Map<number, number>();
  for (const expression of outer.expressions) countColumns(expression, uses);
  return inner.expressions.every((expression, index) => {
    const count = uses.get(index) ?? 0;
    if (expression.kind === 'column' || expression.kind === 'literal') return true;
    return count <= 1 && (count === 0 || (isDeterministic(expression) && !isLargerThan(LARGE, expression)));
  });
}

function countColumns(expression: BoundExpression, into: Map<number, number>): void {
  if (expression.kind === 'column') into.set(expression.index, (into.get(expression.index) ?? 0) + 1);
  for (const operand of operandsOf(expression)) countColumns(operand, into);
}

function isIdentity(node: Project): boolean {
  return (
    node.expressions.length === node.input.fields.length &&
    node.expressions.every((each, i) => each.kind === 'column' && each.index === i && node.fields[i]!.name === node.input.fields[i]!.name)
  );
}
