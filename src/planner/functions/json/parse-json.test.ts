import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bigDecimalText } from './json-value.js';
import { parseJson } from './parse-json.js';
import { writeJson } from './write-json.js';

function rewritten(text: string): string | undefined {
  const value = parseJson(text);
  return value === undefined ? undefined : writeJson(value);
}

test('numbers keep their digits and their exponent, as BigDecimal shows them', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['0', '0'],
    ['-0', '0'],
    ['9007199254740993', '9007199254740993'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['123456789.987654321', '123456789.987654321'],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['13.370', '13.370'],
    ['1.0', '1.0'],
    ['-0.0', '0.0'],
    ['1e3', '1E+3'],
    ['1.5E2', '1.5E+2'],
    ['12e-1', '1.2'],
    ['0.000001', '0.000001'],
    ['0.0000001', '1E-7'],
    ['1e400', '1E+400'],
  ];
  for (const [json, expected] of cases) {
    assert.equal(rewritten(json), expected, json);
    assert.equal(rewritten(`{"a": [${json}]}`), `{"a":[${expected}]}`, json);
    assert.equal(rewritten(` ${json} rest`), expected, json);
  }
});

test('a decimal literal becomes the text of BigDecimal', () => {
  for (const [literal, text] of [
    ['1.50', '1.50'],
    ['1.0E10', '1.0E+10'],
    ['10.0E-1', '1.00'],
    ['0.00', '0.00'],
    ['-12.5', '-12.5'],
    ['1.23E-10', '1.23E-10'],
  ]) {
    assert.equal(bigDecimalText(literal!), text);
  }
});

test('what stands behind the first value does not matter, unless it touches a number or a word', () => {
  assert.equal(rewritten('{"a": 1} and more'), '{"a":1}');
  assert.equal(rewritten('"a"b'), '"a"');
  assert.equal(rewritten('12 13'), '12');
  assert.equal(rewritten('true\nfalse'), 'true');
  for (const text of [
    '12abc',
    'truest',
    'nul',
    '',
    ' ',
    '{',
    '[1,',
    '[1 2]',
    '{"a"}',
    "{'a': 1}",
    '01',
    '.5',
    '1.',
    'NaN',
    '"\u0001"',
    '"\\x"',
    '{1: 2}',
    '[1,]',
  ]) {
    assert.equal(rewritten(text), undefined, text);
  }
});

test('members are written in order of their names; of equal names the last counts', () => {
  assert.equal(rewritten('{"b": 1, "a": {"d": [], "c": null}, "b": 2}'), '{"a":{"c":null,"d":[]},"b":2}');
  assert.equal(rewritten('{"10": 1, "9": 2, "__proto__": 3}'), '{"10":1,"9":2,"__proto__":3}');
  assert.equal(rewritten('{"\uffff": 1, "\u{1f600}": 2}'), '{"\u{1f600}":2,"\uffff":1}');
});

test('strings are escaped as little as JSON allows', () => {
  assert.equal(rewritten('"\\u00e4\\/ \\u001f\\b\\f\\n\\r\\t\\"\\\\ \\ud83d\\ude00"'), '"ä/ \\u001F\\b\\f\\n\\r\\t\\"\\\\ \u{1f600}"');
});

test('values stand 1,000 deep at most', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  assert.equal(rewritten(nested(1_000)), nested(1_000));
  assert.equal(rewritten(nested(1_002)), undefined);
  assert.equal(rewritten(nested(100_000)), undefined);
  assert.equal(rewritten(`"${'['.repeat(5_000)}"`), `"${'['.repeat(5_000)}"`);
});
