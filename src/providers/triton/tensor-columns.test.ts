import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toLong } from '../../common/long.js';
import { DATATYPES, integerRange, type Datatype } from '../../kit/tensor/tensor.js';
import type { Value } from '../../spec/batch.js';
import { arrayOf, BIGINT, BOOLEAN, BYTES, decimal, DOUBLE, FLOAT, INT, STRING, type DataType } from '../../spec/data-type.js';
import { batch, call, echo, FEATURES, rowsOf, withTriton } from './triton.test.fixture.js';

/** The column type that holds every element of a datatype, and its values. */
function columnFor(datatype: Datatype): { readonly type: DataType; readonly values: fc.Arbitrary<Value> } {
  const range = integerRange(datatype);
  if (range !== undefined) {
    const [min, max] = range;
    return { type: datatype === 'UINT64' ? decimal(20, 0) : BIGINT, values: fc.bigInt({ min, max }).map(toLong) };
  }
  if (datatype === 'BOOL') return { type: BOOLEAN, values: fc.boolean() };
  if (datatype === 'BYTES') return { type: STRING, values: fc.string({ unit: 'grapheme' }) };
  const small = fc.integer({ min: -128, max: 128 });
  if (datatype === 'FP64') return { type: DOUBLE, values: fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0) };
  return { type: datatype === 'FP32' ? FLOAT : DOUBLE, values: small };
}

for (const datatype of DATATYPES) {
  const isHalf = datatype === 'FP16' || datatype === 'BF16';
  test(`${datatype} goes to a server and back, as a scalar, an ARRAY and nested, in ${isHalf ? 'the binary form' : 'both forms'}`, async () => {
    const { type, values } = columnFor(datatype);
    const inputs = { s: type, a: arrayOf(type), n: arrayOf(arrayOf(type)) };
    const outputs = { s_out: type, a_out: arrayOf(type), n_out: arrayOf(arrayOf(type)) };
    const model = echo({
      inputs: [
        { name: 's', datatype, dims: [1] },
        { name: 'a', datatype, dims: [3] },
        { name: 'n', datatype, dims: [2, 2] },
      ],
    });
    const list = (length: number): fc.Arbitrary<Value> => fc.array(values, { minLength: length, maxLength: length });
    const row = fc.tuple(values, list(3), fc.tuple(list(2), list(2)));
    await withTriton(
      {},
      async world => {
        for (const binary of isHalf ? ['true'] : ['true', 'false']) {
          const opened = await world.open({ model: 'echo', options: { binary }, inputs, outputs });
          await fc.assert(
            fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async rows => {
              const result = await call(opened, batch(inputs, rows));
              assert.equal(result.failures, undefined);
              assert.deepEqual(rowsOf(result, rows.length), rows);
            }),
            { numRuns: 20 },
          );
        }
      },
      [model],
    );
  });
}

test('bytes that are no text come back in the binary form, and fail their row in JSON', () =>
  withTriton({}, async ({ open: openModel }) => {
    const inputs = { data: BYTES };
    const bytes = new Uint8Array([0xff, 0, 0x80]);
    const binary = await openModel({ model: 'identity_string', inputs, outputs: { echo: BYTES } });
    assert.deepEqual(rowsOf(await call(binary, batch(inputs, [[bytes]])), 1), [[bytes]]);
    const json = await openModel({ model: 'identity_string', options: { binary: 'false' }, inputs, outputs: { echo: BYTES } });
    const { failures } = await call(json, batch(inputs, [[bytes]]));
    assert.match(failures!.get(0)!.message, /column "data" holds bytes that are no UTF-8/);
    const asText = await openModel({ model: 'identity_string', inputs, outputs: { text: STRING } });
    const answer = await call(asText, batch(inputs, [[bytes], [new Uint8Array([0x61])]]));
    assert.equal(answer.failures!.get(0)!.message, 'output "OUTPUT0" gave a value that does not fit STRING');
    assert.deepEqual([rowsOf(answer, 2), [...answer.inputOf!]], [[['a']], [1]]);
  }));

test('rows that no tensor holds fail alone, with their reason; the others are answered', () => {
  const model = echo({
    inputs: [
      { name: 'id', datatype: 'UINT8', dims: [1] },
      { name: 'v', datatype: 'FP32', dims: [2] },
    ],
  });
  const inputs = { id: INT, v: arrayOf(FLOAT) };
  return withTriton(
    {},
    async ({ open: openModel, sent }) => {
      const opened = await openModel({ model: 'echo', inputs, outputs: { id_out: INT } });
      const rows: Value[][] = [
        [1, [1, 2]],
        [null, [1, 2]],
        [256, [1, 2]],
        [2, [1, 2, 3]],
        [3, null],
        [4, [1, null]],
        [5, [5, 6]],
      ];
      const result = await call(opened, batch(inputs, rows));
      assert.deepEqual(
        [rowsOf(result, 7), [...result.inputOf!]],
        [
          [[1], [5]],
          [0, 6],
        ],
      );
      const noNull = 'and a tensor has no place for it: filter such rows out, or write COALESCE';
      assert.deepEqual(
        [...result.failures!].map(([row, { code, message }]) => [row, code, message]),
        [
          [1, 'PREDICTION_FAILED', `column "id" is NULL, ${noNull}`],
          [2, 'PREDICTION_FAILED', 'column "id" has the value 256, and the model takes UINT8 there'],
          [3, 'PREDICTION_FAILED', 'column "v" has 3 values, and the model takes 2 there'],
          [4, 'PREDICTION_FAILED', `column "v" is NULL, ${noNull}`],
          [5, 'PREDICTION_FAILED', `column "v" holds a NULL, ${noNull}`],
        ],
      );
      const asked = sent.length;
      const none = await call(opened, batch(inputs, [[null, null]]));
      assert.deepEqual([none.failures!.size, none.inputOf!.length, sent.length], [1, 0, asked]);
    },
    [model],
  );
});

test('default-value answers such rows', () =>
  withTriton({}, async ({ open: openModel }) => {
    const inputs = { text: STRING };
    const rows: Value[][] = [['a'], [null], ['b']];
    for (const [text, value] of [
      ['FAILED', 'FAILED'],
      ['null', null],
    ] as const) {
      const model = await openModel({ model: 'identity_string', options: { 'default-value': text }, inputs, outputs: { echo: STRING } });
      const result = await call(model, batch(inputs, rows));
      assert.equal(result.failures, undefined);
      assert.deepEqual(rowsOf(result, 3), [['a'], [value], ['b']]);
    }
    const vectors = await openModel({
      model: 'add_sub',
      options: { 'default-value': '[0]' },
      inputs: { INPUT0: arrayOf(INT), INPUT1: arrayOf(INT) },
      outputs: { output0: arrayOf(INT) },
    });
    assert.deepEqual(rowsOf(await call(vectors, batch({ a: arrayOf(INT), b: arrayOf(INT) }, [[null, null]])), 1), [[[0]]]);
    const numeric = { model: 'logistic_regression', inputs: FEATURES };
    await assert.rejects(openModel({ ...numeric, options: { 'default-value': 'high' }, outputs: { label: BIGINT } }), {
      code: 'INVALID_OPTION',
      message: '"default-value" is no value of OUTPUT column "label" BIGINT',
    });
    await assert.rejects(
      openModel({ ...numeric, options: { 'default-value': '0' }, outputs: { label: BIGINT, probability: DOUBLE } }),
      /"default-value" is one value, and OUTPUT has 2 columns/,
    );
  }));

test('ARRAYs of open length share a request where they are equally long, and are told apart before one is sent', () => {
  const model = echo({ inputs: [{ name: 'tokens', datatype: 'INT64', dims: [-1] }] });
  const inputs = { tokens: arrayOf(BIGINT) };
  return withTriton(
    {},
    async ({ open: openModel, sent }) => {
      const opened = await openModel({ model: 'echo', inputs, outputs: { tokens_out: arrayOf(BIGINT) } });
      for (const rows of [[[[1, 2]], [[3, 4]]], [[[5]]], [[[]]]] as Value[][][])
        assert.deepEqual(rowsOf(await call(opened, batch(inputs, rows)), rows.length), rows);
      const asked = sent.length;
      await assert.rejects(call(opened, batch(inputs, [[[1]], [[1, 2]]])), {
        code: 'PREDICTION_FAILED',
        message: 'rows with [1] and [2] values for input "tokens" cannot share a request',
      });
      assert.equal(sent.length, asked);
    },
    [model],
  );
});

test('a model without a batch dimension gets one row a request, and flatten-batch-dim says so where shapes do not', () => {
  const flat = echo({ name: 'flat', maxBatchSize: 0, inputs: [{ name: 'x', datatype: 'FP32', dims: [3] }] });
  const open1 = echo({ name: 'open', maxBatchSize: 0, inputs: [{ name: 'x', datatype: 'FP32', dims: [-1] }] });
  const own = echo({ name: 'own', maxBatchSize: 0, inputs: [{ name: 'x', datatype: 'FP32', dims: [-1, 2] }] });
  const vector = { x: arrayOf(DOUBLE) };
  const shapeOf = (bytes: Uint8Array | undefined): unknown => /"shape":(\[[^\]]*\])/.exec(Buffer.from(bytes!).toString('latin1'))?.[1];
  return withTriton(
    {},
    async ({ open: openModel, sent }) => {
      for (const [model, options, rows, shape, most] of [
        ['flat', {}, [[[1, 2, 3]]], '[3]', 1],
        ['open', {}, [[[1, 2]]], '[2]', 1],
        ['own', {}, [[[1, 2]], [[3, 4]]], '[2,2]', 65_536],
        ['own', { 'flatten-batch-dim': 'true' }, [[[1, 2, 3, 4]]], '[2,2]', 1],
      ] as [string, Record<string, string>, Value[][], string, number][]) {
        const opened = await openModel({ model, options, inputs: vector, outputs: { y: arrayOf(DOUBLE) } });
        assert.equal(opened.maxInputsPerCall, most, model);
        assert.deepEqual(rowsOf(await call(opened, batch(vector, rows)), rows.length), rows);
        assert.equal(shapeOf(sent.at(-1)!.bytes), shape);
      }
      const scalars = await openModel({ model: 'open', inputs: { x: DOUBLE }, outputs: { y: DOUBLE } });
      assert.deepEqual(rowsOf(await call(scalars, batch({ x: DOUBLE }, [[1], [2]])), 2), [[1], [2]]);
      assert.equal(shapeOf(sent.at(-1)!.bytes), '[2]');
    },
    [flat, open1, own],
  );
});

test('several scalar columns read an only output in order', () => {
  const model = echo({ inputs: [{ name: 'x', datatype: 'FP32', dims: [2] }] });
  const inputs = { a: DOUBLE, b: DOUBLE };
  return withTriton(
    {},
    async ({ open: openModel }) => {
      const opened = await openModel({ model: 'echo', inputs, outputs: { left: FLOAT, right: DOUBLE } });
      const rows = [
        [1, 2],
        [3, 4],
      ];
      assert.deepEqual(rowsOf(await call(opened, batch(inputs, rows)), 2), rows);
    },
    [model],
  );
});

test('an integer that its column does not hold fails its row', () => {
  const model = echo({
    inputs: [{ name: 'x', datatype: 'INT64', dims: [1] }],
    outputs: [{ name: 'y', datatype: 'UINT64', dims: [1] }],
    run: inputs => [
      { name: 'y', datatype: 'UINT64', shape: inputs.get('x')!.shape, data: BigUint64Array.from(inputs.get('x')!.data as BigInt64Array) },
    ],
  });
  return withTriton(
    {},
    async ({ open: openModel }) => {
      const rows = [[1], [-1], [2_147_483_648]];
      for (const [type, kept] of [
        [INT, [[1]]],
        [BIGINT, [[1], [2_147_483_648]]],
        [decimal(20, 0), [[1], [2n ** 64n - 1n], [2_147_483_648]]],
      ] as const) {
        const opened = await openModel({ model: 'echo', inputs: { x: BIGINT }, outputs: { y: type } });
        assert.deepEqual(rowsOf(await call(opened, batch({ x: BIGINT }, rows)), 3), kept);
      }
    },
    [model],
  );
});

test('NaN and infinity pass in the binary form; JSON has none of them to send, and reads those of Triton', () => {
  const model = echo({
    inputs: [{ name: 'x', datatype: 'FP32', dims: [1] }],
    run: inputs => [
      { ...inputs.get('x')!, name: 'x_out', data: Float32Array.from(inputs.get('x')!.data as Float32Array, value => 1 / value) },
    ],
  });
  return withTriton(
    {},
    async ({ open: openModel }) => {
      const columns = { inputs: { x: DOUBLE }, outputs: { y: DOUBLE } };
      const binary = await openModel({ model: 'echo', ...columns });
      assert.deepEqual(rowsOf(await call(binary, batch(columns.inputs, [[NaN], [Infinity], [0]])), 3), [[NaN], [0], [Infinity]]);
      const json = await openModel({ model: 'echo', options: { binary: 'false' }, ...columns });
      const result = await call(json, batch(columns.inputs, [[NaN], [0]]));
      assert.match(result.failures!.get(0)!.message, /column "x" is NaN, which JSON cannot tell/);
      assert.deepEqual(rowsOf(result, 2), [[Infinity]]);
    },
    [model],
  );
});
