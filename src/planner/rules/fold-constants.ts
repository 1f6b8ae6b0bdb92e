import type { BoundExpression } from '../logical/expression.js';
import { conjunction, splitConjunction } from '../logical/conjunction.js';
import { mapExpressions } from '../logical/node-expressions.js';
import { mapPlan, noRows, type LogicalNode } from '../logical/node.js';
import { foldExpression, isConstant } from './fold-expression.js';
import type { Rule } from './rule.js';

/**
 * Computes what no row changes, and leaves out the conditions and branches that are decided by it.
 *
 *     Filter(a > 1 + 1 AND TRUE) → Filter(a > 2)
 *     Filter(a > 1 AND FALSE) over Scan → Values without rows
 *
 * What fails, such as 1 / 0, stays, so that it fails only in rows that come to it; so does what depends on the session.
 */
export const foldConstants: Rule = {
  name: 'fold-constants',
  apply: plan => mapPlan(plan, node => foldConditions(foldOwn(node))),
};

function foldOwn(node: LogicalNode): LogicalNode {
  if (node.kind !== 'TemporalJoin') return mapExpressions(node, foldExpression);
  // Its keys stay equalities, also where one can never hold: the engine finds versions by them.
  return { ...node, condition: node.condition && foldExpression(node.condition) };
}

function foldConditions(node: LogicalNode): LogicalNode {
  switch (node.kind) {
    case 'Filter': {
      const condition = foldCondition(node.condition);
      if (condition === 'never') return noRows(node.fields);
      return condition ? { ...node, condition } : node.input;
    }
    case 'Join': {
      const condition = node.condition && foldCondition(node.condition);
      if (condition === 'never') return node.join === 'inner' ? noRows(node.fields) : node;
      return { ...node, condition };
    }
    case 'MarkJoin': {
      const condition = node.condition && foldCondition(node.condition);
      return condition === 'never' ? node : { ...node, condition };
    }
    default:
      return node;
  }
}

/** A condition without the parts that always hold; `undefined` where nothing is left, `never` where no row fulfils it. */
function foldCondition(condition: BoundExpression): BoundExpression | 'never' | undefined {
  const parts = splitConjunction(condition);
  if (parts.some(each => isConstant(each, false) || isConstant(each, null))) return 'never';
  const open = parts.filter(each => !isConstant(each, true));
  return open.length === parts.length ? condition : conjunction(open);
}
