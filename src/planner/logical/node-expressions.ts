import type { BoundExpression } from './expression.js';
import type { LogicalNode } from './node.js';

/** The expressions that a node itself holds. */
export function expressionsOf(node: LogicalNode): readonly BoundExpression[] {
  switch (node.kind) {
    case 'WatermarkAssigner':
      return [node.expression];
    case 'Values':
      return node.rows.flat();
    case 'Project':
      return node.expressions;
    case 'Filter':
      return [node.condition];
    case 'Join':
      return node.condition ? [node.condition] : [];
    case 'MarkJoin':
      return node.condition ? [node.condition, ...node.tests] : node.tests;
    case 'TemporalJoin':
      return node.condition ? [node.keys, node.condition] : [node.keys];
    case 'LookupJoin':
      return [node.condition];
    case 'Unnest':
      return [node.collection];
    case 'Scan':
    case 'Union':
    case 'SetOperation':
    case 'Correlate':
    case 'Predict':
    case 'VectorSearch':
    case 'WindowTable':
    case 'Expand':
    case 'Aggregate':
    case 'OverAggregate':
    case 'Sort':
    case 'Limit':
    case 'Shared':
      return [];
  }
}

/** The node with each expression that it holds replaced by one of the same type. */
export function mapExpressions(node: LogicalNode, change: (expression: BoundExpression) => BoundExpression): LogicalNode {
  switch (node.kind) {
    case 'WatermarkAssigner':
      return { ...node, expression: change(node.expression) };
    case 'Values':
      return { ...node, rows: node.rows.map(row => row.map(change)) };
    case 'Project':
      return { ...node, expressions: node.expressions.map(change) };
    case 'Filter':
      return { ...node, condition: change(node.condition) };
    case 'Join':
      return { ...node, condition: node.condition && change(node.condition) };
    case 'MarkJoin':
      return { ...node, condition: node.condition && change(node.condition), tests: node.tests.map(change) };
    case 'TemporalJoin':
      return { ...node, keys: change(node.keys), condition: node.condition && change(node.condition) };
    case 'LookupJoin':
      return { ...node, condition: change(node.condition) };
    case 'Unnest':
      return { ...node, collection: change(node.collection) };
    case 'Scan':
    case 'Union':
    case 'SetOperation':
    case 'Correlate':
    case 'Predict':
    case 'VectorSearch':
    case 'WindowTable':
    case 'Expand':
    case 'Aggregate':
    case 'OverAggregate':
    case 'Sort':
    case 'Limit':
    case 'Shared':
      return node;
  }
}
