import { MillraceError } from '../../../common/error.js';
import { STRING, withNullable } from '../../../spec/data-type.js';
import { quoteJson } from '../json/write-json.js';
import { any, textOnly } from '../parameters.js';
import { objectAccumulator } from './accumulator.js';
import type { AggregateFunction } from './aggregate-function.js';
import { defineAggregate } from './define-aggregate.js';

const TEXT = withNullable(STRING, false);
const ON_NULL = ['NULL ON NULL', 'ABSENT ON NULL'];

/** SQL/JSON constructors over rows. Values come as their JSON text. */
export const jsonAggregates: readonly AggregateFunction[] = [
  defineAggregate({
    name: 'JSON_OBJECTAGG',
    signature: 'JSON_OBJECTAGG([KEY] key VALUE value [{NULL | ABSENT} ON NULL])',
    doc: 'A JSON object with a member for each row, in the order of the keys; a key that comes twice is an error, a NULL value is null by default.',
    examples: [
      { sql: "SELECT JSON_OBJECTAGG(KEY k VALUE x) FROM (VALUES ('b', 2), ('a', NULL)) AS t (k, x)", result: '{"a":null,"b":2}' },
      { sql: "SELECT JSON_OBJECTAGG(k VALUE x ABSENT ON NULL) FROM (VALUES ('b', 2), ('a', NULL)) AS t (k, x)", result: '{"b":2}' },
    ],
    clauses: ON_NULL,
    jsonArguments: [1],
    parameters: [textOnly, any],
    returns: () => TEXT,
    ofNoRows: '{}',
    nulls: 'take',
    accumulator: ({ clause }) =>
      objectAccumulator<Map<string, string>>({
        create: () => new Map(),
        add: (members, key: string | null, value: string | null) =>
          addMember(members, key, value ?? (clause === 'ABSENT ON NULL' ? undefined : 'null')),
        merge(members, others) {
          for (const [key, value] of others) addMember(members, key, value);
        },
        result: members =>
          `{${[...members.keys()]
            .toSorted()
            .map(key => `${quoteJson(key)}:${members.get(key)}`)
            .join(',')}}`,
      }),
  }),
  defineAggregate({
    name: 'JSON_ARRAYAGG',
    signature: 'JSON_ARRAYAGG(value [{NULL | ABSENT} ON NULL]) [WITHIN GROUP (ORDER BY …)]',
    doc: 'A JSON array of the values in the order of their rows; NULLs are left out by default.',
    examples: [
      { sql: "SELECT JSON_ARRAYAGG(x) FROM (VALUES ('a'), (NULL), ('b')) AS t (x)", result: '["a","b"]' },
      { sql: "SELECT JSON_ARRAYAGG(JSON_OBJECT('x' VALUE x) NULL ON NULL) FROM (VALUES (1), (2)) AS t (x)", result: '[{"x":1},{"x":2}]' },
    ],
    clauses: ON_NULL,
    ordered: true,
    jsonArguments: [0],
    parameters: [any],
    returns: () => TEXT,
    ofNoRows: '[]',
    nulls: ({ clause }) => (clause === 'NULL ON NULL' ? 'take' : 'skip'),
    accumulator: () =>
      objectAccumulator<string[]>({
        create: () => [],
        add: (elements, value: string | null) => void elements.push(value ?? 'null'),
        merge(elements, others) {
          for (const element of others) elements.push(element);
        },
        result: elements => `[${elements.join(',')}]`,
      }),
  }),
];

/** @param value its JSON; `undefined` for a member that is left out, whose key must be free all the same. */
function addMember(members: Map<string, string>, key: string | null, value: string | undefined): void {
  if (key === null) throw new MillraceError({ code: 'INVALID_VALUE', message: 'a key of JSON_OBJECTAGG is NULL' });
  if (members.has(key)) {
    throw new MillraceError({
      code: 'INVALID_VALUE',
      message: `the key "${key}" comes twice in JSON_OBJECTAGG`,
      notes: [{ message: 'group by the key first, or make the keys different' }],
    });
  }
  if (value !== undefined) members.set(key, value);
}
