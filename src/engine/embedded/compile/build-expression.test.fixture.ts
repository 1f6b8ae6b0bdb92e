import { castTo } from '../../../planner/binder/coerce.js';
import { createFunctionRegistry } from '../../../planner/functions/function-registry.js';
import type { FunctionEnvironment } from '../../../planner/functions/function.js';
import type { BoundCase, BoundExpression } from '../../../planner/logical/expression.js';
import type { Value } from '../../../spec/batch.js';
import { BOOLEAN, withNullable, type DataType, type Field } from '../../../spec/data-type.js';

const REGISTRY = createFunctionRegistry();

export const ENVIRONMENT: FunctionEnvironment = { timeZone: 'UTC', now: () => 0, random: () => 0.25 };

export function columnRef(fields: readonly Field[], index: number): BoundExpression {
  const { name, type } = fields[index]!;
  return { kind: 'column', index, name, type };
}

export function literalOf(value: Value, type: DataType): BoundExpression {
  return { kind: 'literal', value, type: withNullable(type, value === null) };
}

/** A call of a registered function, with its arguments cast as the binder does. */
export function callOf(name: string, ...args: readonly BoundExpression[]): BoundExpression {
  const found = REGISTRY.get(name)!;
  const resolution = found.resolve(args.map(each => ({ type: each.type, literal: each.kind === 'literal' ? each.value : undefined })));
  return {
    kind: 'call',
    name,
    deterministic: found.deterministic ?? true,
    resolution,
    arguments: args.map((each, i) => castTo(each, resolution.parameters[i]!)),
    type: resolution.type,
  };
}

export function logicalOf(operator: 'AND' | 'OR', left: BoundExpression, right: BoundExpression): BoundExpression {
  return { kind: 'logical', operator, left, right, type: withNullable(BOOLEAN, left.type.nullable || right.type.nullable) };
}

export function notOf(operand: BoundExpression): BoundExpression {
  return { kind: 'not', operand, type: operand.type };
}

export function isOf(operand: BoundExpression, test: 'NULL' | 'TRUE' | 'FALSE', not?: 'not'): BoundExpression {
  return { kind: 'is', test, not: not !== undefined, operand, type: withNullable(BOOLEAN, false) };
}

/** A CASE whose results have one type already. */
export function caseWhen(branches: BoundCase['branches'], otherwise: BoundExpression): BoundExpression {
  const results = [...branches.map(({ then }) => then), otherwise];
  const type = withNullable(
    otherwise.type,
    results.some(each => each.type.nullable),
  );
  return { kind: 'case', branches, otherwise, type };
}
