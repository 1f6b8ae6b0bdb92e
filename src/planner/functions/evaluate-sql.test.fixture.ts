import { Catalog } from '../../catalog/catalog.js';
import { createZone, UTC } from '../../common/zone.js';
import type { Value } from '../../spec/batch.js';
import { formatType } from '../../spec/data-type.js';
import { formatValue } from '../../spec/value-text.js';
import { Cursor } from '../../sql/parser/cursor.js';
import { parseAdditive, parseExpression } from '../../sql/parser/expression.js';
import { bindExpression } from '../binder/bind-expression.js';
import { createBinding } from '../binder/create-binding.js';
import { Diagnostics } from '../binder/diagnostics.js';
import { EMPTY_SCOPE } from '../binder/scope.js';
import type { BoundExpression } from '../logical/expression.js';
import { evaluatorFunction } from './conversion.js';
import { createFunctionRegistry } from './function-registry.js';
import type { FunctionEnvironment, Resolution } from './function.js';

/** A clock that stands at 2026-01-31 12:34:56.789 UTC, and random numbers that repeat. */
export function fixedEnvironment(timeZone = 'UTC'): FunctionEnvironment {
  let state = 1;
  return {
    timeZone,
    now: () => Date.UTC(2026, 0, 31, 12, 34, 56, 789) * 1_000 + 12,
    random: () => {
      state = (state * 16_807) % 2_147_483_647;
      return state / 2_147_483_647;
    },
  };
}

export function bindSql(sql: string): BoundExpression {
  const cursor = new Cursor(sql, {
    expression: parseExpression,
    additive: parseAdditive,
    query: () => {
      throw new Error('no queries here');
    },
  });
  const expression = parseExpression(cursor);
  if (cursor.token.kind !== 'end') throw new Error(`"${sql}" goes on after its expression`);
  return bindExpression(expression, {
    binding: createBinding({ catalog: new Catalog(), functions: createFunctionRegistry(), diagnostics: new Diagnostics() }),
    scope: EMPTY_SCOPE,
  });
}

/** The text of a constant expression's value. */
export function evaluateSql(sql: string, timeZone = 'UTC'): string {
  const bound = bindSql(sql);
  const value = evaluate(bound, fixedEnvironment(timeZone));
  if (value === null && !bound.type.nullable) throw new Error(`${sql} is NULL, though its type is ${formatType(bound.type)}`);
  return formatValue(value, bound.type, createZone(timeZone) ?? UTC);
}

/** The type of an expression as text. */
export function typeOfSql(sql: string): string {
  return formatType(bindSql(sql).type);
}

function evaluate(expression: BoundExpression, environment: FunctionEnvironment): Value {
  const of = (each: BoundExpression): Value => evaluate(each, environment);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'call':
      return call(expression.resolution, expression.arguments.map(of), environment);
    case 'cast':
      return call(expression.resolution, [of(expression.operand)], environment);
    case 'not': {
      const value = of(expression.operand);
      return value === null ? null : value !== true;
    }
    case 'is':
      return (of(expression.operand) === { NULL: null, TRUE: true, FALSE: false }[expression.test]) !== expression.not;
    case 'logical': {
      const values = [of(expression.left), of(expression.right)];
      const decisive = expression.operator === 'OR';
      return values.includes(decisive) ? decisive : values.includes(null) ? null : !decisive;
    }
    case 'case':
      return of(expression.branches.find(branch => of(branch.when) === true)?.then ?? expression.otherwise);
    case 'field': {
      const row = of(expression.operand) as readonly Value[] | null;
      return row === null ? null : row[expression.index]!;
    }
    default:
      throw new Error(`no constant: ${expression.kind}`);
  }
}

function call(resolution: Resolution, args: readonly Value[], environment: FunctionEnvironment): Value {
  if (resolution.nulls === 'strict' && args.includes(null)) return null;
  return evaluatorFunction(resolution.evaluator, args.length, environment)(...args);
}
