import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { seededRandom } from '../../kit/seeded-random.js';
import type { TensorData } from '../../spec/element-type.js';
import { encodeFrame, FrameReader, type Frame } from './frame.js';
import { readMessage, readTensors } from './sidecar-protocol.js';
import { decodeTensor, encodeTensor } from './tensor-bytes.js';

const RESULT = {
  kind: 'result',
  id: 7,
  peak: 1_000,
  tensors: [
    { name: 'a', element: 'float32', shape: [2, 1], bytes: 8 },
    { name: 'b', element: 'string', shape: [2], bytes: 12 },
    { name: 'c', element: null, shape: [], bytes: 0 },
    { name: 'd', element: 'int64', shape: [1], bytes: 8 },
  ],
};
const PARTS = [encodeTensor(Float32Array.of(1.5, -2)), encodeTensor(['ä', 'xy']), encodeTensor(BigInt64Array.of(-(2n ** 60n)))];

function read(bytes: Uint8Array, step: number): Frame[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (let from = 0; from < bytes.length; from += step) frames.push(...reader.push(Buffer.from(bytes.subarray(from, from + step))));
  return frames;
}

function tensorsOf(frame: Frame): unknown[] {
  const message = readMessage(frame);
  return message.kind === 'result' ? readTensors(message, frame.payload).map(({ data }) => data) : [message];
}

test('frames come out whole, however they are cut', () => {
  const pong = { kind: 'pong', id: 1 };
  const bytes = Buffer.concat([...encodeFrame(pong), ...encodeFrame(RESULT, PARTS), ...encodeFrame(pong)]);
  const expected = [pong, Float32Array.of(1.5, -2), ['ä', 'xy'], undefined, BigInt64Array.of(-(2n ** 60n)), pong];
  for (const step of [1, 2, 7, 12, 13, bytes.length]) assert.deepEqual(read(bytes, step).flatMap(tensorsOf), expected);
});

test('tensors of every type keep their values', () => {
  const cases: readonly (readonly [Parameters<typeof decodeTensor>[0], TensorData])[] = [
    ['float64', Float64Array.of(Number.NaN, -0, 5e-324)],
    ['float16', Uint16Array.of(0x3c_00)],
    ['int8', Int8Array.of(-128)],
    ['uint32', Uint32Array.of(4_294_967_295)],
    ['bool', Uint8Array.of(0, 1)],
    ['string', ['', '\0', '𝄞']],
  ];
  for (const [element, data] of cases) assert.deepEqual(decodeTensor(element, Buffer.from(encodeTensor(data)), data.length), data);
  // A part of a larger array is only that part.
  assert.deepEqual(decodeTensor('float32', Buffer.from(encodeTensor(Float32Array.of(1, 2, 3).subarray(1))), 2), Float32Array.of(2, 3));
});

test('lengths that do not fit are refused before anything is kept for them', () => {
  const huge = Buffer.alloc(12);
  huge.writeUInt32LE(0xff_ff_ff_ff, 0);
  assert.throws(() => read(huge, 12), { code: 'PREDICTION_FAILED' });
  assert.equal(decodeTensor('float64', Buffer.alloc(8), 2 ** 40), undefined);
  assert.equal(decodeTensor('string', Buffer.alloc(8), 2 ** 40), undefined);
  const wrongs = [
    { ...RESULT, tensors: [{ name: 'a', element: 'float32', shape: [3], bytes: 8 }] },
    { ...RESULT, tensors: [{ name: 'a', element: 'float32', shape: [2], bytes: 9_000 }] },
    { ...RESULT, tensors: RESULT.tensors.slice(1) },
    { ...RESULT, tensors: [{ name: 'a', element: 'float32', shape: [-1], bytes: 8 }] },
    { ...RESULT, id: 'x' },
    { kind: 'other' },
    null,
  ];
  for (const wrong of wrongs) {
    const [frame] = read(Buffer.concat(encodeFrame(wrong as object, PARTS)), 1_000);
    assert.throws(() => tensorsOf(frame!), { code: 'PREDICTION_FAILED' }, JSON.stringify(wrong));
  }
});

test('1,000 damaged frames give tensors or a clear refusal', () => {
  const random = seededRandom('frames');
  const whole = Buffer.concat(encodeFrame(RESULT, PARTS));
  let refused = 0;
  for (let i = 0; i < 1_000; i++) {
    const bytes = damaged(whole, random);
    try {
      read(bytes, 1 + Math.floor(random() * 40)).forEach(tensorsOf);
    } catch (error) {
      assert.ok(MillraceError.is(error), String(error));
      refused++;
    }
  }
  assert.ok(refused > 300, `${refused} refused`);
});

function damaged(bytes: Buffer, random: () => number): Buffer {
  const place = (): number => Math.floor(random() * bytes.length);
  const copy = Buffer.from(bytes);
  switch (Math.floor(random() * 4)) {
    case 0:
      return copy.subarray(0, place());
    case 1:
      for (let k = 0; k <= random() * 4; k++) copy[place()]! ^= 1 << Math.floor(random() * 8);
      return copy;
    case 2: {
      const [from, to] = [place(), place()].toSorted((a, b) => a - b);
      return Buffer.concat([copy.subarray(0, to), copy.subarray(from)]);
    }
    default:
      copy.writeUInt32LE(Math.floor(random() * 2 ** 32), Math.min(place(), copy.length - 4));
      return copy;
  }
}
