import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOfRows } from '../../spec/batch.js';
import { BIGINT, DOUBLE, STRING } from '../../spec/data-type.js';
import { bindColumns } from '../model-columns/bind-columns.js';
import { loadOnnx } from './load-onnx.js';
import { readModelFile } from './model-file.js';
import { encodeOnnxModel, type OnnxGraph } from './onnx-graph.js';

const GRAPH: OnnxGraph = {
  name: 'test',
  inputs: [
    { name: 'x', element: 'float64', shape: ['N', 1] },
    { name: 'word', element: 'string', shape: ['N', 1] },
  ],
  outputs: [
    { name: 'scaled', element: 'float64', shape: ['N', 1] },
    { name: 'code', element: 'int64', shape: undefined },
  ],
  constants: [
    { name: 'factor', element: 'float64', dims: [1], data: new Uint8Array(Float64Array.of(-2.5).buffer) },
    { name: 'axes', element: 'int64', dims: [1], data: new Uint8Array(BigInt64Array.of(1n).buffer) },
  ],
  nodes: [
    { opType: 'Mul', inputs: ['x', 'factor'], outputs: ['scaled'] },
    {
      opType: 'LabelEncoder',
      domain: 'ai.onnx.ml',
      inputs: ['word'],
      outputs: ['codes'],
      attributes: {
        keys_strings: { strings: ['ä', 'b'] },
        values_int64s: { ints: [-7n, 9_007_199_254_740_993n] },
        default_int64: { i: -1 },
      },
    },
    { opType: 'Squeeze', inputs: ['codes', 'axes'], outputs: ['code'] },
  ],
};

test('a graph that was written runs, with 64-bit integers and texts as they were', async () => {
  const bytes = encodeOnnxModel(GRAPH);
  const { inputs } = readModelFile(bytes)!;
  assert.deepEqual(inputs, [
    { name: 'x', element: 'float64', shape: [undefined, 1] },
    { name: 'word', element: 'string', shape: [undefined, 1] },
  ]);
  const labels = { zipMapLabels: new Map(), classLabels: undefined };
  const model = await loadOnnx({ model: bytes, version: 'v', memoryBytes: bytes.length, inputs, labels, threads: 1, device: 'cpu' });
  const fields = [
    { name: 'word', type: STRING },
    { name: 'x', type: DOUBLE },
  ];
  const outputs = [
    { name: 'code', type: BIGINT },
    { name: 'scaled', type: DOUBLE },
  ];
  const predict = await bindColumns(model, { inputs: fields, outputs });
  const batch = batchOfRows(fields, [
    ['ä', 2],
    ['b', -1],
    ['c', 0.5],
  ]);
  const result = await predict(batch, new AbortController().signal);
  await model.close();
  assert.deepEqual(Array.from(result.outputs[0]!.values), [-7, 9_007_199_254_740_993n, -1]);
  assert.deepEqual(Array.from(result.outputs[1]!.values), [-5, 2.5, -1.25]);
});
