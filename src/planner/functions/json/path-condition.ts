import { compareText } from '../compare-values.js';
import type { JsonPath, PathCondition, PathOperand, PathOperator } from './json-path.js';
import { isJsonArray, isJsonNumber, jsonToDouble, sameJson, type JsonArray, type JsonValue } from './json-value.js';
import { PathNotFound } from './path-not-found.js';
import { scalarText } from './scalar-text.js';

/** What a filter tests. */
export interface FilterTarget {
  readonly value: JsonValue;
  readonly root: JsonValue;
  /** Follows a path of the filter. @throws {PathNotFound} */
  readonly evaluate: (path: JsonPath, value: JsonValue, root: JsonValue) => JsonValue;
}

/** Whether a value passes the filter of a path. What cannot be compared does not pass. */
export function holdsPathCondition(condition: PathCondition, target: FilterTarget): boolean {
  switch (condition.kind) {
    case 'or':
      return holdsPathCondition(condition.left, target) || holdsPathCondition(condition.right, target);
    case 'and':
      return holdsPathCondition(condition.left, target) && holdsPathCondition(condition.right, target);
    case 'not':
      return !holdsPathCondition(condition.condition, target);
    case 'exists':
      return operandOf(condition.path, target) !== undefined;
    case 'compare':
      return COMPARISONS[condition.operator](operandOf(condition.left, target), operandOf(condition.right, target));
  }
}

type Operand = JsonValue | RegExp | undefined;

/** What an operand stands for; `undefined` where its path leads nowhere. */
function operandOf(operand: PathOperand, { value, root, evaluate }: FilterTarget): Operand {
  switch (operand.kind) {
    case 'value':
      return operand.value;
    case 'regex':
      return operand.regex;
    case 'path':
      try {
        return evaluate(operand.path, operand.from === '@' ? value : root, root);
      } catch (thrown) {
        if (thrown instanceof PathNotFound) return undefined;
        throw thrown;
      }
  }
}

type Comparison = (left: Operand, right: Operand) => boolean;

const COMPARISONS: Readonly<Record<PathOperator, Comparison>> = {
  '===': (a, b) => typeof a === typeof b && equal(a, b),
  '!==': (a, b) => typeof a !== typeof b || !equal(a, b),
  '==': equal,
  '!=': (a, b) => !equal(a, b),
  '<': ordered(sign => sign < 0),
  '<=': ordered(sign => sign <= 0),
  '>': ordered(sign => sign > 0),
  '>=': ordered(sign => sign >= 0),
  '=~': (a, b) => (b instanceof RegExp ? matches(a, b) : a instanceof RegExp && matches(b, a)),
  in: (a, b) => arrayOf(b)?.some(each => equal(a, each)) ?? false,
  nin: (a, b) => !(arrayOf(b)?.some(each => equal(a, each)) ?? false),
  contains: (a, b) =>
    typeof a === 'string' && typeof b === 'string' ? a.includes(b) : (arrayOf(a)?.some(each => equal(each, b)) ?? false),
  all: (a, b) => isSubset(arrayOf(b), arrayOf(a)),
  size: (a, b) => isValue(b) && isJsonNumber(b) && sizeOf(a) === jsonToDouble(b),
  empty: (a, b) => sizeOf(a) !== undefined && (sizeOf(a) === 0) === b,
  subsetof: (a, b) => isSubset(arrayOf(a), arrayOf(b)),
  anyof: (a, b) => arrayOf(a)?.some(each => arrayOf(b)?.some(other => equal(each, other))) ?? false,
  noneof: (a, b) => !(arrayOf(a)?.some(each => arrayOf(b)?.some(other => equal(each, other))) ?? false),
};

function isValue(operand: Operand): operand is JsonValue {
  return operand !== undefined && !(operand instanceof RegExp);
}

/** A number equals a text that shows it, as in Jayway's JsonPath. */
function equal(a: Operand, b: Operand): boolean {
  if (!isValue(a) || !isValue(b)) return a === b;
  if (isJsonNumber(a) && typeof b === 'string') return scalarText(a) === b;
  if (typeof a === 'string' && isJsonNumber(b)) return a === scalarText(b);
  return sameJson(a, b);
}

function ordered(test: (sign: number) => boolean): Comparison {
  return (a, b) => {
    if (!isValue(a) || !isValue(b)) return false;
    if (isJsonNumber(a) && isJsonNumber(b)) return test(Math.sign(jsonToDouble(a) - jsonToDouble(b)));
    return typeof a === 'string' && typeof b === 'string' && test(compareText(a, b));
  };
}

function matches(value: Operand, regex: RegExp): boolean {
  return isValue(value) && (typeof value === 'string' || isJsonNumber(value)) && regex.test(scalarText(value));
}

function arrayOf(operand: Operand): JsonArray | undefined {
  return isValue(operand) && isJsonArray(operand) ? operand : undefined;
}

function isSubset(part: JsonArray | undefined, whole: JsonArray | undefined): boolean {
  return part !== undefined && whole !== undefined && part.every(each => whole.some(other => equal(each, other)));
}

function sizeOf(operand: Operand): number | undefined {
  return typeof operand === 'string' ? operand.length : arrayOf(operand)?.length;
}
