import { MillraceError } from '../../../common/error.js';
import { BOOLEAN, STRING, withNullable } from '../../../spec/data-type.js';
import { countDoesNotFit, defineFunction, perJob, pure, resolutionOf } from '../define-function.js';
import type { ScalarFunction } from '../function.js';
import { textOnly } from '../parameters.js';
import { jsonQueryFunctions } from './json-query-functions.js';
import { createJsonReader } from './json-reader.js';
import { isJsonArray, isJsonObject, isJsonScalar, type JsonValue } from './json-value.js';
import { jsonWriterOf, notWritable } from './json-writer.js';
import { parseJson } from './parse-json.js';
import {
  JSON_ARRAY_ON_NULL,
  JSON_CONSTRUCT_SIGNATURES,
  JSON_OBJECT_ON_NULL,
  resolveJsonArray,
  resolveJsonObject,
} from './resolve-json-construct.js';
import { writeJson } from './write-json.js';

interface JsonTest {
  readonly name: string;
  readonly doc: string;
  readonly examples: ScalarFunction['examples'];
  readonly test: (value: JsonValue) => boolean;
}

/** Never NULL: NULL is no JSON. */
function jsonTest({ name, doc, examples, test }: JsonTest): ScalarFunction {
  return defineFunction({
    name,
    family: 'json',
    signature: `string ${name.replace('IS JSON', 'IS [NOT] JSON')}`,
    doc,
    examples,
    overloads: [
      {
        parameters: [textOnly],
        returns: withNullable(BOOLEAN, false),
        nulls: 'custom',
        evaluator: perJob(environment => {
          const read = environment.json ?? createJsonReader();
          return (text: string | null) => {
            const value = text === null ? undefined : read(text);
            return value !== undefined && test(value);
          };
        }),
      },
    ],
  });
}

const JSON_STRING = {
  name: 'JSON_STRING',
  family: 'json',
  signature: 'JSON_STRING(value)',
  doc: 'The value as JSON; NULL for NULL. Instants are in UTC, bytes in base 64.',
  examples: [
    { sql: "JSON_STRING('Hello, World!')", result: '"Hello, World!"' },
    { sql: 'JSON_STRING(ARRAY[1, 2])', result: '[1,2]' },
    { sql: "JSON_STRING(MAP['b', 1.50, 'a', 2])", result: '{"a":2.00,"b":1.50}' },
    { sql: "JSON_STRING(TIMESTAMP '1990-06-02 13:37:42.001')", result: '"1990-06-02T13:37:42.001"' },
    { sql: 'JSON_STRING(CAST(NULL AS INT))', result: 'NULL' },
  ],
} as const;

/** The SQL/JSON functions; those with clauses have the meaning of a call without any. */
export const jsonFunctions: readonly ScalarFunction[] = [
  jsonTest({
    name: 'IS JSON',
    doc: 'Whether a text starts with a JSON value; FALSE for NULL.',
    examples: [
      { sql: "'[]' IS JSON", result: 'TRUE' },
      { sql: "'abc' IS JSON", result: 'FALSE' },
      { sql: "'1' IS JSON VALUE", result: 'TRUE' },
    ],
    test: () => true,
  }),
  jsonTest({
    name: 'IS JSON SCALAR',
    doc: 'Whether a text is a JSON string, number, true, false or null.',
    examples: [
      { sql: `'"abc"' IS JSON SCALAR`, result: 'TRUE' },
      { sql: "'{}' IS JSON SCALAR", result: 'FALSE' },
    ],
    test: isJsonScalar,
  }),
  jsonTest({
    name: 'IS JSON ARRAY',
    doc: 'Whether a text is a JSON array.',
    examples: [{ sql: "'[1, 2]' IS JSON ARRAY", result: 'TRUE' }],
    test: isJsonArray,
  }),
  jsonTest({
    name: 'IS JSON OBJECT',
    doc: 'Whether a text is a JSON object.',
    examples: [{ sql: "'[1, 2]' IS NOT JSON OBJECT", result: 'TRUE' }],
    test: isJsonObject,
  }),
  ...jsonQueryFunctions,
  {
    ...JSON_STRING,
    resolve(args) {
      if (args.length !== 1) throw countDoesNotFit(JSON_STRING, args.length);
      const { type } = args[0]!;
      const write = jsonWriterOf(type);
      if (write === undefined) throw notWritable('JSON_STRING', type);
      return resolutionOf({ call: { args, parameters: [type] }, type: STRING, evaluator: pure(write) });
    },
  },
  {
    name: 'JSON_OBJECT',
    family: 'json',
    signature: JSON_CONSTRUCT_SIGNATURES.JSON_OBJECT,
    doc: 'A JSON object, its members in order of their names. Values from JSON_OBJECT, JSON_ARRAY and JSON go in as JSON. NULL ON NULL is the default.',
    examples: [
      { sql: "JSON_OBJECT(KEY 'b' VALUE 1, 'a' VALUE 'x')", result: '{"a":"x","b":1}' },
      { sql: "JSON_OBJECT('a' VALUE CAST(NULL AS INT))", result: '{"a":null}' },
      { sql: "JSON_OBJECT('a' VALUE CAST(NULL AS INT) ABSENT ON NULL)", result: '{}' },
      { sql: "JSON_OBJECT('a' VALUE JSON_ARRAY(1, 2))", result: '{"a":[1,2]}' },
    ],
    resolve: args => resolveJsonObject(args, { onNull: JSON_OBJECT_ON_NULL, isJson: [] }),
  },
  {
    name: 'JSON_ARRAY',
    family: 'json',
    signature: JSON_CONSTRUCT_SIGNATURES.JSON_ARRAY,
    doc: 'A JSON array. Values from JSON_OBJECT, JSON_ARRAY and JSON go in as JSON. ABSENT ON NULL is the default.',
    examples: [
      { sql: "JSON_ARRAY(1, '2', JSON_ARRAY(TRUE))", result: '[1,"2",[true]]' },
      { sql: 'JSON_ARRAY(1, CAST(NULL AS INT))', result: '[1]' },
      { sql: 'JSON_ARRAY(1, CAST(NULL AS INT) NULL ON NULL)', result: '[1,null]' },
    ],
    resolve: args => resolveJsonArray(args, { onNull: JSON_ARRAY_ON_NULL, isJson: [] }),
  },
  defineFunction({
    name: 'JSON',
    family: 'json',
    signature: 'JSON(string)',
    doc: 'A text that is JSON already, as a value of JSON_OBJECT or JSON_ARRAY; it stands nowhere else. An empty text is NULL.',
    examples: [
      { sql: `JSON_OBJECT('a' VALUE JSON('{"c": 1, "b": [ ]}'))`, result: '{"a":{"b":[],"c":1}}' },
      { sql: "JSON_OBJECT('a' VALUE JSON(' '))", result: '{"a":null}' },
    ],
    overloads: [{ parameters: [textOnly], returns: STRING, returnsNull: true, evaluator: pure(normalizedJson) }],
  }),
  defineFunction({
    name: 'JSON_QUOTE',
    family: 'json',
    signature: 'JSON_QUOTE(string)',
    doc: 'The text as a JSON string; characters beyond ASCII and / are escaped too.',
    examples: [
      { sql: `JSON_QUOTE('a "b" /')`, result: '"a \\"b\\" \\/"' },
      { sql: "JSON_QUOTE('≠')", result: '"\\u2260"' },
    ],
    overloads: [{ parameters: [textOnly], returns: STRING, evaluator: pure(quote) }],
  }),
  defineFunction({
    name: 'JSON_UNQUOTE',
    family: 'json',
    signature: 'JSON_UNQUOTE(string)',
    doc: 'The text that a JSON string stands for; any other text as it is.',
    examples: [
      { sql: `JSON_UNQUOTE('"a\\u0041"')`, result: 'aA' },
      { sql: "JSON_UNQUOTE('[1, 2]')", result: '[1, 2]' },
      { sql: `JSON_UNQUOTE('"abc')`, result: '"abc' },
    ],
    overloads: [{ parameters: [textOnly], returns: STRING, evaluator: pure(unquote) }],
  }),
];

function normalizedJson(text: string): string | null {
  if (text.trim() === '') return null;
  const value = parseJson(text);
  if (value === undefined) throw new MillraceError({ code: 'INVALID_VALUE', message: `"${text}" is not JSON, as JSON(…) wants it` });
  return writeJson(value);
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['/', '\\/'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Other control characters stay as they are, as in Flink. */
function quote(text: string): string {
  const escaped = text.replace(/["\\/\b\f\n\r\t]|[^\0-\x7f]/g, each =>
    Array.from({ length: each.length }, (_, i) => SHORT_ESCAPES.get(each) ?? `\\u${each.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
  return `"${escaped}"`;
}

const UNESCAPED: ReadonlyMap<string, string> = new Map(Array.from(SHORT_ESCAPES, ([character, escape]) => [escape, character]));

/** As in Flink, a quote inside needs no backslash: only the outer two are taken away. */
function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"') || parseJson(text) === undefined) return text;
  return text
    .slice(1, -1)
    .replace(
      /\\(?:u[0-9a-fA-F]{4}|.)/g,
      each => UNESCAPED.get(each) ?? (each[1] === 'u' ? String.fromCharCode(parseInt(each.slice(2), 16)) : each),
    );
}
