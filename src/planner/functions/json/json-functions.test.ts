import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MillraceError } from '../../../common/error.js';
import { evaluateSql, typeOfSql } from '../evaluate-sql.test.fixture.js';
import { createJsonReader } from './json-reader.js';

type Cases = readonly (readonly [sql: string, result: string])[];

function check(name: string, cases: Cases): void {
  test(name, () => {
    for (const [sql, result] of cases) assert.equal(evaluateSql(sql), result, sql);
  });
}

function fails(sql: string, code: string, message: RegExp): void {
  assert.throws(
    () => evaluateSql(sql),
    (thrown: MillraceError) => {
      assert.equal(thrown.code, code, `${sql}: ${thrown.message}`);
      assert.match(thrown.message, message, sql);
      return true;
    },
  );
}

const ACCOUNT = `'{"type": "account", "age": 42, "balance": 13.37, "big": 9999999999, "active": true, "none": null, "tags": [1, 2], "n": "7"}'`;

check('JSON_VALUE gives scalars', [
  [`JSON_VALUE(${ACCOUNT}, '$.type')`, 'account'],
  [`JSON_VALUE(${ACCOUNT}, '$.active')`, 'true'],
  [`JSON_VALUE(${ACCOUNT}, '$.none')`, 'NULL'],
  [`JSON_VALUE(${ACCOUNT}, '$.tags')`, 'NULL'],
  [`JSON_VALUE(${ACCOUNT}, '$.tags[1]')`, '2'],
  ["JSON_VALUE(CAST(NULL AS STRING), '$.a')", 'NULL'],
  ["JSON_VALUE('{}', CAST(NULL AS STRING))", 'NULL'],
  ["JSON_VALUE('no json', '$.a')", 'NULL'],
  ["JSON_VALUE('', '$')", 'NULL'],
  ["JSON_VALUE('null', 'lax $' DEFAULT 'empty' ON EMPTY DEFAULT 'error' ON ERROR)", 'error'],
  ["JSON_VALUE(5, '$')", '5'],
]);

check('JSON_VALUE RETURNING converts, and ON ERROR says what happens where it cannot', [
  [`JSON_VALUE(${ACCOUNT}, '$.active' RETURNING BOOLEAN)`, 'TRUE'],
  [`JSON_VALUE(${ACCOUNT}, '$.age' RETURNING TINYINT)`, '42'],
  [`JSON_VALUE(${ACCOUNT}, '$.balance' RETURNING INT)`, '13'],
  [`JSON_VALUE(${ACCOUNT}, '$.balance' RETURNING DECIMAL(10, 1))`, '13.4'],
  [`JSON_VALUE(${ACCOUNT}, '$.balance' RETURNING FLOAT)`, '13.37'],
  [`JSON_VALUE(${ACCOUNT}, '$.big' RETURNING INT)`, 'NULL'],
  [`JSON_VALUE(${ACCOUNT}, '$.big' RETURNING BIGINT)`, '9999999999'],
  [`JSON_VALUE(${ACCOUNT}, '$.n' RETURNING INT)`, '7'],
  [`JSON_VALUE(${ACCOUNT}, '$.age' RETURNING BOOLEAN)`, 'NULL'],
  [`JSON_VALUE(${ACCOUNT}, '$.active' RETURNING INT)`, 'NULL'],
  [`JSON_VALUE(${ACCOUNT}, '$.type' RETURNING VARCHAR(3))`, 'acc'],
  ["JSON_VALUE('{\"v\": 9223372036854775807}', '$.v' RETURNING BIGINT)", '9223372036854775807'],
  ["JSON_VALUE('{\"v\": 9223372036854775808}', '$.v' RETURNING BIGINT)", 'NULL'],
  ["JSON_VALUE('{\"v\": -9223372036854775808.9}', '$.v' RETURNING BIGINT)", '-9223372036854775808'],
  ["JSON_VALUE('{\"v\": 1e1000000}', '$.v' RETURNING BIGINT)", 'NULL'],
  ["JSON_VALUE('{\"v\": 1e-1000000}', '$.v' RETURNING BIGINT)", '0'],
  ["JSON_VALUE('{\"v\": 1e400}', '$.v' RETURNING DOUBLE)", 'NULL'],
  ["JSON_VALUE('{\"v\": 123456789.98}', '$.v' RETURNING DECIMAL(5, 2) DEFAULT '0.00' ON ERROR)", '0.00'],
  [`JSON_VALUE(${ACCOUNT}, '$.type' RETURNING INT DEFAULT 42 ON ERROR)`, '42'],
  [`JSON_VALUE(${ACCOUNT}, 'lax $.x' RETURNING INT DEFAULT 42 ON EMPTY ERROR ON ERROR)`, '42'],
  [`JSON_VALUE(${ACCOUNT}, 'strict $.x' DEFAULT 'empty' ON EMPTY DEFAULT 'error' ON ERROR)`, 'error'],
  [`JSON_VALUE(${ACCOUNT}, 'lax $.tags' DEFAULT 'empty' ON EMPTY DEFAULT 'error' ON ERROR)`, 'empty'],
  [`JSON_VALUE(${ACCOUNT}, 'strict $.tags' DEFAULT 'empty' ON EMPTY DEFAULT 'error' ON ERROR)`, 'error'],
  [`JSON_VALUE(${ACCOUNT}, 'lax $.x' DEFAULT FALSE ON EMPTY)`, 'false'],
  [`JSON_VALUE(${ACCOUNT}, 'lax $.x' DEFAULT CAST(NULL AS STRING) ON EMPTY)`, 'NULL'],
  [`JSON_VALUE('no json', 'lax $.x' DEFAULT 'empty' ON EMPTY DEFAULT 'error' ON ERROR)`, 'empty'],
]);

check('JSON_EXISTS', [
  [`JSON_EXISTS(${ACCOUNT}, '$.tags[0]')`, 'TRUE'],
  [`JSON_EXISTS(${ACCOUNT}, 'lax $.tags[3]')`, 'FALSE'],
  [`JSON_EXISTS(${ACCOUNT}, '$.items[*]')`, 'FALSE'],
  // In lax mode a path that branches gives an array, if only an empty one.
  [`JSON_EXISTS(${ACCOUNT}, 'lax $.items[*]')`, 'TRUE'],
  [`JSON_EXISTS(${ACCOUNT}, '$.none')`, 'FALSE'],
  [`JSON_EXISTS(${ACCOUNT}, 'strict $.x' UNKNOWN ON ERROR)`, 'NULL'],
  ["JSON_EXISTS(CAST(NULL AS STRING), '$')", 'NULL'],
]);

const QUERY = `'{"a1": [], "o1": {}, "s1": "Test", "n1": 1, "mixed": [{"b": 1, "a": 2}, null, "x", 1.50], "ints": [1, null, 9999999999]}'`;

check('JSON_QUERY', [
  [`JSON_QUERY(${QUERY}, '$.a1')`, '[]'],
  [`JSON_QUERY(${QUERY}, '$.a1' WITH CONDITIONAL WRAPPER)`, '[]'],
  [`JSON_QUERY(${QUERY}, '$.o1' WITH CONDITIONAL ARRAY WRAPPER)`, '[{}]'],
  [`JSON_QUERY(${QUERY}, '$.a1' WITH WRAPPER)`, '[[]]'],
  [`JSON_QUERY(${QUERY}, '$.s1' WITH CONDITIONAL WRAPPER)`, '["Test"]'],
  [`JSON_QUERY(${QUERY}, '$.n1')`, 'NULL'],
  [`JSON_QUERY(${QUERY}, 'lax $.n1' EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)`, '[]'],
  [`JSON_QUERY(${QUERY}, 'strict $.n1' EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)`, '{}'],
  [`JSON_QUERY(${QUERY}, 'lax $.x' EMPTY OBJECT ON EMPTY)`, '{}'],
  [`JSON_QUERY(${QUERY}, 'strict $.x' EMPTY ARRAY ON ERROR)`, '[]'],
  [`JSON_QUERY(${QUERY}, '$.mixed' RETURNING ARRAY<STRING>)`, '[{"a":2,"b":1}, NULL, x, 1.50]'],
  [`JSON_QUERY(${QUERY}, '$.ints' RETURNING ARRAY<BIGINT>)`, '[1, NULL, 9999999999]'],
  [`JSON_QUERY(${QUERY}, '$.ints' RETURNING ARRAY<INT> EMPTY ARRAY ON ERROR)`, '[]'],
  [`JSON_QUERY(${QUERY}, '$.o1' RETURNING ARRAY<STRING>)`, 'NULL'],
  [`JSON_QUERY(${QUERY}, '$.n1' RETURNING ARRAY<STRING> WITH CONDITIONAL WRAPPER)`, '[1]'],
  ["JSON_QUERY(1, '$')", 'NULL'],
  ["JSON_QUERY(1, '$' WITH CONDITIONAL WRAPPER)", '[1]'],
]);

check('IS JSON is never NULL', [
  ['CAST(NULL AS STRING) IS JSON', 'FALSE'],
  ['CAST(NULL AS STRING) IS NOT JSON', 'TRUE'],
  ["'' IS JSON", 'FALSE'],
  ["'{}' IS JSON OBJECT", 'TRUE'],
  ["'{}' IS JSON ARRAY", 'FALSE'],
  ["'null' IS JSON SCALAR", 'TRUE'],
]);

check('JSON_OBJECT and JSON_ARRAY nest', [
  ['JSON_OBJECT()', '{}'],
  ['JSON_ARRAY()', '[]'],
  [
    "JSON_OBJECT('p2' VALUE JSON_OBJECT('x' VALUE 1.50), 'p1' VALUE JSON('[1, 2]'), 'p3' VALUE '[1, 2]')",
    '{"p1":[1,2],"p2":{"x":1.50},"p3":"[1, 2]"}',
  ],
  ["JSON_OBJECT('a' VALUE 1, 'a' VALUE 2)", '{"a":2}'],
  ["JSON_OBJECT('a' VALUE JSON(CAST(NULL AS STRING)) ABSENT ON NULL)", '{}'],
  ['JSON_ARRAY(1, NULL NULL ON NULL)', '[1,null]'],
  [
    "JSON_ARRAY(JSON('{}'), ROW(1, 'a'), X'54657374', MAP['b', 1, 'a', CAST(NULL AS INT)])",
    '[{},{"EXPR$0":1,"EXPR$1":"a"},"VGVzdA==",{"a":null,"b":1}]',
  ],
]);

check('JSON_STRING writes every type', [
  ['JSON_STRING(1e10)', '1.0E+10'],
  ['JSON_STRING(CAST(1.1 AS FLOAT))', '1.1'],
  ["JSON_STRING(CAST('NaN' AS DOUBLE))", '"NaN"'],
  ["JSON_STRING(TIMESTAMP '2026-01-31 10:00:00')", '"2026-01-31T10:00:00"'],
  ["JSON_STRING(CAST(TIMESTAMP '2026-01-31 10:00:00.500' AS TIMESTAMP_LTZ(3)))", '"2026-01-31T10:00:00.5Z"'],
  ['JSON_STRING(ROW(ARRAY[ROW(1, TRUE)]))', '{"EXPR$0":[{"EXPR$0":1,"EXPR$1":true}]}'],
  ['JSON_STRING(CAST(9007199254740993 AS BIGINT))', '9007199254740993'],
  ["JSON_STRING('a\u0001/ä')", '"a\\u0001/ä"'],
]);

check('JSON_QUOTE and JSON_UNQUOTE', [
  [`JSON_QUOTE('\t\n"\\/\u{1f600}')`, '"\\t\\n\\"\\\\\\/\\ud83d\\ude00"'],
  [`JSON_UNQUOTE(JSON_QUOTE('\t\n"\\/\u{1f600}'))`, '\t\n"\\/\u{1f600}'],
  [`JSON_UNQUOTE('"["abc"]"')`, '["abc"]'],
  [`JSON_UNQUOTE('""')`, ''],
  [`JSON_UNQUOTE('"')`, '"'],
  ['JSON_UNQUOTE(CAST(NULL AS STRING))', 'NULL'],
]);

test('types: results of paths are nullable, constructed JSON is not', () => {
  assert.equal(typeOfSql(`JSON_VALUE('{}', '$.a' RETURNING INT)`), 'INT');
  assert.equal(typeOfSql(`JSON_QUERY('{}', '$.a' RETURNING ARRAY<INT>)`), 'ARRAY<INT>');
  assert.equal(typeOfSql(`JSON_EXISTS('{}', '$.a')`), 'BOOLEAN NOT NULL');
  assert.equal(typeOfSql(`JSON_EXISTS('{}', '$.a' UNKNOWN ON ERROR)`), 'BOOLEAN');
  assert.equal(typeOfSql('JSON_ARRAY(CAST(NULL AS INT))'), 'STRING NOT NULL');
});

test('errors name the function and the reason', () => {
  fails(`JSON_VALUE('{}', '$.a' ERROR ON ERROR)`, 'INVALID_VALUE', /^JSON_VALUE: no results for path \$\.a$/);
  fails(`JSON_VALUE('{}', 'lax $.a' ERROR ON EMPTY)`, 'INVALID_VALUE', /^JSON_VALUE: the path leads to no scalar$/);
  fails(`JSON_VALUE('{"a": "x"}', '$.a' RETURNING INT ERROR ON ERROR)`, 'INVALID_VALUE', /^JSON_VALUE: "x" does not become INT$/);
  fails(`JSON_QUERY('{}', 'lax $.a' ERROR ON EMPTY)`, 'INVALID_VALUE', /leads nowhere/);
  fails(`JSON_EXISTS('{', '$.a' ERROR ON ERROR)`, 'INVALID_VALUE', /the text is not JSON/);
  fails(`JSON_VALUE('{}', '$.')`, 'INVALID_ARGUMENT', /is not a JSON path/);
  fails(`JSON_VALUE('{}', '$.a' RETURNING DATE)`, 'INVALID_ARGUMENT', /^JSON_VALUE does not return DATE$/);
  fails(`JSON_QUERY('{}', '$.a' RETURNING INT)`, 'INVALID_ARGUMENT', /^JSON_QUERY does not return INT$/);
  fails(`JSON_QUERY('{}', '$.a' RETURNING ARRAY<STRING> EMPTY OBJECT ON ERROR)`, 'INVALID_ARGUMENT', /EMPTY OBJECT/);
  fails(`JSON_VALUE('{}', '$.a' NULL ON EMPTY NULL ON EMPTY)`, 'INVALID_ARGUMENT', /^ON EMPTY stands twice in one call$/);
  fails(`JSON_VALUE(X'00', '$.a')`, 'TYPE_MISMATCH', /does not take/);
  fails(`JSON('{}')`, 'INVALID_ARGUMENT', /stands only as a value/);
  fails(`JSON_OBJECT(CAST(NULL AS STRING) VALUE 1)`, 'INVALID_ARGUMENT', /keys of JSON_OBJECT/);
  fails(`JSON_OBJECT('a' VALUE JSON('{'))`, 'INVALID_VALUE', /is not JSON/);
  fails(`JSON_STRING(DATE '2026-01-01')`, 'TYPE_MISMATCH', /does not write DATE as JSON/);
  fails(`JSON_STRING(MAP[1, 2])`, 'TYPE_MISMATCH', /does not write MAP<INT, INT> as JSON/);
});

test('a reader parses a text once', () => {
  const read = createJsonReader();
  assert.equal(read('{"a": 1}'), read('{"a": 1}'));
  assert.equal(read('{'), undefined);
  assert.equal(read('{'), undefined);
  for (const text of ['1', '2', '3', '4', '5']) assert.equal(read(text), Number(text));
  assert.deepEqual(read('{"a": 1}'), { a: 1 });
});
