import type { QualifiedName } from '../../catalog/objects.js';
import { UTC } from '../../common/zone.js';
import { formatType } from '../../spec/data-type.js';
import { formatValue } from '../../spec/value-text.js';
import type { AggregateCall } from './aggregate-call.js';
import { operandsOf, type BoundExpression, type ModelCallSite } from './expression.js';
import { inputsOf, type LogicalNode, type PlanRoot } from './node.js';
import type { OverCall } from './over-call.js';
import type { OrderKey } from './order-key.js';

// Digests are JSON of everything that decides what is computed: names and places of the text are not in them, types are.

type Parts = readonly unknown[];

/** Text that is equal for expressions that do the same over the same input, and only for those. */
export function digestExpression(expression: BoundExpression): string {
  return JSON.stringify(expressionParts(expression));
}

/** Text that is equal for calls that do the same over the same input, and only for those. */
export function digestAggregate(call: AggregateCall): string {
  return JSON.stringify(aggregateParts(call));
}

/** As `digestAggregate`, for calls over the same window. */
export function digestOverCall(over: OverCall): string {
  return JSON.stringify(overParts(over));
}

/** Text that is equal for nodes that do the same, and only for those. */
export function digestNode(node: LogicalNode): string {
  return JSON.stringify(nodeParts(node));
}

/** Text that is equal for plans that do the same with tables and models of the same names. */
export function digestPlan(roots: readonly PlanRoot[]): string {
  return JSON.stringify(
    roots.map(({ table, overwrite, input }) => [
      table ? nameParts(table.name) : 'result',
      ...(overwrite ? ['overwrite'] : []),
      nodeParts(input),
    ]),
  );
}

function nodeParts(node: LogicalNode): Parts {
  const fields = node.fields.map(({ name, type, timeAttribute, windowBound }) => [name, formatType(type), timeAttribute, windowBound]);
  return [node.kind, ...ownParts(node), fields, inputsOf(node).map(nodeParts)];
}

function ownParts(node: LogicalNode): Parts {
  switch (node.kind) {
    case 'Scan':
      return [nameParts(node.table.name), node.columns, sortedPairs(node.hints)];
    case 'WatermarkAssigner':
      return [node.column, expressionParts(node.expression)];
    case 'Values':
      return node.rows.map(row => row.map(expressionParts));
    case 'Project':
      return node.expressions.map(expressionParts);
    case 'Filter':
      return [expressionParts(node.condition)];
    case 'Union':
      return [];
    case 'SetOperation':
      return [node.operator, node.all];
    case 'Join':
      return [node.join, node.condition && expressionParts(node.condition), node.atMostOne];
    case 'MarkJoin':
      return [node.condition && expressionParts(node.condition), node.tests.map(expressionParts)];
    case 'TemporalJoin':
      return [node.join, node.leftTime, node.rightTime, expressionParts(node.keys), node.condition && expressionParts(node.condition)];
    case 'Correlate':
      return [node.join, node.correlation];
    case 'Unnest':
      return [expressionParts(node.collection), node.ordinality, node.outer];
    case 'Sort':
      return [node.keys.map(orderParts), node.partition, String(node.count), node.offset];
    case 'Predict':
      return [callSiteParts(node.call), node.arguments, node.guard, node.form, node.keepsRows];
    case 'VectorSearch':
      return [node.query, node.vectors, node.topK, sortedPairs(node.config), node.outer];
    case 'LookupJoin':
      return [node.join, expressionParts(node.condition), node.hint];
    case 'WindowTable':
      return [node.time, node.timeAttribute, node.window];
    case 'Aggregate':
      return [node.keys, node.aggregates.map(aggregateParts), node.window];
    case 'Expand':
      return [node.absent];
    case 'OverAggregate':
      return [node.partition, node.keys.map(orderParts), node.calls.map(overParts), node.limit];
    case 'Limit':
      // JSON has no Infinity.
      return [String(node.count), node.offset];
    case 'Shared':
      return [node.id];
  }
}

function aggregateParts({ name, arguments: args, distinct, filter, order, clause }: AggregateCall): Parts {
  return [name, args, distinct, filter, order.map(orderParts), clause];
}

function overParts(over: OverCall): Parts {
  switch (over.kind) {
    case 'aggregate':
      return [aggregateParts(over.call), over.frame];
    case 'ranking':
      return [over.name, over.buckets];
    case 'offset':
      return [over.name, over.value, over.offset, over.otherwise];
  }
}

function orderParts({ index, descending, nullsFirst }: OrderKey): Parts {
  return [index, descending, nullsFirst];
}

function expressionParts(expression: BoundExpression): Parts {
  return [expression.kind, ...headParts(expression), operandsOf(expression).map(expressionParts)];
}

/** What an expression is besides its operands. Overloads need no mention: the types of the operands decide them. */
function headParts(expression: BoundExpression): Parts {
  switch (expression.kind) {
    case 'column':
      return [expression.index];
    case 'literal':
      return [expression.value === null ? null : formatValue(expression.value, expression.type, UTC), formatType(expression.type)];
    case 'call':
      return [expression.name, ...(expression.clauses ?? [])];
    case 'cast':
      return [expression.safe, formatType(expression.type)];
    case 'logical':
      return [expression.operator];
    case 'is':
      return [expression.test, expression.not];
    case 'field':
      return [expression.index];
    case 'model-call':
      return [callSiteParts(expression.call)];
    case 'outer-column':
      return [expression.correlation, expression.index];
    case 'subquery':
      return [expression.form, expression.correlation, nodeParts(expression.plan)];
    default:
      return [];
  }
}

function callSiteParts({ model, config }: ModelCallSite): Parts {
  return [nameParts(model.name), sortedPairs(config)];
}

function nameParts({ catalog, database, object }: QualifiedName): Parts {
  return [catalog, database, object];
}

function sortedPairs(values: ReadonlyMap<string, string>): Parts {
  return [...values].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
