import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeBytes } from '../describe-bytes.js';
import { readModelFile, type ModelFile } from './model-file.js';

function bytesOf(name: string): Uint8Array {
  return readFileSync(`tests/fixtures/onnx/${name}.onnx`);
}

function read(name: string): ModelFile {
  return readModelFile(bytesOf(name))!;
}

test('inputs have names, element types and shapes', () => {
  assert.deepEqual(read('churn_pipeline').inputs, [
    { name: 'country', element: 'string', shape: [undefined, 1] },
    { name: 'plan', element: 'string', shape: [undefined, 1] },
    { name: 'age', element: 'float32', shape: [undefined, 1] },
    { name: 'balance', element: 'float32', shape: [undefined, 1] },
    { name: 'visits', element: 'int64', shape: [undefined, 1] },
  ]);
  assert.deepEqual(read('fixed_batch').inputs, [{ name: 'x', element: 'float32', shape: [4, 3] }]);
  assert.deepEqual(read('diabetes_double').inputs, [{ name: 'X', element: 'float64', shape: [undefined, undefined] }]);
});

test('a model without ZipMap is handed on as it is', () => {
  const bytes = bytesOf('iris_lr');
  const file = readModelFile(bytes)!;
  assert.equal(file.bytes, bytes);
  assert.equal(file.rewritten, false);
});

test('a ZipMap is replaced, its class labels are kept, and the result has none', () => {
  const file = read('iris_rf_zipmap');
  assert.equal(file.rewritten, true);
  assert.deepEqual([...file.zipMapLabels], [['probs', ['setosa', 'versicolor', 'virginica']]]);
  assert.ok(!Buffer.from(file.bytes).includes('ZipMap'));
  assert.equal(readModelFile(file.bytes)!.rewritten, false);
});

test('integer labels of a ZipMap are numbers', () => {
  assert.deepEqual([...read('churn_pipeline').zipMapLabels], [['output_probability', [0, 1]]]);
});

test('class labels are found at the classifier, and where one is looked up by index', () => {
  assert.deepEqual(read('missing_values').classLabels, ['no', 'yes']);
  assert.deepEqual(read('digits_int64').classLabels, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(read('wine_words').classLabels, ['barbera', 'barolo', 'grignolino']);
  assert.deepEqual(read('wine_mlp').classLabels, [0, 1, 2]);
  assert.equal(read('iris_kmeans').classLabels, undefined);
});

test('files with weights are named', () => {
  assert.deepEqual(read('external_weights').externalFiles, ['external_weights.onnx.data']);
  assert.deepEqual(read('iris_lr').externalFiles, []);
});

test('a file that ends too early is no model, wherever it ends', () => {
  const bytes = bytesOf('churn_pipeline');
  let models = 0;
  for (let length = 0; length < bytes.length; length++) if (readModelFile(bytes.subarray(0, length)) !== undefined) models++;
  // What stands after the graph, the operator sets, may be cut off at the ends of two fields.
  assert.ok(models <= 2, `${models} beginnings were read as models`);
});

test('what a file is instead is told', () => {
  const cases: [string | Uint8Array, RegExp][] = [
    ['', /an empty file/],
    ['PK\x03\x04rest', /zip archive/],
    ['\x89HDF\r\n', /HDF5/],
    ['{"learner":{}}', /JSON document/],
    ['<?xml version="1.0"?><PMML/>', /XML/],
    ['version https://git-lfs.github.com/spec/v1', /Git LFS/],
    [Uint8Array.of(0x80, 0x04, 0x95), /pickle/],
    [Uint8Array.of(0x08), /1 bytes that are no complete/],
  ];
  for (const [content, expected] of cases) {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    assert.equal(readModelFile(bytes), undefined);
    assert.match(describeBytes(bytes, `${bytes.length} bytes that are no complete protobuf message`), expected);
  }
});
