import type { ScalarFunction } from '../function.js';
import {
  JSON_EXISTS_DEFAULTS,
  JSON_QUERY_DEFAULTS,
  JSON_QUERY_SIGNATURES,
  JSON_VALUE_DEFAULTS,
  resolveJsonExists,
  resolveJsonQuery,
  resolveJsonValue,
} from './resolve-json-query.js';

/** What looks into JSON texts by a path; the binder gives their clauses to the `resolve…` functions itself. */
export const jsonQueryFunctions: readonly ScalarFunction[] = [
  {
    name: 'JSON_EXISTS',
    family: 'json',
    signature: JSON_QUERY_SIGNATURES.JSON_EXISTS,
    doc: 'Whether a path leads to a value; on an error FALSE, unless told otherwise.',
    examples: [
      { sql: `JSON_EXISTS('{"a": true}', '$.a')`, result: 'TRUE' },
      { sql: `JSON_EXISTS('{"a": [{"b": 1}]}', '$.a[0].c')`, result: 'FALSE' },
      { sql: `JSON_EXISTS('{"a": true}', 'strict $.b' TRUE ON ERROR)`, result: 'TRUE' },
    ],
    resolve: args => resolveJsonExists(args, JSON_EXISTS_DEFAULTS),
  },
  {
    name: 'JSON_VALUE',
    family: 'json',
    signature: JSON_QUERY_SIGNATURES.JSON_VALUE,
    doc:
      'The scalar that a path leads to, as STRING or as the type told; numbers keep all their digits. ' +
      'Without a word before it a path is strict: what is missing, null, no scalar or does not become the type is an error. ' +
      'In lax mode what is missing is empty.',
    examples: [
      { sql: `JSON_VALUE('{"a": true}', '$.a')`, result: 'true' },
      { sql: `JSON_VALUE('{"a": 12345678901234567.890}', '$.a')`, result: '12345678901234567.890' },
      { sql: `JSON_VALUE('{"a": 1.5}', '$.a' RETURNING DOUBLE)`, result: '1.5' },
      { sql: `JSON_VALUE('{"a": 1}', 'lax $.b' DEFAULT 'none' ON EMPTY)`, result: 'none' },
      { sql: `JSON_VALUE('{"a": "x"}', '$.a' RETURNING INT DEFAULT -1 ON ERROR)`, result: '-1' },
      { sql: `JSON_VALUE('{"a b": [1, 2]}', '$[''a b''][-1]')`, result: '2' },
    ],
    resolve: args => resolveJsonValue(args, JSON_VALUE_DEFAULTS),
  },
  {
    name: 'JSON_QUERY',
    family: 'json',
    signature: JSON_QUERY_SIGNATURES.JSON_QUERY,
    doc:
      'The array or object that a path leads to, as JSON with members in order of their names, or as an ARRAY. ' +
      'A scalar needs a WRAPPER, which puts it into an array.',
    examples: [
      { sql: `JSON_QUERY('{"a": {"c": 1, "b": 2}}', '$.a')`, result: '{"b":2,"c":1}' },
      { sql: `JSON_QUERY('{"a": [{"c": "x"}, {"c": "y"}]}', 'lax $.a[*].c')`, result: '["x","y"]' },
      { sql: `JSON_QUERY('[1, 2]', '$' WITH UNCONDITIONAL WRAPPER)`, result: '[[1,2]]' },
      { sql: `JSON_QUERY('{"a": 1}', '$.a' WITH CONDITIONAL WRAPPER)`, result: '[1]' },
      { sql: `JSON_QUERY('{"a": ["x", null, [1]]}', '$.a' RETURNING ARRAY<STRING>)`, result: '[x, NULL, [1]]' },
      { sql: `JSON_QUERY('{}', 'lax $.a' EMPTY OBJECT ON EMPTY)`, result: '{}' },
    ],
    resolve: args => resolveJsonQuery(args, JSON_QUERY_DEFAULTS),
  },
];
