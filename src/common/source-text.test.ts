import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { lineColumn, lineOf } from './source-text.js';

test('lines and columns count from 1', () => {
  const text = 'ab\n\ncd';
  assert.deepEqual(
    [0, 2, 3, 4, 6].map(offset => lineColumn(text, offset)),
    [
      { line: 1, column: 1 },
      { line: 1, column: 3 },
      { line: 2, column: 1 },
      { line: 3, column: 1 },
      { line: 3, column: 3 },
    ],
  );
});

test('the part of a span on its first line', () => {
  assert.deepEqual(lineOf('ab\ncdef\ng', { start: 4, end: 6 }), { line: 'cdef', from: 1, to: 3 });
  assert.deepEqual(lineOf('ab\ncdef\ng', { start: 6, end: 9 }), { line: 'cdef', from: 3, to: 4 });
  assert.deepEqual(lineOf('ab', { start: 2, end: 2 }), { line: 'ab', from: 2, to: 3 });
});

test('property: line and column lead back to the offset', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\n', 'é') }), fc.nat(), (text, pick) => {
      const offset = pick % (text.length + 1);
      const { line, column } = lineColumn(text, offset);
      const before = text
        .split('\n')
        .slice(0, line - 1)
        .reduce((sum, each) => sum + each.length + 1, 0);
      assert.equal(before + column - 1, offset);
    }),
  );
});
