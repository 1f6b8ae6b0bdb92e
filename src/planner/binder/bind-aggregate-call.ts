import { MillraceError } from '../../common/error.js';
import type { Span } from '../../common/span.js';
import { withNullable } from '../../spec/data-type.js';
import type { FunctionCall } from '../../sql/ast/expression.js';
import type { AggregateFunction } from '../functions/aggregate/aggregate-function.js';
import { findAggregate } from '../functions/aggregate/aggregate-registry.js';
import type { AggregateCall } from '../logical/aggregate-call.js';
import type { BoundExpression } from '../logical/expression.js';
import { bindCondition } from './bind-condition.js';
import type { ExpressionContext } from './binding.js';
import { toArgument } from './build-expression.js';
import { callFunction } from './call-function.js';
import { castTo } from './coerce.js';
import type { ColumnCollector } from './column-collector.js';
import { orderKeyOf } from './order-key-of.js';

/** Whether a call names an aggregate, with OVER or without. */
export function isAggregateCall(call: FunctionCall): boolean {
  return call.name.parts.length === 1 && findAggregate(call.name.parts[0]!.name) !== undefined;
}

/** Where an aggregate stands. */
export interface AggregateContext extends ExpressionContext {
  /** Takes the arguments, filters and orders. */
  readonly columns: ColumnCollector;
  /** Whether there can be a group without rows, as there is one without GROUP BY. */
  readonly canBeEmpty: boolean;
}

/**
 * A call of an aggregate, whose arguments become columns.
 *
 * @throws {MillraceError} with a span inside the call.
 */
export function bindAggregateCall(node: FunctionCall, context: AggregateContext): AggregateCall {
  const definition = findAggregate(node.name.parts[0]!.name)!;
  const { columns } = context;
  const inside: ExpressionContext = { ...context, intercept: refuseNested(definition.name, context) };
  const clause = clauseOf(node, definition);
  const bound = argumentsOf(node, definition, inside);
  try {
    const resolution = definition.resolve(bound.map(toArgument), { distinct: node.distinct, clause });
    const filter = node.filter && columns.add(bindCondition(node.filter, 'FILTER', inside));
    const order = node.withinGroup.map(item => {
      const index = columns.add(context.binding.bindExpression(item.expression, inside));
      return orderKeyOf(item, index, columns.fields);
    });
    const isNullable = resolution.type.nullable || (resolution.ofNoRows === null && (context.canBeEmpty || filter !== undefined));
    return {
      name: definition.name,
      arguments: bound.map((each, i) => columns.add(castTo(each, resolution.parameters[i]!))),
      distinct: node.distinct,
      filter,
      order,
      orderTypes: order.map(({ index }) => columns.fields[index]!.type),
      clause,
      resolution,
      type: withNullable(resolution.type, isNullable),
    };
  } catch (thrown) {
    throw MillraceError.is(thrown) ? thrown.at(node.span) : thrown;
  }
}

function argumentsOf(
  node: FunctionCall,
  { name, signature, jsonArguments = [] }: AggregateFunction,
  context: ExpressionContext,
): BoundExpression[] {
  const named = node.arguments.find(argument => argument.name !== undefined);
  if (named) throw invalid(`${name} takes its arguments by position, not by name`, named.name!);
  const [first] = node.arguments;
  const isStar = first?.value.kind === 'star' && first.value.qualifier.length === 0;
  if (name === 'COUNT' && isStar && node.arguments.length === 1) {
    if (node.distinct) throw invalid('COUNT(DISTINCT *) does not say which columns', first.value);
    return [];
  }
  if (node.arguments.length === 0) {
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `"${name}" does not take 0 arguments`,
      span: node.span,
      notes: [{ message: `it is called as ${signature}` }],
    });
  }
  return node.arguments.map(({ value }, i) => {
    const bound = context.binding.bindExpression(value, context);
    return jsonArguments.includes(i) ? asJson(bound, value.span, context) : bound;
  });
}

/** What a JSON constructor made is JSON already. */
function asJson(value: BoundExpression, span: Span, { binding }: ExpressionContext): BoundExpression {
  const isJson = value.kind === 'call' && (value.name === 'JSON_OBJECT' || value.name === 'JSON_ARRAY');
  return isJson ? value : callFunction(binding, { name: 'JSON_STRING', span, args: [value] });
}

function clauseOf(node: FunctionCall, { name, clauses = [], ordered = false }: AggregateFunction): string | undefined {
  if (node.withinGroup.length > 0 && !ordered) {
    throw invalid(`${name} does not take WITHIN GROUP, since the order of rows does not change it`, node.withinGroup[0]!);
  }
  const words = node.clauses.map(clause => (clause.kind === 'words' ? clause.words : clause.kind.toUpperCase()));
  const unknown = words.find(word => !clauses.includes(word));
  if (unknown !== undefined) throw invalid(`${name} does not take ${unknown}`, node);
  return words[0];
}

function invalid(message: string, { span }: Pick<FunctionCall, 'span'>): MillraceError {
  return new MillraceError({ code: 'INVALID_ARGUMENT', message, span });
}

/** Aggregates see rows, not groups, so none stands in another; over the rows of a grouped query, its aggregates are columns. */
function refuseNested(outer: string, context: ExpressionContext): NonNullable<ExpressionContext['intercept']> {
  return expression => {
    const known = context.intercept?.(expression);
    if (known) return known;
    if (expression.kind !== 'call' || !(isAggregateCall(expression) || expression.over)) return undefined;
    const name = expression.name.parts.at(-1)!.name.toUpperCase();
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `${name}${expression.over ? ' OVER' : ''} stands inside the aggregate ${outer}`,
      span: expression.span,
      notes: [{ message: 'compute the inner one in a subquery' }],
    });
  };
}
