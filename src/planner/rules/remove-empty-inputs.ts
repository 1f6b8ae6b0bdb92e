import { mapPlan, noRows, type Join, type LogicalNode, type Union } from '../logical/node.js';
import { columnsOf, project } from '../logical/project.js';
import type { Rule } from './rule.js';

/**
 * Leaves out what gives no rows because its input has none, so that nothing is read and no model is opened for it.
 *
 *     Union(t, Filter(FALSE)) → t
 *     Predict over Values without rows → Values without rows
 */
export const removeEmptyInputs: Rule = {
  name: 'remove-empty-inputs',
  apply: plan =>
    mapPlan(plan, node => {
      if (node.kind === 'Union') return withoutEmpty(node);
      return isEmptyBelow(node) ? noRows(node.fields) : node;
    }),
};

function isEmpty(node: LogicalNode): boolean {
  return node.kind === 'Values' && node.rows.length === 0;
}

function isEmptyBelow(node: LogicalNode): boolean {
  switch (node.kind) {
    case 'Project':
    case 'Filter':
    case 'Predict':
    case 'Unnest':
    case 'WindowTable':
    case 'Expand':
    case 'OverAggregate':
    case 'Sort':
      return isEmpty(node.input);
    case 'Limit':
      return node.count === 0 || isEmpty(node.input);
    case 'Aggregate':
      // Without keys there is a row for no rows too.
      return node.keys.length > 0 && isEmpty(node.input);
    case 'Join':
      return isEmptyJoin(node);
    case 'MarkJoin':
    case 'LookupJoin':
    case 'VectorSearch':
    case 'Correlate':
      return isEmpty(node.left);
    case 'TemporalJoin':
      return isEmpty(node.left) || (node.join === 'inner' && isEmpty(node.right));
    case 'SetOperation':
      return isEmpty(node.left) || (node.operator === 'INTERSECT' && isEmpty(node.right));
    case 'Scan':
    case 'WatermarkAssigner':
    case 'Values':
    case 'Union':
    case 'Shared':
      return false;
  }
}

function isEmptyJoin({ join, left, right }: Join): boolean {
  switch (join) {
    case 'inner':
      return isEmpty(left) || isEmpty(right);
    case 'left':
      return isEmpty(left);
    case 'right':
      return isEmpty(right);
    case 'full':
      return isEmpty(left) && isEmpty(right);
  }
}

function withoutEmpty(node: Union): LogicalNode {
  const inputs = node.inputs.filter(input => !isEmpty(input));
  if (inputs.length === node.inputs.length) return node;
  const [only] = inputs;
  if (!only) return noRows(node.fields);
  if (inputs.length > 1) return { ...node, inputs };
  const names = node.fields.map(field => field.name);
  return { ...project(only, columnsOf(only), names), fields: node.fields };
}
