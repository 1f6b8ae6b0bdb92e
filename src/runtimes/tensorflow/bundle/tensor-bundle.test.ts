import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import snappy from 'snappyjs';
import { MillraceError } from '../../../common/error.js';
import { savedModelSchema } from '../proto/saved-model-schema.js';
import { maskedCrc } from './masked-crc.js';
import { sliceKey } from './slice-key.js';
import { readTable } from './table-reader.js';
import { TensorBundle } from './tensor-bundle.js';

const FOLDER = 'tests/fixtures/tensorflow';

function bundleOf(name: string, index: Uint8Array = readFileSync(`${FOLDER}/${name}/variables/variables.index`)): TensorBundle {
  return new TensorBundle(index, savedModelSchema(), {
    read: (shard, shards, { offset, size }) =>
      readFileSync(`${FOLDER}/${name}/variables/variables.data-0000${shard}-of-0000${shards}`).subarray(offset, offset + size),
  });
}

/** The same table with its blocks packed by snappy, as TensorFlow Serving's own test data has them. */
function packed(index: Uint8Array): Buffer {
  const entries = readTable(index);
  const out: Buffer[] = [];
  let length = 0;
  const varint = (value: number): Buffer => {
    const bytes: number[] = [];
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return Buffer.from([...bytes, rest]);
      bytes.push((rest % 128) | 128);
    }
  };
  const block = (pairs: readonly (readonly [Buffer, Uint8Array])[], isPacked: boolean): Buffer => {
    let last: Uint8Array = Buffer.alloc(0);
    const parts = pairs.flatMap(([key, value]) => {
      let shared = 0;
      while (shared < Math.min(last.length, key.length) && last[shared] === key[shared]) shared++;
      last = key;
      return [varint(shared), varint(key.length - shared), varint(value.length), key.subarray(shared), Buffer.from(value)];
    });
    const restarts = Buffer.alloc(8);
    restarts.writeUInt32LE(1, 4);
    const plain = Buffer.concat([...parts, restarts]);
    const data = isPacked ? Buffer.from(snappy.compress(new Uint8Array(plain))) : plain;
    const typed = Buffer.concat([data, Buffer.from([isPacked ? 1 : 0])]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(maskedCrc(typed));
    const handle = Buffer.concat([varint(length), varint(data.length)]);
    out.push(typed, sum);
    length += typed.length + 4;
    return handle;
  };
  const pairs = [...entries].map(([key, value]) => [Buffer.from(key, 'latin1'), value] as const);
  const middle = Math.ceil(pairs.length / 2);
  const handles = [pairs.slice(0, middle), pairs.slice(middle)].map(part => [part.at(-1)![0], block(part, true)] as const);
  const meta = block([], false);
  const root = block(handles, true);
  const footer = Buffer.alloc(48);
  Buffer.concat([meta, root]).copy(footer);
  footer.writeBigUInt64LE(0xdb4775248b80fb57n, 40);
  return Buffer.concat([...out, footer]);
}

test('blocks packed by snappy hold the same entries, and their checksums are checked', () => {
  const index = readFileSync(`${FOLDER}/dense/variables/variables.index`);
  const small = packed(index);
  assert.notDeepEqual(small, index);
  assert.deepEqual([...readTable(small)], [...readTable(index)]);
  const key = bundleOf('dense')
    .keys()
    .find(name => name.includes('kernel') || name.includes('_variables'))!;
  assert.deepEqual(bundleOf('dense', small).read(key), bundleOf('dense').read(key));
  for (const at of [3, 40, small.length - 60]) {
    const broken = Buffer.from(small);
    broken[at]! ^= 4;
    assert.throws(
      () => readTable(broken),
      error => MillraceError.is(error) && /checksum/.test(error.message),
    );
  }
});

test('a partitioned variable is put together, whole and in parts', () => {
  const bundle = bundleOf('partitioned');
  const whole = bundle.read('table');
  assert.deepEqual(whole.shape, [10, 4]);
  const part = bundle.read('table', '10 4 4,3:0,4');
  assert.deepEqual(part.shape, [3, 4]);
  assert.deepEqual([...(part.data as Float32Array)], [...(whole.data as Float32Array).subarray(16, 28)]);
  const columns = bundle.read('w', '4 200 -:100,100');
  assert.deepEqual(columns.shape, [4, 100]);
  assert.equal(columns.data[0], bundle.read('w').data[100]);
  assert.throws(() => bundle.read('w', '4 200 0,4:150,100'), /has no part/);
});

test('keys of slices are those of TensorFlow', () => {
  const hex = (key: string): string => Buffer.from(key, 'latin1').toString('hex');
  assert.equal(hex(sliceKey('w', [{ start: 0, length: 4 }])), '0077000101018084');
  // 63 is the last number of one byte, 64 takes two; -1 stands for all of an axis.
  assert.equal(hex(sliceKey('w', [{ start: 63, length: -1 }])), '007700010101bf7f');
  assert.equal(hex(sliceKey('w', [{ start: 64, length: 8192 }])), '007700010101c040e02000');
  assert.equal(hex(sliceKey('a\0ÿ', [])), '006100ffff00000100');
});

test('values in two files are read from both, and checked', () => {
  const bundle = bundleOf('shards');
  assert.deepEqual(bundle.keys(), ['b', 'w']);
  assert.deepEqual([bundle.read('w').shape, bundle.read('b').shape], [[2, 3], [3]]);
  const damaged = new TensorBundle(readFileSync(`${FOLDER}/shards/variables/variables.index`), savedModelSchema(), {
    read: (_, _shards, { size }) => new Uint8Array(size),
  });
  assert.throws(() => damaged.read('w'), /variable "w" has another checksum/);
  const short = new TensorBundle(readFileSync(`${FOLDER}/shards/variables/variables.index`), savedModelSchema(), {
    read: () => new Uint8Array(1),
  });
  assert.throws(() => short.read('w'), /reaches beyond the end of its file/);
});
