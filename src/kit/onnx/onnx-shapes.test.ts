import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { batchOfRows, sliceBatch, valueAt, type Value } from '../../spec/batch.js';
import { arrayOf, BIGINT, decimal, DOUBLE, FLOAT, STRING, type DataType, type Field } from '../../spec/data-type.js';
import { bindColumns, type PredictColumns } from '../model-columns/bind-columns.js';
import { loadOnnx } from './load-onnx.js';
import { readModelFile } from './model-file.js';
import { encodeOnnxModel, type OnnxGraph, type OnnxNode, type OnnxValue } from './onnx-graph.js';

type Columns = readonly (readonly [name: string, type: DataType])[];

const never = new AbortController().signal;

function fieldsOf(columns: Columns): Field[] {
  return columns.map(([name, type]) => ({ name, type }));
}

function graphOf(nodes: readonly OnnxNode[], inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): OnnxGraph {
  const axes = { name: 'one', element: 'int64' as const, dims: [1], data: new Uint8Array(BigInt64Array.of(1n).buffer) };
  return { name: 'test', inputs, outputs, constants: [axes], nodes };
}

async function withGraph(
  graph: OnnxGraph,
  { inputs, outputs }: { inputs: Columns; outputs: Columns },
  use: (predict: PredictColumns) => Promise<void>,
): Promise<void> {
  const bytes = encodeOnnxModel(graph);
  const file = readModelFile(bytes)!;
  const model = await loadOnnx({
    model: bytes,
    version: 'v',
    memoryBytes: 0,
    inputs: file.inputs,
    labels: file,
    threads: 1,
    device: 'cpu',
  });
  try {
    await use(await bindColumns(model, { inputs: fieldsOf(inputs), outputs: fieldsOf(outputs) }));
  } finally {
    await model.close();
  }
}

async function rowsOf(predict: PredictColumns, inputs: Columns, rows: readonly Value[][]): Promise<(Value[] | string)[]> {
  const { outputs, inputOf, failures } = await predict(batchOfRows(fieldsOf(inputs), rows), never);
  const answers: (Value[] | string)[] = rows.map((_, row) => failures?.get(row)?.message ?? 'nothing');
  for (let at = 0; at < outputs[0]!.values.length; at++) answers[inputOf?.[at] ?? at] = outputs.map(column => valueAt(column, at));
  return answers;
}

const SEQUENCES = graphOf(
  [
    { opType: 'Mul', inputs: ['x', 'mask'], outputs: ['masked'] },
    { opType: 'ReduceSum', inputs: ['masked', 'one'], outputs: ['total'], attributes: { keepdims: { i: 0 } } },
    { opType: 'CumSum', inputs: ['masked', 'one'], outputs: ['running'] },
  ],
  [
    { name: 'x', element: 'float32', shape: ['N', 'length'] },
    { name: 'mask', element: 'float32', shape: ['N', 'length'] },
  ],
  [
    { name: 'total', element: 'float32', shape: ['N'] },
    { name: 'running', element: 'float32', shape: ['N', 'length'] },
  ],
);

test('rows of any length: each as long as its ARRAYs, single, in batches and in any split', async () => {
  const inputs: Columns = [
    ['x', arrayOf(DOUBLE)],
    ['mask', arrayOf(FLOAT)],
  ];
  const outputs: Columns = [
    ['running', arrayOf(DOUBLE)],
    ['total', DOUBLE],
  ];
  await withGraph(SEQUENCES, { inputs, outputs }, async predict => {
    const rows: Value[][] = Array.from({ length: 211 }, (_, i) => {
      const length = (i * 7) % 5;
      return [Array.from({ length }, (_each, j) => i + j), Array.from({ length }, (_each, j) => (i + j) % 2)];
    });
    const expected = rows.map(row => {
      const masked = (row[0] as number[]).map((value, j) => value * (row[1] as number[])[j]!);
      const running = masked.map((_, j) => masked.slice(0, j + 1).reduce((sum, value) => sum + value, 0));
      return [running, running.at(-1) ?? 0];
    });
    assert.deepEqual(await rowsOf(predict, inputs, rows), expected);
    for (const size of [1, 7, 50]) {
      const batch = batchOfRows(fieldsOf(inputs), rows);
      const answers: Value[][] = [];
      for (let from = 0; from < rows.length; from += size) {
        const part = sliceBatch(batch, from, Math.min(from + size, rows.length));
        const { outputs: columns } = await predict(part, never);
        for (let row = 0; row < part.rowCount; row++) answers.push(columns.map(column => valueAt(column, row)));
      }
      assert.deepEqual(answers, expected, `batches of ${size}`);
    }
    const [short, unequal, missing] = await rowsOf(predict, inputs, [
      [
        [1, 2],
        [1, 1],
      ],
      [
        [1, 2, 3],
        [1, 1],
      ],
      [null, [1]],
    ]);
    assert.deepEqual(short, [[1, 3], 3]);
    assert.match(unequal as string, /cannot compute this row/);
    assert.match(missing as string, /column "x" is NULL/);
  });
});

const PICTURES = graphOf(
  [
    { opType: 'Identity', inputs: ['pixels'], outputs: ['same'] },
    { opType: 'Transpose', inputs: ['pixels'], outputs: ['turned'], attributes: { perm: { ints: [0, 2, 1] } } },
  ],
  [{ name: 'pixels', element: 'float32', shape: ['N', 2, 'width'] }],
  [
    { name: 'same', element: 'float32', shape: undefined },
    { name: 'turned', element: 'float32', shape: undefined },
  ],
);

test('ARRAYs in ARRAYs feed and read tensors of several dimensions, fixed and open', async () => {
  const inputs: Columns = [['pixels', arrayOf(arrayOf(FLOAT))]];
  const outputs: Columns = [
    ['same', arrayOf(DOUBLE)],
    ['turned', arrayOf(arrayOf(DOUBLE))],
  ];
  await withGraph(PICTURES, { inputs, outputs }, async predict => {
    const rows = await rowsOf(predict, inputs, [
      [
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
      [[[1], [2]]],
      [[[1, 2], [3]]],
      [[[1, 2]]],
      [[[1, 2], null]],
    ]);
    assert.deepEqual(rows[0], [
      [1, 2, 3, 4, 5, 6],
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ]);
    assert.deepEqual(rows[1], [[1, 2], [[1, 2]]]);
    assert.match(rows[2] as string, /lists of different lengths/);
    assert.match(rows[3] as string, /has 1 x 2 values, and the model takes 2 x any number there/);
    assert.match(rows[4] as string, /holds a NULL/);
  });
  await withGraph(PICTURES, { inputs: [['pixels', arrayOf(FLOAT)]], outputs: [['turned', arrayOf(FLOAT)]] }, async predict => {
    assert.deepEqual(await rowsOf(predict, [['pixels', arrayOf(FLOAT)]], [[[1, 2, 3, 4]], [[1, 2, 3]]]), [
      [[1, 3, 2, 4]],
      'column "pixels" has 3 values, and the model takes 2 x any number there',
    ]);
  });
  await assert.rejects(
    withGraph(PICTURES, { inputs, outputs: [['same', DOUBLE]] }, () => assert.fail('taken')),
    error => MillraceError.is(error) && /declare ARRAY<ARRAY<DOUBLE>>/.test(error.message),
  );
});

test('a scalar input makes the model run row by row', async () => {
  const graph = graphOf(
    [
      { opType: 'Mul', inputs: ['x', 'factor'], outputs: ['y'] },
      { opType: 'Identity', inputs: ['factor'], outputs: ['used'] },
    ],
    [
      { name: 'x', element: 'float64', shape: ['N', 2] },
      { name: 'factor', element: 'float64', shape: [] },
    ],
    [
      { name: 'y', element: 'float64', shape: ['N', 2] },
      { name: 'used', element: 'float64', shape: [] },
    ],
  );
  const inputs: Columns = [
    ['x', arrayOf(DOUBLE)],
    ['factor', DOUBLE],
  ];
  const outputs: Columns = [
    ['y', arrayOf(DOUBLE)],
    ['used', DOUBLE],
  ];
  await withGraph(graph, { inputs, outputs }, async predict => {
    assert.deepEqual(
      await rowsOf(predict, inputs, [
        [[1, 2], 3],
        [[5, 6], -1],
        [[1, 1], null],
      ]),
      [
        [[3, 6], 3],
        [[-5, -6], -1],
        [[NaN, NaN], NaN],
      ],
    );
  });
});

test('uint64 is DECIMAL(20, 0), or a BIGINT where it fits', async () => {
  const graph = graphOf(
    [{ opType: 'Identity', inputs: ['x'], outputs: ['y'] }],
    [{ name: 'x', element: 'uint64', shape: ['N', 1] }],
    [{ name: 'y', element: 'uint64', shape: ['N', 1] }],
  );
  const inputs: Columns = [['x', decimal(20, 0)]];
  await withGraph(graph, { inputs, outputs: [['y', decimal(20, 0)]] }, async predict => {
    const rows = await rowsOf(predict, inputs, [[2n ** 64n - 1n], [7], [2n ** 64n], [-1], [null]]);
    assert.deepEqual(rows.slice(0, 2), [[2n ** 64n - 1n], [7]]);
    for (const refused of rows.slice(2, 4)) assert.match(refused as string, /has the value .*, and the model takes uint64 there/);
    assert.match(rows[4] as string, /is NULL/);
  });
  await withGraph(graph, { inputs, outputs: [['y', BIGINT]] }, async predict => {
    const rows = await rowsOf(predict, inputs, [[2n ** 63n - 1n], [2n ** 63n]]);
    assert.deepEqual(rows[0], [2n ** 63n - 1n]);
    assert.match(rows[1] as string, /does not fit BIGINT/);
  });
  await assert.rejects(
    withGraph(graph, { inputs: [['x', STRING]], outputs: [['y', BIGINT]] }, () => assert.fail('taken')),
    error => MillraceError.is(error) && error.code === 'MODEL_SCHEMA',
  );
});
