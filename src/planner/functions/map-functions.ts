import { MillraceError } from '../../common/error.js';
import type { Value } from '../../spec/batch.js';
import { arrayOf, withNullable, type DataType } from '../../spec/data-type.js';
import { elementType } from './array-types.js';
import { equalValues } from './compare-values.js';
import { defineFunction, pure, type ResolvedCall } from './define-function.js';
import type { ScalarFunction } from './function.js';
import { array, map, type Parameter } from './parameters.js';
import { leastRestrictive } from './type-rules.js';

type Entries = ReadonlyMap<Value, Value>;
type MapType = Extract<DataType, { readonly kind: 'MAP' }>;

function mapType({ parameters: [type] }: ResolvedCall): MapType {
  return type as MapType;
}

function entriesType(call: ResolvedCall): DataType {
  const { key, value } = mapType(call);
  return arrayOf({
    kind: 'ROW',
    fields: [
      { name: 'key', type: key },
      { name: 'value', type: value },
    ],
    nullable: false,
  });
}

function fromArrays(keys: readonly Value[], values: readonly Value[]): Entries {
  if (keys.length !== values.length) {
    throw new MillraceError({ code: 'INVALID_VALUE', message: `MAP_FROM_ARRAYS got ${keys.length} keys and ${values.length} values` });
  }
  return entriesOf(keys.map((key, i) => [key, values[i]!] as const));
}

/** A map in which a later entry of the same key wins; keys may be collections. */
export function entriesOf(entries: readonly (readonly [Value, Value])[]): Entries {
  const result = new Map<Value, Value>();
  for (const [key, value] of entries) {
    const known = typeof key === 'object' && key !== null ? Array.from(result.keys()).find(each => equalValues(each, key)) : undefined;
    result.set(known ?? key, value);
  }
  return result;
}

/** A map of the same type as the first argument. */
const sameMap: Parameter = ({ type }, [first]) =>
  first !== undefined && type.kind === 'MAP' ? leastRestrictive([first, type]) : undefined;

/** Functions of MAP. */
export const mapFunctions: readonly ScalarFunction[] = [
  defineFunction({
    name: 'MAP_KEYS',
    family: 'collection',
    signature: 'MAP_KEYS(map)',
    doc: 'The keys of a map.',
    examples: [{ sql: "MAP_KEYS(MAP['a', 1, 'b', 2])", result: '[a, b]' }],
    overloads: [
      { parameters: [map], returns: call => arrayOf(mapType(call).key), evaluator: pure((entries: Entries) => Array.from(entries.keys())) },
    ],
  }),
  defineFunction({
    name: 'MAP_VALUES',
    family: 'collection',
    signature: 'MAP_VALUES(map)',
    doc: 'The values of a map.',
    examples: [{ sql: "MAP_VALUES(MAP['a', 1, 'b', 2])", result: '[1, 2]' }],
    overloads: [
      {
        parameters: [map],
        returns: call => arrayOf(mapType(call).value),
        evaluator: pure((entries: Entries) => Array.from(entries.values())),
      },
    ],
  }),
  defineFunction({
    name: 'MAP_ENTRIES',
    family: 'collection',
    signature: 'MAP_ENTRIES(map)',
    doc: 'The entries of a map as rows of key and value.',
    examples: [{ sql: "MAP_ENTRIES(MAP['a', 1])", result: '[(a, 1)]' }],
    overloads: [{ parameters: [map], returns: entriesType, evaluator: pure((entries: Entries) => Array.from(entries)) }],
  }),
  defineFunction({
    name: 'MAP_FROM_ARRAYS',
    family: 'collection',
    signature: 'MAP_FROM_ARRAYS(keys, values)',
    doc: 'A map from two arrays of the same length.',
    examples: [{ sql: "MAP_FROM_ARRAYS(ARRAY['a', 'b'], ARRAY[1, 2])", result: '{a=1, b=2}' }],
    overloads: [
      {
        parameters: [array, array],
        returns: ({ parameters: [keys, values] }) => ({
          kind: 'MAP',
          key: elementType(keys!),
          value: elementType(values!),
          nullable: true,
        }),
        evaluator: pure(fromArrays),
      },
    ],
  }),
  defineFunction({
    name: 'MAP_UNION',
    family: 'collection',
    signature: 'MAP_UNION(map, …)',
    doc: 'The entries of all maps; of entries with the same key the last one.',
    examples: [{ sql: "MAP_UNION(MAP['a', 1], MAP['a', 2, 'b', 3])", result: '{a=2, b=3}' }],
    overloads: [
      {
        parameters: [map, sameMap],
        optional: 1,
        repeat: 'last',
        returns: ({ parameters }) => withNullable(leastRestrictive(parameters)!, true),
        evaluator: pure((...maps: Entries[]) => entriesOf(maps.flatMap(entries => Array.from(entries)))),
      },
    ],
  }),
];
