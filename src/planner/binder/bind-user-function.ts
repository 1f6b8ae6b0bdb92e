import type { FunctionObject } from '../../catalog/function-object.js';
import { DEFAULT_NAMESPACE } from '../../catalog/namespaces.js';
import { MillraceError } from '../../common/error.js';
import type { Field } from '../../spec/data-type.js';
import type { FunctionCall } from '../../sql/ast/expression.js';
import type { ObjectName } from '../../sql/ast/identifier.js';
import { userFunction } from '../functions/user-function.js';
import type { BoundExpression } from '../logical/expression.js';
import type { Binding, ExpressionContext } from './binding.js';
import { applyFunction } from './call-function.js';

/** The temporary system function that a name of one part means; it comes before the built-in functions, as in Flink. */
export function findSystemFunction({ parts }: ObjectName, { catalog }: Binding): FunctionObject | undefined {
  return parts.length === 1 ? catalog.findSystemFunction(parts[0]!.name) : undefined;
}

/** A call of a user's scalar function. @throws {MillraceError} where it does not fit, also for a table function. */
export function bindUserFunction(found: FunctionObject, node: FunctionCall, context: ExpressionContext): BoundExpression {
  const { implementation, name } = found;
  if (implementation.kind === 'built-in') return context.binding.bindExpression(asBuiltIn(node, implementation.name), context);
  if (implementation.kind === 'table')
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `the table function "${name.object}" stands only in FROM`,
      span: node.span,
      notes: [{ message: `write FROM … CROSS JOIN LATERAL TABLE(${name.object}(…))` }],
    });
  return applyFunction(userFunction(found, implementation, callName(found)), { span: node.span, args: argumentsOf(node, context) });
}

/** The rows of a call of a user's table function. */
export interface TableFunctionCall {
  /** `ARRAY<ROW<…>>` of the columns; NULL means no rows. */
  readonly rows: BoundExpression;
  readonly columns: readonly Field[];
}

/**
 * A call of a user's table function in FROM; `undefined` where the name means no function of a user.
 *
 * @throws {MillraceError} where it does not fit, also for a scalar function.
 */
export function bindTableFunction(node: FunctionCall, context: ExpressionContext): TableFunctionCall | undefined {
  const { binding } = context;
  const found = findSystemFunction(node.name, binding) ?? binding.catalog.findFunction(node.name);
  if (found === undefined) return undefined;
  const { implementation, name } = found;
  if (implementation.kind !== 'table')
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `"${name.object}" is a scalar function, so it gives no rows`,
      span: node.span,
      notes: [{ message: `write SELECT ${name.object}(…)` }],
    });
  const rows = applyFunction(userFunction(found, implementation, callName(found)), { span: node.span, args: argumentsOf(node, context) });
  return { rows, columns: implementation.columns };
}

function asBuiltIn(node: FunctionCall, name: string): FunctionCall {
  const { span } = node.name;
  return { ...node, name: { kind: 'object-name', parts: [{ kind: 'identifier', name, span }], span } };
}

/** Tells functions of one plan apart; short for those of the database that a session starts with. */
function callName({ name, system }: FunctionObject): string {
  const { catalog, database, object } = name;
  if (system) return `system.${object}`;
  const isDefault = catalog === DEFAULT_NAMESPACE.catalog && database === DEFAULT_NAMESPACE.database;
  return isDefault ? object : `${catalog}.${database}.${object}`;
}

function argumentsOf(node: FunctionCall, context: ExpressionContext): BoundExpression[] {
  const named = node.arguments.find(argument => argument.name !== undefined);
  if (named)
    throw new MillraceError({
      code: 'INVALID_ARGUMENT',
      message: `"${node.name.parts.at(-1)!.name}" takes its arguments by position, not by name`,
      span: named.name!.span,
    });
  return node.arguments.map(argument => context.binding.bindExpression(argument.value, context));
}
