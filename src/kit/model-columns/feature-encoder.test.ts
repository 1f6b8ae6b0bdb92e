import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows, type Value } from '../../spec/batch.js';
import { arrayOf, BIGINT, BOOLEAN, decimal, DOUBLE, FLOAT, INT, STRING, type DataType, type Field } from '../../spec/data-type.js';
import type { ElementType } from '../../spec/element-type.js';
import { encodeFeed, findUnusableRows } from './feature-encoder.js';
import type { TensorFeed } from '../../spec/model-runtime.js';

function feedOf(element: ElementType, columns: number, width = columns): TensorFeed {
  return { name: 'x', element, columns: Array.from({ length: columns }, (_, i) => i), rowShape: [width], width };
}

function encode(element: ElementType, type: DataType, values: readonly Value[], width = 1): Value[] {
  const data = encodeFeed(
    batchOfRows(
      [{ name: 'c', type }],
      values.map(value => [value]),
    ),
    feedOf(element, 1, width),
  );
  return Array.from<Value>(data);
}

function problems(element: ElementType, type: DataType, values: readonly Value[], width = 1): [number, string][] {
  const field: Field = { name: 'c', type };
  const failures = findUnusableRows(
    batchOfRows(
      [field],
      values.map(value => [value]),
    ),
    [feedOf(element, 1, width)],
    [field],
  );
  for (const error of failures.values()) assert.equal(error.code, 'PREDICTION_FAILED');
  return [...failures].map(([row, error]) => [row, error.message]);
}

test('columns of several types stand side by side in each row, NULL as NaN', () => {
  const fields: Field[] = [DOUBLE, INT, BIGINT, decimal(5, 2), BOOLEAN].map((type, i) => ({ name: `c${i}`, type }));
  const batch = batchOfRows(fields, [
    [0.5, -3, 7, 125, true],
    [null, null, null, null, null],
    [0.1, 2, 9_007_199_254_740_993n, -5, false],
  ]);
  const data = encodeFeed(batch, feedOf('float32', 5));
  const f = Math.fround;
  assert.deepEqual(
    [...(data as Float32Array)],
    [0.5, -3, 7, 1.25, 1, NaN, NaN, NaN, NaN, NaN, f(0.1), 2, f(Number(9_007_199_254_740_993n)), f(-0.05), 0],
  );
});

test('BIGINT arrives exactly over all 64 bits', () => {
  const longs = [0, -1, 4_294_967_295, -4_294_967_296, 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n];
  assert.deepEqual(encode('int64', BIGINT, longs), longs.map(BigInt));
  assert.deepEqual(encode('int64', INT, [-5, 5]), [-5n, 5n]);
  assert.deepEqual(encode('int64', arrayOf(BIGINT), [[-5, 2n ** 60n]], 2), [-5n, 2n ** 60n]);
});

test('doubles are kept in double precision, and rounded to half where the model is of halves', () => {
  assert.deepEqual(encode('float64', DOUBLE, [0.1, null]), [0.1, NaN]);
  assert.deepEqual(encode('float16', DOUBLE, [1, -2, 0.1, null]), [0x3c00, 0xc000, 0x2e66, 0x7e00]);
  assert.deepEqual(encode('float16', arrayOf(DOUBLE), [[1, null]], 2), [0x3c00, 0x7e00]);
});

test('arrays are laid out row by row, a NULL inside or in place of one as NaN', () => {
  assert.deepEqual(encode('float32', arrayOf(FLOAT), [[1, 2], null, [null, 4]], 2), [1, 2, NaN, NaN, NaN, 4]);
  assert.deepEqual(encode('string', arrayOf(STRING), [['a', 'b']], 2), ['a', 'b']);
});

test('a model of floats takes every row', () => {
  assert.deepEqual(problems('float32', DOUBLE, [1, null, NaN]), []);
  assert.deepEqual(problems('float32', arrayOf(FLOAT), [null, [null, 1]], 2), []);
});

test('a NULL where the model has no missing value fails its row and names the column', () => {
  const message = 'column "c" is NULL, and the model knows no missing value there';
  assert.deepEqual(problems('int64', BIGINT, [1, null, 3]), [[1, message]]);
  assert.deepEqual(problems('string', STRING, [null, 'a']), [[0, message]]);
  assert.deepEqual(problems('bool', BOOLEAN, [true, null]), [[1, message]]);
  assert.deepEqual(problems('int32', INT, [null]), [[0, message]]);
  assert.deepEqual(problems('int64', arrayOf(BIGINT), [[1, null], null], 2), [
    [0, 'column "c" holds a NULL, and the model knows no missing value there'],
    [1, message],
  ]);
});

test('an integer outside the range of the model fails its row', () => {
  assert.deepEqual(problems('int32', BIGINT, [2 ** 31 - 1, 2 ** 31, 2n ** 60n, -(2 ** 31)]), [
    [1, 'column "c" has the value 2147483648, and the model takes int32 there'],
    [2, 'column "c" has the value 1152921504606846976, and the model takes int32 there'],
  ]);
  assert.deepEqual(problems('uint8', INT, [0, 255, -1]), [[2, 'column "c" has the value -1, and the model takes uint8 there']]);
  assert.deepEqual(problems('int8', arrayOf(INT), [[1, 128]], 2), [[0, 'column "c" holds the value 128, and the model takes int8 there']]);
});

test('an array of another length fails its row', () => {
  assert.deepEqual(problems('float32', arrayOf(FLOAT), [[1, 2], [1]], 2), [[1, 'column "c" has 1 values, and the model takes 2 there']]);
});

test('categories become the numbers of the encoder, NULL is NaN, and a category that it does not know fails its row', () => {
  const feed: TensorFeed = { ...feedOf('float32', 2), codes: [{ codes: new Map([['de', 3]]) }, undefined] };
  const fields: Field[] = [
    { name: 'country', type: STRING },
    { name: 'amount', type: DOUBLE },
  ];
  const rows = batchOfRows(fields, [
    ['de', 1],
    [null, 2],
  ]);
  assert.equal(findUnusableRows(rows, [feed], fields).size, 0);
  assert.deepEqual(Array.from<Value>(encodeFeed(rows, feed)), [3, 1, NaN, 2]);
  const unknown = findUnusableRows(
    batchOfRows(fields, [
      ['de', 1],
      ['fr', 2],
    ]),
    [feed],
    fields,
  );
  assert.deepEqual(
    [...unknown].map(([row, error]) => [row, error.message]),
    [[1, 'column "country" has the value "fr", which is none of the 1 categories that the model was trained with']],
  );
});

test('categories that are numbers are looked up by a column of numbers, and by text', () => {
  const codes = new Map([
    ['40', 0],
    ['-7', 1],
    ['9007199254740993', 2],
  ]);
  const encode = (type: DataType, values: readonly Value[], unknown?: number): Value[] => {
    const fields: Field[] = [{ name: 'size', type }];
    const feed: TensorFeed = { ...feedOf('float64', 1), codes: [{ codes, areNumbers: true, ...(unknown !== undefined && { unknown }) }] };
    const batch = batchOfRows(
      fields,
      values.map(value => [value]),
    );
    const failed = [...findUnusableRows(batch, [feed], fields).keys()];
    return failed.length > 0 ? ['failed', ...failed] : Array.from<Value>(encodeFeed(batch, feed));
  };
  assert.deepEqual(encode(BIGINT, [40, -7, 9_007_199_254_740_993n, null]), [0, 1, 2, NaN]);
  assert.deepEqual(encode(DOUBLE, [40, NaN, -7]), [0, NaN, 1]);
  assert.deepEqual(encode(decimal(5, 1), [400, -70]), [0, 1]);
  assert.deepEqual(encode(STRING, ['40']), [0]);
  assert.deepEqual(encode(INT, [40, 41, -7, 3]), ['failed', 1, 3]);
  assert.deepEqual(encode(DOUBLE, [40, 40.5], NaN), [0, NaN]);
});

test('a text that may be missing is null', () => {
  const feed: TensorFeed = { ...feedOf('string', 1), takesNull: true };
  const fields: Field[] = [{ name: 'c', type: STRING }];
  const batch = batchOfRows(fields, [['a'], [null]]);
  assert.equal(findUnusableRows(batch, [feed], fields).size, 0);
  assert.deepEqual(encodeFeed(batch, feed), ['a', null]);
});
