import { formatDouble } from '../../../common/float-text.js';
import {
  bigDecimalText,
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  JsonDecimal,
  jsonToDouble,
  type JsonArray,
  type JsonValue,
} from './json-value.js';
import type { PathFunctionName } from './json-path.js';

type PathFunction = (value: JsonValue) => JsonValue | undefined;

/** What a function at the end of a path makes of a value; `undefined` where it makes nothing of it. */
export function applyPathFunction(name: PathFunctionName, value: JsonValue): JsonValue | undefined {
  return FUNCTIONS[name](value);
}

const FUNCTIONS: Readonly<Record<PathFunctionName, PathFunction>> = {
  length: lengthOf,
  size: lengthOf,
  keys: value => (isJsonObject(value) ? Object.keys(value) : undefined),
  first: value => (isJsonArray(value) ? value[0] : undefined),
  last: value => (isJsonArray(value) ? value.at(-1) : undefined),
  min: overNumbers(numbers => Math.min(...numbers)),
  max: overNumbers(numbers => Math.max(...numbers)),
  sum: overNumbers(total),
  avg: overNumbers(mean),
  stddev: overNumbers(numbers => {
    const center = mean(numbers);
    return Math.sqrt(mean(numbers.map(each => (each - center) ** 2)));
  }),
};

function lengthOf(value: JsonValue): JsonValue | undefined {
  if (isJsonArray(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : undefined;
}

/** Numbers of an array, as a double; other elements do not count. */
function overNumbers(compute: (numbers: readonly number[]) => number): PathFunction {
  return value => {
    const numbers = isJsonArray(value) ? numbersOf(value) : [];
    return numbers.length === 0 ? undefined : new JsonDecimal(bigDecimalText(formatDouble(compute(numbers))));
  };
}

function numbersOf(array: JsonArray): number[] {
  return array.filter(isJsonNumber).map(jsonToDouble);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

function mean(numbers: readonly number[]): number {
  return total(numbers) / numbers.length;
}
