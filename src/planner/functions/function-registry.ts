import { arithmeticFunctions } from './arithmetic.js';
import { collectionFunctions } from './collection-functions.js';
import { comparisonFunctions } from './comparison.js';
import { encodingFunctions, hashFunctions } from './encoding-functions.js';
import type { ScalarFunction } from './function.js';
import { jsonFunctions } from './json/json-functions.js';
import { mathFunctions } from './math.js';
import { otherFunctions } from './other-functions.js';
import { printfFunctions } from './printf.js';
import { regexFunctions } from './regex-functions.js';
import { roundingFunctions } from './rounding.js';
import { splitFunctions } from './split-functions.js';
import { textFunctions } from './text-functions.js';
import { timeFunctions } from './time-functions.js';

/** Every built-in scalar function, once, in the order of the reference. */
export const SCALAR_FUNCTIONS: readonly ScalarFunction[] = [
  ...comparisonFunctions,
  ...arithmeticFunctions,
  ...roundingFunctions,
  ...mathFunctions,
  ...textFunctions,
  ...splitFunctions,
  ...printfFunctions,
  ...regexFunctions,
  ...encodingFunctions,
  ...hashFunctions,
  ...timeFunctions,
  ...collectionFunctions,
  ...jsonFunctions,
  ...otherFunctions,
];

/** The built-in scalar functions by upper-case name; aliases too. Operators have their sign as the name. */
export function createFunctionRegistry(): ReadonlyMap<string, ScalarFunction> {
  return new Map(SCALAR_FUNCTIONS.flatMap(each => [each.name, ...(each.aliases ?? [])].map(name => [name, each] as const)));
}
