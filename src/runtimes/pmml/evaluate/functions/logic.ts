import type { Comparison } from '../../parse/predicate.js';
import type { Code } from '../code.js';
import { HOLDS, keyOf } from '../predicate.js';
import { RowFailure } from '../row.js';
import { castValue, compareValues, familyOf, type FieldType, type Value } from '../value.js';
import { BOOLEAN, checkCount, costOf, promote, strict, type Call, type FunctionCompiler } from './function-kit.js';

/** Two values of one family: a text beside a value of another type is read as that type, where it can be. */
function align(
  left: NonNullable<Value>,
  right: NonNullable<Value>,
  [a, b]: readonly [Code, Code],
): readonly [NonNullable<Value>, NonNullable<Value>] {
  if (typeof left === 'string' && typeof right !== 'string') return [castValue(left, b.dataType) ?? left, right];
  if (typeof right === 'string' && typeof left !== 'string') return [left, castValue(right, a.dataType) ?? right];
  if (typeof left === 'boolean' && typeof right === 'number') return [Number(left), right];
  if (typeof right === 'boolean' && typeof left === 'number') return [left, Number(right)];
  return [left, right];
}

function comparison(operator: Comparison): FunctionCompiler {
  const holds = HOLDS[operator];
  return (operands, call) => {
    checkCount(operands, call, 2, 2);
    const pair = [operands[0]!, operands[1]!] as const;
    return strict(operands, BOOLEAN, ([left, right]) => holds(compareValues(...align(left!, right!, pair))));
  };
}

function membership(negated: boolean): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 2, Infinity);
    const [first, ...rest] = operands as [Code, ...Code[]];
    return {
      ...BOOLEAN,
      cost: costOf(operands),
      evaluate: row => {
        const value = first.evaluate(row);
        if (value === undefined) return undefined;
        for (const other of rest) {
          const candidate = other.evaluate(row);
          if (candidate === undefined) continue;
          const [a, b] = align(value, candidate, [first, other]);
          if (keyOf(a) === keyOf(b)) return !negated;
        }
        return negated;
      },
    };
  };
}

function presence(whenMissing: boolean): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 1, 1);
    const { evaluate } = operands[0]!;
    return { ...BOOLEAN, cost: costOf(operands), evaluate: row => (evaluate(row) === undefined) === whenMissing };
  };
}

function flag(value: Value, call: Call): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  const cast = castValue(value, 'boolean');
  if (typeof cast !== 'boolean')
    throw new RowFailure(`the function "${call.name}" takes a boolean, not ${JSON.stringify(String(value).slice(0, 60))}`);
  return cast;
}

/** `decides` is the value that settles the matter whatever is missing. */
function junction(decides: boolean): FunctionCompiler {
  return (operands, call) => {
    checkCount(operands, call, 2, Infinity);
    return {
      ...BOOLEAN,
      cost: costOf(operands),
      evaluate: row => {
        let isMissing = false;
        for (const operand of operands) {
          const value = flag(operand.evaluate(row), call);
          if (value === decides) return decides;
          isMissing ||= value === undefined;
        }
        return isMissing ? undefined : !decides;
      },
    };
  };
}

const ifThenElse: FunctionCompiler = (operands, call) => {
  checkCount(operands, call, 2, 3);
  const [condition, then, otherwise] = operands as [Code, Code, Code | undefined];
  return {
    ...branchType(then, otherwise),
    cost: costOf(operands),
    evaluate: row => {
      const value = flag(condition.evaluate(row), call);
      if (value === undefined) return undefined;
      return value ? then.evaluate(row) : otherwise?.evaluate(row);
    },
  };
};

function branchType(then: Code, otherwise: Code | undefined): FieldType {
  if (otherwise === undefined || otherwise.dataType === then.dataType) return then;
  const isNumber = familyOf(then.dataType) === 'number' && familyOf(otherwise.dataType) === 'number';
  return isNumber ? promote([then, otherwise]) : then;
}

export const LOGIC = {
  isMissing: presence(true),
  isNotMissing: presence(false),
  isValid: presence(false),
  isNotValid: presence(true),
  equal: comparison('equal'),
  notEqual: comparison('notEqual'),
  lessThan: comparison('lessThan'),
  lessOrEqual: comparison('lessOrEqual'),
  greaterThan: comparison('greaterThan'),
  greaterOrEqual: comparison('greaterOrEqual'),
  isIn: membership(false),
  isNotIn: membership(true),
  and: junction(false),
  or: junction(true),
  not: (operands, call) => {
    checkCount(operands, call, 1, 1);
    return strict(operands, BOOLEAN, ([value]) => !flag(value, call)!);
  },
  if: ifThenElse,
} as const satisfies Readonly<Record<string, FunctionCompiler>>;
