import { NULL, withNullable, type DataType } from '../../spec/data-type.js';
import { countDoesNotFit, resolutionOf, typesDoNotFit } from './define-function.js';
import type { BoundArgument, Resolution, ScalarFunction } from './function.js';
import { entriesOf } from './map-functions.js';
import { isConstructed, isText, leastRestrictive } from './type-rules.js';

type Head = Omit<ScalarFunction, 'resolve'>;

const ARRAY: Head = {
  name: 'ARRAY',
  family: 'collection',
  signature: 'ARRAY[element, …]',
  doc: 'An array of values, which are brought to their common type.',
  examples: [{ sql: 'ARRAY[1, 2.5]', result: '[1.0, 2.5]' }],
};

const MAP: Head = {
  name: 'MAP',
  family: 'collection',
  signature: 'MAP[key, value, …]',
  doc: 'A map of keys and values, which are brought to their common types.',
  examples: [{ sql: "MAP['a', 1, 'b', 2]", result: '{a=1, b=2}' }],
};

const ROW: Head = {
  name: 'ROW',
  family: 'collection',
  signature: 'ROW(value, …)',
  doc: 'A row of values, whose fields are called EXPR$0, EXPR$1 …',
  examples: [{ sql: "ROW(1, 'a')", result: '(1, a)' }],
};

/** What each argument is cast to, so that all are of one type; texts stay as they are, which keeps them from being padded. */
function castsTo(common: DataType, args: readonly BoundArgument[]): DataType[] {
  return args.map(({ type }) => (isText(common) && isText(type) ? type : withNullable(common, type.nullable)));
}

function resolveArray(args: readonly BoundArgument[]): Resolution {
  const common = args.length === 0 ? NULL : leastRestrictive(args.map(argument => argument.type));
  if (common === undefined) throw typesDoNotFit(ARRAY, args);
  return resolutionOf({
    call: { args, parameters: castsTo(common, args) },
    type: { kind: 'ARRAY', element: common, nullable: false },
    nulls: 'custom',
    evaluator: { kind: 'inline', code: values => `[${values.join(', ')}]` },
  });
}

function resolveMap(args: readonly BoundArgument[]): Resolution {
  if (args.length % 2 !== 0) throw countDoesNotFit(MAP, args.length);
  const keys = args.filter((_, i) => i % 2 === 0);
  const values = args.filter((_, i) => i % 2 === 1);
  const key = args.length === 0 ? NULL : leastRestrictive(keys.map(argument => argument.type));
  const value = args.length === 0 ? NULL : leastRestrictive(values.map(argument => argument.type));
  if (key === undefined || value === undefined) throw typesDoNotFit(MAP, args);
  const keyCasts = castsTo(key, keys);
  const valueCasts = castsTo(value, values);
  const pairs = (codes: readonly string[]): string => keys.map((_, i) => `[${codes[2 * i]}, ${codes[2 * i + 1]}]`).join(', ');
  // Keys that are collections are the same by what they hold, which a Map of JavaScript does not see.
  const compared = isConstructed(key);
  return resolutionOf({
    call: { args, parameters: keys.flatMap((_, i) => [keyCasts[i]!, valueCasts[i]!]) },
    type: { kind: 'MAP', key, value, nullable: false },
    nulls: 'custom',
    evaluator: {
      kind: 'inline',
      code: codes => (compared ? `entriesOf([${pairs(codes)}])` : `(new Map([${pairs(codes)}]))`),
      helpers: { entriesOf },
    },
  });
}

function resolveRow(args: readonly BoundArgument[]): Resolution {
  return resolutionOf({
    call: { args, parameters: args.map(argument => argument.type) },
    type: { kind: 'ROW', fields: args.map(({ type }, i) => ({ name: `EXPR$${i}`, type })), nullable: false },
    nulls: 'custom',
    evaluator: { kind: 'inline', code: values => `[${values.join(', ')}]` },
  });
}

/** What `ARRAY[…]`, `MAP[…]` and `ROW(…)` call. */
export const constructorFunctions: readonly ScalarFunction[] = [
  { ...ARRAY, resolve: resolveArray },
  { ...MAP, resolve: resolveMap },
  { ...ROW, resolve: resolveRow },
];
