import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { doubleToHalf } from '../float16.js';
import { bfloat16ToDouble, doubleToBfloat16 } from './bfloat16.js';
import { fromBinary, toBinary } from './binary-tensor.js';
import { fromJsonData, isJsonElement, parseTensorJson, toJsonData } from './json-tensor.js';
import { allocateElements, DATATYPES, elementBytes, integerRange, type Datatype, type Tensor, type TensorData } from './tensor.js';

function tensor(datatype: Datatype, data: TensorData, shape: readonly number[] = [data.length]): Tensor {
  return { name: 't', datatype, shape, data };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

test('binary form: little-endian, row-major, one byte a BOOL, a length of four bytes before each of BYTES', () => {
  const cases: readonly (readonly [Tensor, string])[] = [
    [tensor('UINT32', new Uint32Array([1, 2, 3, 0x01020304]), [2, 2]), '01000000020000000300000004030201'],
    [tensor('BOOL', new Uint8Array([1, 0, 1])), '010001'],
    [tensor('INT16', new Int16Array([-2])), 'feff'],
    [tensor('INT64', new BigInt64Array([-(2n ** 63n)])), '0000000000000080'],
    [tensor('UINT64', new BigUint64Array([2n ** 64n - 1n])), 'ffffffffffffffff'],
    [tensor('FP32', new Float32Array([1.5])), '0000c03f'],
    [tensor('FP64', new Float64Array([-2])), '00000000000000c0'],
    [tensor('FP16', new Uint16Array([doubleToHalf(1)])), '003c'],
    [tensor('BF16', new Uint16Array([doubleToBfloat16(1)])), '803f'],
    [tensor('BYTES', ['ü', '', new Uint8Array([0, 255])]), '02000000c3bc000000000200000000ff'],
  ];
  for (const [given, expected] of cases) assert.equal(hex(toBinary(given)), expected, given.datatype);
});

test('JSON form: flat, integers with all digits, words for BOOL, escaped texts', () => {
  assert.equal(toJsonData(tensor('INT64', new BigInt64Array([9_007_199_254_740_993n, -1n]))), '[9007199254740993,-1]');
  assert.equal(toJsonData(tensor('BOOL', new Uint8Array([1, 0]))), '[true,false]');
  assert.equal(toJsonData(tensor('FP32', new Float32Array([1.5, -0.25]))), '[1.5,-0.25]');
  assert.equal(toJsonData(tensor('FP16', new Uint16Array([0x3c00]))), '[1]');
  assert.equal(toJsonData(tensor('BYTES', ['a"\n', new Uint8Array([0xc3, 0xbc])])), '["a\\"\\n","ü"]');
});

/** Any tensor of a datatype, with values over its whole range. */
function anyTensor(datatype: Datatype): fc.Arbitrary<Tensor> {
  return fc.tuple(fc.nat(4), fc.nat(5)).chain(([rows, width]) => {
    const length = rows * width;
    const filled = (elements: fc.Arbitrary<unknown>): fc.Arbitrary<Tensor> =>
      fc.array(elements, { minLength: length, maxLength: length }).map(items => {
        const data = allocateElements(datatype, length);
        for (const [i, item] of items.entries()) (data as unknown[])[i] = item;
        return tensor(datatype, data, [rows, width]);
      });
    const range = integerRange(datatype);
    if (range !== undefined) {
      const [min, max] = range;
      const long = fc.bigInt({ min, max });
      return filled(datatype.endsWith('64') ? long : long.map(Number));
    }
    if (datatype === 'BYTES') return filled(fc.string({ unit: 'binary' }));
    if (datatype === 'BOOL') return filled(fc.nat(1));
    if (datatype === 'FP64') return filled(fc.double({ noNaN: true }));
    if (datatype === 'FP32') return filled(fc.float({ noNaN: true }));
    const isNumber = (bits: number): boolean => (datatype === 'FP16' ? (bits & 0x7c00) !== 0x7c00 : (bits & 0x7f80) !== 0x7f80);
    return filled(fc.nat(0xffff).filter(isNumber));
  });
}

function texts(data: TensorData): unknown[] {
  return Array.from(data as ArrayLike<unknown>, item => (item instanceof Uint8Array ? Buffer.from(item).toString() : item));
}

for (const datatype of DATATYPES) {
  test(`${datatype} comes back from the binary form, wherever it stands in a body`, () => {
    fc.assert(
      fc.property(anyTensor(datatype), fc.nat(7), (given, offset) => {
        const body = Buffer.concat([Buffer.alloc(offset), toBinary(given)]);
        const back = fromBinary(body.subarray(offset), datatype, given.shape);
        assert.deepEqual(texts(back!), texts(given.data));
      }),
    );
  });

  test(`${datatype} comes back from the JSON form`, () => {
    fc.assert(
      fc.property(anyTensor(datatype), given => {
        const text = `{"datatype":"${datatype}","data":${toJsonData(given)}}`;
        const { data } = parseTensorJson(text) as { data: unknown };
        const back = fromJsonData(data, datatype, given.shape);
        // JSON has no form of its own for -0 that all writers use.
        const plain = (items: unknown[]): unknown[] => items.map(item => (item === 0 ? 0 : item));
        const negativeZero = datatype === 'FP16' || datatype === 'BF16' ? 0x8000 : undefined;
        const zeros = (items: unknown[]): unknown[] => plain(items).map(item => (item === negativeZero ? 0 : item));
        assert.deepEqual(zeros(texts(back!)), zeros(texts(given.data)));
      }),
    );
  });

  test(`${datatype}: data of another length is none`, () => {
    const size = elementBytes(datatype) ?? 4;
    assert.equal(fromBinary(new Uint8Array(2 * size + 1), datatype, [2]), undefined);
    assert.equal(fromBinary(new Uint8Array(size), datatype, [2]), undefined);
    assert.equal(fromJsonData([], datatype, [1]), undefined);
    assert.equal(fromJsonData({}, datatype, [1]), undefined);
    assert.equal(fromJsonData([{}], datatype, [1]), undefined);
  });
}

test('BYTES whose lengths point beyond the data are none', () => {
  assert.equal(fromBinary(Buffer.from('05000000616263', 'hex'), 'BYTES', [1]), undefined);
  assert.equal(fromBinary(Buffer.from('01000000610100', 'hex'), 'BYTES', [1]), undefined);
  assert.equal(fromBinary(Buffer.from('0100000061', 'hex'), 'BYTES', [2]), undefined);
});

test('nested data is read in row-major order', () => {
  assert.deepEqual(
    fromJsonData(
      [
        [1, 2],
        [3, 4],
      ],
      'INT8',
      [2, 2],
    ),
    new Int8Array([1, 2, 3, 4]),
  );
});

test('numbers out of the range of their type are none', () => {
  for (const [datatype, value] of [
    ['INT8', 128],
    ['UINT8', -1],
    ['UINT32', 2 ** 32],
    ['INT32', 1.5],
    ['INT64', '9223372036854775808'],
    ['UINT64', '-1'],
    ['BOOL', 2],
    ['FP32', 'many'],
  ] as const)
    assert.equal(fromJsonData([value], datatype, [1]), undefined, datatype);
});

test('long integers, NaN and infinities are read from JSON, and strings that look like them stay as they are', () => {
  const text =
    '{"outputs":[{"name":"NaN 1234567890123456789","datatype":"INT64","data":[9007199254740993,-9223372036854775808,7]},' +
    '{"name":"b","datatype":"FP64","data":[NaN,Infinity,-Infinity,-Inf,1234567890123456.5,0.1234567890123456789,1e300]}]}';
  const { outputs } = parseTensorJson(text) as { outputs: { name: string; data: unknown }[] };
  assert.equal(outputs[0]!.name, 'NaN 1234567890123456789');
  assert.deepEqual(fromJsonData(outputs[0]!.data, 'INT64', [3]), new BigInt64Array([9_007_199_254_740_993n, -(2n ** 63n), 7n]));
  assert.deepEqual(
    fromJsonData(outputs[1]!.data, 'FP64', [7]),
    new Float64Array([NaN, Infinity, -Infinity, -Infinity, 1_234_567_890_123_456.5, 0.123_456_789_012_345_68, 1e300]),
  );
  assert.throws(() => parseTensorJson('{"data":[NaN'), SyntaxError);
});

test('what JSON cannot tell', () => {
  assert.deepEqual([1, NaN, -Infinity].map(isJsonElement), [true, false, false]);
  assert.deepEqual([Buffer.from('ü'), Buffer.from([0xff])].map(isJsonElement), [true, false]);
});

test('bfloat16: exact values, ties to even, one rounding, and the ends of the range', () => {
  for (const [value, bits] of [
    [0, 0],
    [-0, 0x8000],
    [1, 0x3f80],
    [-2, 0xc000],
    [1 + 2 ** -8, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3f82],
    [1 + 2 ** -8 + 2 ** -40, 0x3f81],
    [2 ** -133, 0x0001],
    [2 ** -134, 0x0000],
    [3.389_531_389_251_535_5e38, 0x7f7f],
    [3.4e38, 0x7f80],
    [1e300, 0x7f80],
    [-Infinity, 0xff80],
    [NaN, 0x7fc0],
  ] as const)
    assert.equal(doubleToBfloat16(value), bits, String(value));
  fc.assert(
    fc.property(fc.nat(0xffff), bits => {
      const value = bfloat16ToDouble(bits);
      assert.equal(doubleToBfloat16(value), Number.isNaN(value) ? 0x7fc0 : bits);
    }),
  );
});
