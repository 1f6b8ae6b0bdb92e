import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMemorySize } from './memory-size.js';

for (const [text, bytes] of [
  ['64 kb', 65_536],
  ['1mb', 1_048_576],
  ['2 GiB', 2_147_483_648],
  ['3 bytes', 3],
  ['12', 12],
  ['0', 0],
  ['1.5 mb', undefined],
  ['mb', undefined],
  ['1 tb', undefined],
  ['1 constructor', undefined],
  ['', undefined],
] as const) {
  test(`"${text}" is ${bytes === undefined ? 'no size' : `${bytes} bytes`}`, () => assert.equal(parseMemorySize(text), bytes));
}
