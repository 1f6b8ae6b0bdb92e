import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { locateJsonError } from './locate-json-error.js';

const CASES: readonly (readonly [text: string, at: number, expected: string])[] = [
  ['', 0, 'a value'],
  ['{', 1, 'a name or "}"'],
  ['{"a"', 4, '":"'],
  ['{"a":}', 5, 'a value'],
  ['{"a":1,}', 7, 'a name'],
  ['[1,]', 3, 'a value'],
  ['[', 1, 'a value or "]"'],
  ['[1 2]', 3, '"," or "]"'],
  ['{"a":1 "b":2}', 7, '"," or "}"'],
  ['{"a":01}', 6, '"," or "}"'],
  ['nul', 0, 'a value'],
  ['1 2', 2, 'end of the record'],
  ['{}}', 2, 'end of the record'],
  ['{"a":"x', 5, 'an end of this string'],
  ['{"a":"x\ty"}', 7, 'a string without control characters'],
  ['{"a":"\\q"}', 6, 'an escape such as "\\n" or "\\u0041"'],
  ['[[1}]', 3, '"," or "]"'],
];

for (const [text, at, expected] of CASES) {
  test(`${JSON.stringify(text)} breaks off at ${at}`, () => assert.deepEqual(locateJsonError(text), { at, expected }));
}

test('a broken text breaks off at or before the place where it was broken', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom('', '}', ']', ',', '"', 'x', '\u0001'), (text, seed, put) => {
      const place = seed % (text.length + 1);
      const broken = text.slice(0, place) + put + text.slice(place + 1);
      try {
        JSON.parse(broken);
      } catch {
        const { at } = locateJsonError(broken);
        assert.ok(at >= 0 && at <= broken.length);
      }
    }),
  );
});
