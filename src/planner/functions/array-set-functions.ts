import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
import type { DataType } from '../../spec/data-type.js';
import { elementOf, elementType, needle, sameArray, widestArray } from './array-types.js';
import { comparatorOf, equalValues } from './compare-values.js';
import { defineFunction, pure, type Overload, type ResolvedCall } from './define-function.js';
import type { Evaluator, ScalarFunction } from './function.js';
import { array, boolean } from './parameters.js';
import { isConstructed } from './type-rules.js';

type Elements = readonly Value[];

function includes(elements: Elements, wanted: Value): boolean {
  return elements.some(element => equalValues(element, wanted));
}

function distinct(elements: Elements): Elements {
  // A Set tells simple values apart at once; collections have to be compared.
  if (elements.every(element => element === null || typeof element !== 'object')) return Array.from(new Set(elements));
  const kept: Value[] = [];
  for (const element of elements) if (!includes(kept, element)) kept.push(element);
  return kept;
}

function firstType({ parameters }: ResolvedCall): DataType {
  return parameters[0]!;
}

/** How often each element of `removed` is taken out of `elements`: as often as it stands there. */
function except(elements: Elements, removed: Elements): Elements {
  const rest = [...removed];
  return elements.filter(element => {
    const at = rest.findIndex(each => equalValues(each, element));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** The largest element for `1`, the smallest for `-1`; NULLs do not count. */
function extreme(direction: 1 | -1): Overload {
  return {
    parameters: [array],
    returns: elementOf,
    returnsNull: true,
    evaluator: call => {
      const compare = comparatorOf(orderedElement(call)) as (a: Value, b: Value) => number;
      return pure((elements: Elements) => {
        let best: Value = null;
        for (const element of elements) if (element !== null && (best === null || compare(element, best) * direction > 0)) best = element;
        return best;
      });
    },
  };
}

function orderedElement({ parameters: [type] }: ResolvedCall): DataType {
  const element = elementType(type!);
  if (isConstructed(element)) throw new MillraceError({ code: 'TYPE_MISMATCH', message: 'arrays of collections have no order' });
  return element;
}

/** Ascending with NULLs first, unless told otherwise; descending has them last. */
function sortEvaluator(call: ResolvedCall): Evaluator {
  const compare = comparatorOf(orderedElement(call)) as (a: Value, b: Value) => number;
  return pure((elements: Elements, ascending = true, nullsFirst = ascending) => {
    const sign = ascending ? 1 : -1;
    const sorted = elements.filter(element => element !== null).toSorted((a, b) => compare(a, b) * sign);
    const nulls = Array.from({ length: elements.length - sorted.length }, () => null);
    return nullsFirst ? [...nulls, ...sorted] : [...sorted, ...nulls];
  });
}

const manyArrays = (call: (...arrays: Elements[]) => Elements): Overload => ({
  parameters: [array, sameArray],
  optional: 1,
  repeat: 'last',
  returns: widestArray,
  evaluator: pure(call),
});
const twoArrays = (call: (a: Elements, b: Elements) => Elements): Overload => ({
  parameters: [array, sameArray],
  returns: widestArray,
  evaluator: pure(call),
});
const withElement = (call: (elements: Elements, element: Value) => Elements | null): Overload => ({
  parameters: [array, needle],
  returns: widestArray,
  nulls: 'custom',
  returnsNull: ({ args }) => args[0]!.type.nullable,
  evaluator: pure((elements: Elements | null, element: Value) => elements && call(elements, element)),
});

/** Functions that make arrays of arrays. */
export const arraySetFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'ARRAY_DISTINCT',
    family: 'collection',
    signature: 'ARRAY_DISTINCT(array)',
    doc: 'The elements without repeats, in the order of their first places.',
    examples: [{ sql: 'ARRAY_DISTINCT(ARRAY[1, 2, 1, 3])', result: '[1, 2, 3]' }],
    overloads: [{ parameters: [array], returns: firstType, evaluator: pure(distinct) }],
  }),
  defineFunction({
    name: 'ARRAY_REMOVE',
    family: 'collection',
    signature: 'ARRAY_REMOVE(array, element)',
    doc: 'The array without an element, which may be NULL.',
    examples: [{ sql: 'ARRAY_REMOVE(ARRAY[1, 2, 2, 3], 2)', result: '[1, 3]' }],
    overloads: [{ ...withElement((elements, removed) => elements.filter(element => !equalValues(element, removed))), returns: firstType }],
  }),
  defineFunction({
    name: 'ARRAY_APPEND',
    family: 'collection',
    signature: 'ARRAY_APPEND(array, element)',
    doc: 'The array with an element after its last one.',
    examples: [{ sql: 'ARRAY_APPEND(ARRAY[1, 2], 3)', result: '[1, 2, 3]' }],
    overloads: [withElement((elements, element) => [...elements, element])],
  }),
  defineFunction({
    name: 'ARRAY_PREPEND',
    family: 'collection',
    signature: 'ARRAY_PREPEND(array, element)',
    doc: 'The array with an element before its first one.',
    examples: [{ sql: 'ARRAY_PREPEND(ARRAY[1, 2], 3)', result: '[3, 1, 2]' }],
    overloads: [withElement((elements, element) => [element, ...elements])],
  }),
  defineFunction({
    name: 'ARRAY_CONCAT',
    family: 'collection',
    signature: 'ARRAY_CONCAT(array, …)',
    doc: 'All arrays one after the other.',
    examples: [{ sql: 'ARRAY_CONCAT(ARRAY[1, 2], ARRAY[2, 3])', result: '[1, 2, 2, 3]' }],
    overloads: [manyArrays((...arrays) => arrays.flat(1))],
  }),
  defineFunction({
    name: 'ARRAY_UNION',
    family: 'collection',
    signature: 'ARRAY_UNION(a, b)',
    doc: 'The elements of two arrays without repeats.',
    examples: [{ sql: 'ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])', result: '[1, 2, 3]' }],
    overloads: [twoArrays((a, b) => distinct([...a, ...b]))],
  }),
  defineFunction({
    name: 'ARRAY_INTERSECT',
    family: 'collection',
    signature: 'ARRAY_INTERSECT(a, b)',
    doc: 'The elements that are in both arrays, without repeats.',
    examples: [{ sql: 'ARRAY_INTERSECT(ARRAY[1, 2, 2], ARRAY[2, 3])', result: '[2]' }],
    overloads: [twoArrays((a, b) => distinct(a.filter(element => includes(b, element))))],
  }),
  defineFunction({
    name: 'ARRAY_EXCEPT',
    family: 'collection',
    signature: 'ARRAY_EXCEPT(a, b)',
    doc: 'The elements of the first array without those of the second, each taken away as often as it stands there.',
    examples: [{ sql: 'ARRAY_EXCEPT(ARRAY[1, 2, 2, 3], ARRAY[2, 3])', result: '[1, 2]' }],
    overloads: [twoArrays(except)],
  }),
  defineFunction({
    name: 'ARRAY_MAX',
    family: 'collection',
    signature: 'ARRAY_MAX(array)',
    doc: 'The largest element; NULLs do not count.',
    examples: [{ sql: 'ARRAY_MAX(ARRAY[1, 3, 2])', result: '3' }],
    overloads: [extreme(1)],
  }),
  defineFunction({
    name: 'ARRAY_MIN',
    family: 'collection',
    signature: 'ARRAY_MIN(array)',
    doc: 'The smallest element; NULLs do not count.',
    examples: [{ sql: "ARRAY_MIN(ARRAY['b', 'a'])", result: 'a' }],
    overloads: [extreme(-1)],
  }),
  defineFunction({
    name: 'ARRAY_SORT',
    family: 'collection',
    signature: 'ARRAY_SORT(array [, ascending [, nullsFirst]])',
    doc: 'The elements in order: ascending with NULLs first, or descending with NULLs last, unless told otherwise.',
    examples: [
      { sql: 'ARRAY_SORT(ARRAY[3, 1, 2])', result: '[1, 2, 3]' },
      { sql: 'ARRAY_SORT(ARRAY[3, CAST(NULL AS INT), 1], FALSE)', result: '[3, 1, NULL]' },
    ],
    overloads: [{ parameters: [array, boolean, boolean], optional: 2, returns: firstType, evaluator: sortEvaluator }],
  }),
];
