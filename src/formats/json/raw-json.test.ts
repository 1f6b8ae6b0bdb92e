import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compactJson, elementsOf, membersOf } from './raw-json.js';

/** JSON texts with space between their tokens. */
const spaced = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));

test('members and elements are found as JSON.parse finds them', () => {
  fc.assert(
    fc.property(spaced, text => {
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value))
        assert.deepEqual(
          elementsOf(text).map(raw => JSON.parse(raw) as unknown),
          value,
        );
      else if (typeof value === 'object' && value !== null) {
        const members = Array.from(membersOf(text), ([name, raw]): [string, unknown] => [name, JSON.parse(raw)]);
        assert.deepEqual(new Map(members), new Map(Object.entries(value)));
      }
    }),
  );
});

test('compacting takes away space between tokens and nothing else', () => {
  fc.assert(fc.property(spaced, text => assert.equal(compactJson(text), JSON.stringify(JSON.parse(text)))));
  assert.equal(compactJson(' { "a b" : [ 1.0 , "x\\" y" ] } '), '{"a b":[1.0,"x\\" y"]}');
});
