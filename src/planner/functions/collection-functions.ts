import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
import { BOOLEAN, INT, STRING, type DataType } from '../../spec/data-type.js';
import { arraySetFunctions } from './array-set-functions.js';
import { elementOf, needle, wantedType } from './array-types.js';
import { equalValues, lookUp } from './compare-values.js';
import { constructorFunctions } from './constructors.js';
import { defineFunction, inline, inlineCall, pure, type ResolvedCall } from './define-function.js';
import type { ScalarFunction } from './function.js';
import { mapFunctions } from './map-functions.js';
import { array, integer, map, text, type Parameter } from './parameters.js';
import { isText } from './type-rules.js';

type Elements = readonly Value[];

const collection: Parameter = ({ type }) => (type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'MULTISET' ? type : undefined);

/** Counts from 1; NULL outside of the array. */
function elementAt(elements: Elements, index: number | bigint): Value {
  return elements[Number(index) - 1] ?? null;
}

function valueOfKey(entries: ReadonlyMap<Value, Value>, key: Value): Value {
  return lookUp(entries, key) ?? null;
}

function refuseIndexBelowOne({ args }: ResolvedCall): void {
  const { literal } = args[1]!;
  if (typeof literal !== 'number' || literal >= 1) return;
  throw new MillraceError({ code: 'INVALID_ARGUMENT', message: `the index of an array starts at 1, and ${literal} is less` });
}

const keyOfMap: Parameter = ({ type }, [first]) => (first?.kind === 'MAP' ? wantedType(first.key, type) : undefined);

function onlyElement(elements: Elements): Value {
  if (elements.length > 1)
    throw new MillraceError({ code: 'INVALID_VALUE', message: `ELEMENT takes an array of one element, not of ${elements.length}` });
  return elements[0] ?? null;
}

function mapValueType({ parameters: [type] }: ResolvedCall): DataType {
  return type!.kind === 'MAP' ? type!.value : type!;
}

/** NULL elements are left out, unless there is a text for them. */
function joinElements(elements: readonly (string | null)[], separator: string, forNull?: string): string {
  const texts = forNull === undefined ? elements.filter(element => element !== null) : elements.map(element => element ?? forNull);
  return texts.join(separator);
}

/** From `start` to `end`, both counted from 1, or from the end where negative, and both inclusive. */
function slice(elements: Elements, start: number | bigint, end: number | bigint = elements.length): Elements {
  const { length } = elements;
  const position = (index: number | bigint): number => (index < 0 ? length + Number(index) + 1 : index === 0 ? 1 : Number(index));
  const from = Math.max(position(start), 1);
  return elements.slice(from - 1, Math.max(position(end), from - 1));
}

const textArray: Parameter = ({ type }) => (type.kind === 'ARRAY' && isText(type.element) ? type : undefined);

/** Functions of ARRAY, MAP and MULTISET. */
export const collectionFunctions: readonly ScalarFunction[] = [
  ...constructorFunctions,
  defineFunction({
    name: '[]',
    family: 'collection',
    signature: 'array[index] or map[key]',
    doc: 'The element at a place, counted from 1, or the value of a key; NULL where there is none.',
    examples: [
      { sql: 'ARRAY[10, 20][2]', result: '20' },
      { sql: 'ARRAY[10, 20][3]', result: 'NULL' },
      { sql: "MAP['a', 1]['a']", result: '1' },
    ],
    overloads: [
      {
        parameters: [array, integer],
        returns: elementOf,
        returnsNull: true,
        evaluator(call) {
          refuseIndexBelowOne(call);
          return inlineCall('elementAt', elementAt);
        },
      },
      { parameters: [map, keyOfMap], returns: mapValueType, returnsNull: true, evaluator: inlineCall('valueOfKey', valueOfKey) },
    ],
  }),
  defineFunction({
    name: 'CARDINALITY',
    family: 'collection',
    signature: 'CARDINALITY(array | map)',
    doc: 'The number of elements or entries.',
    examples: [
      { sql: 'CARDINALITY(ARRAY[1, 2, 3])', result: '3' },
      { sql: "CARDINALITY(MAP['a', 1])", result: '1' },
    ],
    overloads: [
      {
        parameters: [collection],
        returns: INT,
        evaluator: ({ parameters: [type] }) => inline(value => (type!.kind === 'MAP' ? `${value}.size` : `${value}.length`)),
      },
    ],
  }),
  defineFunction({
    name: 'ELEMENT',
    family: 'collection',
    signature: 'ELEMENT(array)',
    doc: 'The only element of an array; NULL for an empty one.',
    examples: [{ sql: 'ELEMENT(ARRAY[42])', result: '42' }],
    overloads: [{ parameters: [array], returns: elementOf, returnsNull: true, evaluator: pure(onlyElement) }],
  }),
  defineFunction({
    name: 'ARRAY_CONTAINS',
    family: 'collection',
    signature: 'ARRAY_CONTAINS(array, element)',
    doc: 'Whether an array has an element, which may be NULL.',
    examples: [
      { sql: 'ARRAY_CONTAINS(ARRAY[1, 2, 3], 2)', result: 'TRUE' },
      { sql: "ARRAY_CONTAINS(ARRAY['a'], 'b')", result: 'FALSE' },
    ],
    overloads: [
      {
        parameters: [array, needle],
        returns: BOOLEAN,
        nulls: 'custom',
        returnsNull: ({ args }) => args[0]!.type.nullable,
        evaluator: pure((elements: Elements | null, wanted: Value) => elements && elements.some(element => equalValues(element, wanted))),
      },
    ],
  }),
  defineFunction({
    name: 'ARRAY_POSITION',
    family: 'collection',
    signature: 'ARRAY_POSITION(array, element)',
    doc: 'Where an element first stands, from 1; 0 for nowhere.',
    examples: [{ sql: 'ARRAY_POSITION(ARRAY[7, 8, 9], 8)', result: '2' }],
    overloads: [
      {
        parameters: [array, needle],
        returns: INT,
        evaluator: pure((elements: Elements, wanted: Value) => elements.findIndex(element => equalValues(element, wanted)) + 1),
      },
    ],
  }),
  defineFunction({
    name: 'ARRAY_REVERSE',
    family: 'collection',
    signature: 'ARRAY_REVERSE(array)',
    doc: 'The elements backwards.',
    examples: [{ sql: 'ARRAY_REVERSE(ARRAY[1, 2, 3])', result: '[3, 2, 1]' }],
    overloads: [
      { parameters: [array], returns: ({ parameters }) => parameters[0]!, evaluator: pure((elements: Elements) => elements.toReversed()) },
    ],
  }),
  defineFunction({
    name: 'ARRAY_SLICE',
    family: 'collection',
    signature: 'ARRAY_SLICE(array, start [, end])',
    doc: 'The elements from one place to another, counted from 1 and both included; negative places count from the end.',
    examples: [
      { sql: 'ARRAY_SLICE(ARRAY[1, 2, 3, 4], 2, 3)', result: '[2, 3]' },
      { sql: 'ARRAY_SLICE(ARRAY[1, 2, 3, 4], -2)', result: '[3, 4]' },
    ],
    overloads: [
      { parameters: [array, integer, integer], optional: 1, returns: ({ parameters }) => parameters[0]!, evaluator: pure(slice) },
    ],
  }),
  defineFunction({
    name: 'ARRAY_JOIN',
    family: 'collection',
    signature: 'ARRAY_JOIN(array, separator [, forNull])',
    doc: 'The texts of an array put together; NULLs are left out unless there is a text for them.',
    examples: [
      { sql: "ARRAY_JOIN(ARRAY['a', CAST(NULL AS STRING), 'c'], '-')", result: 'a-c' },
      { sql: "ARRAY_JOIN(ARRAY['a', CAST(NULL AS STRING)], '-', '?')", result: 'a-?' },
    ],
    overloads: [{ parameters: [textArray, text, text], optional: 1, returns: STRING, evaluator: pure(joinElements) }],
  }),
  ...arraySetFunctions,
  ...mapFunctions,
];
