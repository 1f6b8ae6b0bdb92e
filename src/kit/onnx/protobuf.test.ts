import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeField, encodeIntegerField, joinBytes, readFields, readIntegers, readText } from './protobuf.js';

test('fields are found again with their numbers and contents', () => {
  const field = fc.oneof(
    fc.record({ number: fc.integer({ min: 1, max: 2 ** 29 - 1 }), text: fc.string({ unit: 'grapheme', maxLength: 300 }) }),
    fc.record({ number: fc.integer({ min: 1, max: 100 }), value: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) }),
  );
  fc.assert(
    fc.property(fc.array(field), fields => {
      const bytes = joinBytes(
        fields.map(one => ('text' in one ? encodeField(one.number, one.text) : encodeIntegerField(one.number, one.value))),
      );
      const read = readFields(bytes)!;
      assert.deepEqual(
        read.map(one => one.number),
        fields.map(one => one.number),
      );
      for (const [i, one] of fields.entries()) {
        if ('text' in one) assert.equal(readText(bytes, read[i]!), one.text);
        else assert.deepEqual(readIntegers(bytes, read[i]!), [BigInt(one.value)]);
      }
    }),
  );
});

test('a packed field of signed integers is read as all of them', () => {
  const minusOne = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
  const bytes = encodeField(8, joinBytes([Uint8Array.of(3), minusOne, Uint8Array.of(0x80, 0x01)]));
  assert.deepEqual(readIntegers(bytes, readFields(bytes)![0]!), [3n, -1n, 128n]);
});

test('fields of four and eight bytes are passed over', () => {
  const bytes = Uint8Array.of(0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x18, 7);
  assert.deepEqual(
    readFields(bytes)!.map(({ number, start, end }) => [number, start, end]),
    [
      [1, 1, 5],
      [2, 6, 14],
      [3, 15, 16],
    ],
  );
});

test('a message that ends too early, or has a tag that does not exist, is none', () => {
  const bytes = encodeField(7, 'content');
  assert.equal(readFields(bytes.subarray(0, bytes.length - 1)), undefined);
  assert.equal(readFields(Uint8Array.of(0x08)), undefined);
  assert.equal(readFields(Uint8Array.of(0x0b, 1)), undefined);
  assert.equal(readFields(Uint8Array.of(0x00, 1)), undefined);
  assert.equal(readFields(new Uint8Array(11).fill(0xff)), undefined);
});
