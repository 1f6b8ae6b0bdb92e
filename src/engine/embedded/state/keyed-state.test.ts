import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Value } from '../../../spec/batch.js';
import { arrayOf, BIGINT, BOOLEAN, BYTES, DOUBLE, INT, STRING, type DataType } from '../../../spec/data-type.js';
import { equalValues } from '../../../planner/functions/compare-values.js';
import { arbitraryValue } from '../../../testing/arbitrary-value.test.fixture.js';
import { encodeKey, KeyedState } from './keyed-state.js';

test('what is stored for a key is found by an equal key', () => {
  const state = new KeyedState<{ n: number }>();
  const made = state.getOrCreate(['a', null], () => ({ n: 1 }));
  assert.equal(
    state.getOrCreate(['a', null], () => ({ n: 2 })),
    made,
  );
  assert.equal(state.get(['a', '']), undefined);
  state.set(['b', 1], { n: 3 });
  assert.equal(state.size, 2);
  state.delete(['a', null]);
  assert.deepEqual([...state.entries()], [[['b', 1], { n: 3 }]]);
});

test('a snapshot shares nothing with the state', () => {
  const state = new KeyedState<{ n: number }>();
  const value = state.getOrCreate([1], () => ({ n: 1 }));
  const snapshot = state.snapshot();
  value.n = 2;
  const restored = new KeyedState<{ n: number }>();
  restored.set([9], { n: 9 });
  restored.restore(snapshot);
  assert.deepEqual([...restored.entries()], [[[1], { n: 1 }]]);
});

test('keys come in the order in which they were first seen, also after a restore', () => {
  const state = new KeyedState<number>();
  for (const key of ['c', 'a', 'b', 'a']) state.getOrCreate([key], () => 0);
  const restored = new KeyedState<number>();
  restored.restore(state.snapshot());
  assert.deepEqual(
    [...restored.entries()].map(([key]) => key),
    [['c'], ['a'], ['b']],
  );
});

test('NULL is a key of its own, and the empty list is one', () => {
  const codes = [encodeKey([null]), encodeKey([]), encodeKey(['']), encodeKey([null, null]), encodeKey(['_'])];
  assert.equal(new Set(codes).size, codes.length);
  assert.equal(encodeKey([NaN]), NaN);
});

test('a MAP is the same key in any order of its entries', () => {
  const one = new Map<Value, Value>([
    ['a', 1],
    ['b', 2],
  ]);
  const other = new Map<Value, Value>([
    ['b', 2],
    ['a', 1],
  ]);
  assert.equal(encodeKey([one, 0]), encodeKey([other, 0]));
  assert.notEqual(
    encodeKey([one, 0]),
    encodeKey([
      new Map<Value, Value>([
        ['a', 2],
        ['b', 1],
      ]),
      0,
    ]),
  );
});

test('bytes are keys by their content', () => {
  const buffer = new Uint8Array([9, 1, 2, 3]);
  assert.equal(encodeKey([buffer.subarray(1, 3)]), encodeKey([new Uint8Array([1, 2])]));
  assert.notEqual(encodeKey([buffer.subarray(1, 3)]), encodeKey([buffer.subarray(1, 4)]));
});

const ROW: DataType = {
  kind: 'ROW',
  fields: [
    { name: 'a', type: INT },
    { name: 'b', type: STRING },
  ],
  nullable: true,
};
const MAP: DataType = { kind: 'MAP', key: STRING, value: INT, nullable: true };
const TYPES: readonly DataType[] = [BOOLEAN, INT, BIGINT, DOUBLE, STRING, BYTES, arrayOf(STRING), arrayOf(arrayOf(INT)), ROW, MAP];

test('property: two keys of the same types have one code exactly when they are equal', () => {
  const pairs = fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }).chain(types => {
    const key = fc.tuple(...types.map(arbitraryValue));
    // Equal keys are rare among random ones.
    return fc.tuple(key, key, fc.boolean()).map(([a, b, same]) => [a, same ? structuredClone(a) : b] as const);
  });
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      const areEqual = a.every((value, i) => equalValues(value, b[i]!) || (Number.isNaN(value) && Number.isNaN(b[i])));
      assert.equal([encodeKey(a)].includes(encodeKey(b)), areEqual);
    }),
  );
});
