import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { MillraceError } from '../../common/error.js';
import { parseLong } from '../../common/long.js';
import { batchOfRows, columnOf, sliceBatch, valueAt, type Batch, type Value } from '../../spec/batch.js';
import { arrayOf, BIGINT, BOOLEAN, DOUBLE, FLOAT, INT, STRING, type DataType, type Field } from '../../spec/data-type.js';
import { readModelFile } from '../../kit/onnx/model-file.js';
import { openRuntime, type OpenedRuntime } from '../../testing/open-runtime.js';
import { onnx } from './onnx-runtime.js';

const FOLDER = 'tests/fixtures/onnx';
const never = new AbortController().signal;
// Every call of every test listens to it.
setMaxListeners(0, never);

interface Expected {
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly values: readonly unknown[] }[];
  readonly outputs: Readonly<
    Record<string, { readonly element: string; readonly shape: readonly number[]; readonly values: readonly unknown[] }>
  >;
}

interface Fixture {
  readonly path: string;
  readonly fields: readonly Field[];
  readonly batch: Batch;
  readonly expected: Expected['outputs'];
}

const TYPES: Readonly<Record<string, DataType>> = { FLOAT, DOUBLE, BIGINT, INT, BOOLEAN, STRING, 'ARRAY<FLOAT>': arrayOf(FLOAT) };

async function fixture(name: string): Promise<Fixture> {
  const { inputs, outputs } = JSON.parse(await readFile(`${FOLDER}/${name}.expected.json`, 'utf8')) as Expected;
  const fields = inputs.map(input => ({ name: input.name, type: TYPES[input.type]! }));
  const columns = inputs.map((input, i) =>
    columnOf(
      fields[i]!.type,
      input.values.map(value => sqlValue(value, input.type)),
    ),
  );
  return {
    path: resolve(FOLDER, `${name}.onnx`),
    fields,
    batch: { kind: 'batch', rowCount: inputs[0]!.values.length, columns },
    expected: outputs,
  };
}

function sqlValue(value: unknown, type: string): Value {
  return type === 'BIGINT' && typeof value === 'string' ? parseLong(value)! : (value as Value);
}

interface Opening {
  readonly path: string;
  readonly fields: readonly Field[];
  readonly outputs: readonly Field[];
  readonly threads?: number;
  readonly device?: 'cpu' | 'gpu';
}

function open({ path, fields, outputs, threads = 1, device = 'cpu' }: Opening): Promise<OpenedRuntime> {
  return openRuntime({ runtime: onnx, path, inputs: fields, outputs, threads, device });
}

async function withModel(opening: Opening, use: (model: OpenedRuntime) => Promise<void>): Promise<void> {
  const model = await open(opening);
  try {
    await use(model);
  } finally {
    await model.close();
  }
}

/** The rows of the outputs of one call in which no row failed. */
async function predictRows(model: OpenedRuntime, batch: Batch): Promise<Value[][]> {
  const { outputs, inputOf, failures } = await model.predict(batch, never);
  assert.deepEqual([inputOf, failures], [undefined, undefined]);
  return Array.from({ length: batch.rowCount }, (_, row) => outputs.map(column => valueAt(column, row)));
}

/** Different processors may differ in the last bits of a float. */
function assertClose(actual: unknown, expected: unknown, place: string): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    assert.ok(Math.abs(actual - expected) <= 2e-6 * Math.max(1, Math.abs(expected)), `${place}: ${actual} instead of ${expected}`);
  } else if (Array.isArray(expected) && Array.isArray(actual)) {
    assert.equal(actual.length, expected.length, place);
    for (const [i, value] of expected.entries()) assertClose(actual[i], value, `${place}[${i}]`);
  } else {
    assert.deepEqual(actual, expected, place);
  }
}

const MAP: DataType = { kind: 'MAP', key: STRING, value: DOUBLE, nullable: true };

interface Case {
  readonly name: string;
  /** Columns with where their values stand in the expected row of an output: one of its values, or all as an array. */
  readonly outputs: readonly (readonly [name: string, type: DataType, source: string, pick: number | 'all'])[];
}

const CASES: readonly Case[] = [
  {
    name: 'churn_pipeline',
    outputs: [
      ['output_label', BIGINT, 'output_label', 0],
      ['churns', DOUBLE, 'output_probability', 1],
      ['p_0', FLOAT, 'output_probability', 0],
      ['all', arrayOf(DOUBLE), 'output_probability', 'all'],
    ],
  },
  {
    name: 'wine_mlp',
    outputs: [
      ['cultivar', INT, 'output_label', 0],
      ['p_2', DOUBLE, 'output_probability', 2],
      ['p_0', DOUBLE, 'output_probability', 0],
    ],
  },
  {
    name: 'wine_words',
    outputs: [
      ['label', STRING, 'label', 0],
      ['p_barbera', DOUBLE, 'probabilities', 0],
      ['grignolino', DOUBLE, 'probabilities', 2],
    ],
  },
  { name: 'diabetes_trees', outputs: [['progression', DOUBLE, 'variable', 0]] },
  { name: 'diabetes_double', outputs: [['progression', DOUBLE, 'variable', 0]] },
  {
    name: 'three_targets',
    outputs: [
      ['x', DOUBLE, 'variable', 0],
      ['y', FLOAT, 'variable', 1],
      ['z', DOUBLE, 'variable', 2],
    ],
  },
  {
    name: 'digits_int64',
    outputs: [
      ['digit', BIGINT, 'label', 0],
      ['p_7', DOUBLE, 'probabilities', 7],
      ['probabilities', arrayOf(FLOAT), 'probabilities', 'all'],
    ],
  },
  {
    name: 'anomalies',
    outputs: [
      ['verdict', INT, 'label', 0],
      ['score', DOUBLE, 'scores', 0],
    ],
  },
  {
    name: 'iris_kmeans',
    outputs: [
      ['cluster', BIGINT, 'label', 0],
      ['distances', arrayOf(DOUBLE), 'scores', 'all'],
    ],
  },
  {
    name: 'missing_values',
    outputs: [
      ['label', STRING, 'label', 0],
      ['probability', DOUBLE, 'probabilities', 1],
    ],
  },
  { name: 'fixed_batch', outputs: [['score', DOUBLE, 'score', 0]] },
  { name: 'one_row', outputs: [['y', DOUBLE, 'y', 0]] },
  { name: 'text_to_number', outputs: [['amount', DOUBLE, 'value', 0]] },
  { name: 'external_weights', outputs: [['y', arrayOf(DOUBLE), 'y', 'all']] },
];

function expectedRow({ outputs }: Case, { expected }: Fixture, row: number): unknown[] {
  return outputs.map(([, , source, pick]) => {
    const value = expected[source]!.values[row];
    return pick === 'all' ? value : Array.isArray(value) ? (value as unknown[])[pick] : value;
  });
}

for (const one of CASES) {
  test(`${one.name}: what onnxruntime for Python predicts, and the same for any batch`, async () => {
    const loaded = await fixture(one.name);
    const outputs = one.outputs.map(([name, type]) => ({ name, type }));
    await withModel({ ...loaded, outputs, threads: 2 }, async model => {
      const { batch } = loaded;
      assert.ok(batch.rowCount >= 50);
      const whole = await predictRows(model, batch);
      for (const [row, values] of whole.entries()) assertClose(values, expectedRow(one, loaded, row), `row ${row}`);
      for (const size of [1, 7]) {
        const starts = Array.from({ length: Math.ceil(batch.rowCount / size) }, (_, i) => i * size);
        const parts = await Promise.all(
          starts.map(from => predictRows(model, sliceBatch(batch, from, Math.min(from + size, batch.rowCount)))),
        );
        assert.deepEqual(parts.flat(), whole, `batches of ${size}`);
      }
    });
  });
}

for (const [file, expectedFile, label] of [
  ['iris_lr', 'iris_lr', BIGINT],
  ['iris_rf_zipmap', 'iris_rf', STRING],
] as const) {
  test(`${file}: the same label and probabilities as scikit-learn's export gave`, async () => {
    const {
      x,
      prob,
      label: labels,
    } = JSON.parse(await readFile(`${FOLDER}/${expectedFile}.expected.json`, 'utf8')) as Record<string, never[]>;
    const fields = ['a', 'b', 'c', 'd'].map(name => ({ name, type: FLOAT }));
    const outputs = [
      { name: 'label', type: label },
      { name: 'probabilities', type: arrayOf(DOUBLE) },
    ];
    await withModel({ path: resolve(FOLDER, `${file}.onnx`), fields, outputs }, async model => {
      const rows = await predictRows(model, batchOfRows(fields, x!));
      for (const [row, values] of rows.entries()) assertClose(values, [labels![row], prob![row]], `row ${row}`);
    });
  });
}

test('bit for bit what onnxruntime for Node gives, with a ZipMap in the file and without', async () => {
  for (const [name, output] of [
    ['wine_mlp', 'output_probability'],
    ['diabetes_trees', 'variable'],
  ] as const) {
    const { path, fields, batch } = await fixture(name);
    const file = readModelFile(await readFile(path))!;
    const session = await InferenceSession.create(file.bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 });
    const matrix = new Float32Array(batch.rowCount * fields.length);
    for (const [c, column] of batch.columns.entries())
      for (let row = 0; row < batch.rowCount; row++) matrix[row * fields.length + c] = column.values[row] as number;
    const results = await session.run({ [file.inputs[0]!.name]: new Tensor('float32', matrix, [batch.rowCount, fields.length]) }, [output]);
    const direct = Array.from(results[output]!.data as Float32Array);
    await session.release();
    await withModel({ path, fields, outputs: [{ name: output, type: arrayOf(DOUBLE) }] }, async model => {
      assert.deepEqual((await predictRows(model, batch)).flat(2), direct);
    });
  }
});

test('probabilities by class in a MAP', async () => {
  const { path, fields, batch, expected } = await fixture('wine_words');
  await withModel({ path, fields, outputs: [{ name: 'by_class', type: MAP }] }, async model => {
    const [[first]] = (await predictRows(model, sliceBatch(batch, 0, 1))) as [[Map<string, number>]];
    assert.deepEqual([...first.keys()], ['barbera', 'barolo', 'grignolino']);
    assertClose([...first.values()], expected['probabilities']!.values[0], 'row 0');
  });
});

test('every element type arrives and returns exactly', async () => {
  const { path, fields, batch } = await fixture('element_types');
  const outputs = fields.map(({ name, type }) => ({ name: `${name}_out`, type }));
  await withModel({ path, fields, outputs }, async model => {
    const rows = await predictRows(model, batch);
    for (const [row, values] of rows.entries())
      assert.deepEqual(
        values,
        batch.columns.map(column => valueAt(column, row)),
        `row ${row}`,
      );
  });
});

test('a row that the model cannot take fails by itself', async () => {
  const { path, fields, batch } = await fixture('element_types');
  const columns = batch.columns.map((column, c) => {
    const values = Array.from({ length: 6 }, (_, row): Value => (row === c ? null : valueAt(column, row)));
    return columnOf(column.type, values);
  });
  await withModel(
    {
      path,
      fields,
      outputs: [
        { name: 'word_out', type: STRING },
        { name: 'large_out', type: DOUBLE },
      ],
    },
    async model => {
      const { outputs, inputOf, failures } = await model.predict({ kind: 'batch', rowCount: 6, columns }, never);
      assert.deepEqual(
        [...failures!].toSorted(([a], [b]) => a - b).map(([row, error]) => [row, error.code, error.message]),
        [
          [2, 'PREDICTION_FAILED', 'column "count.total" is NULL, and the model knows no missing value there'],
          [3, 'PREDICTION_FAILED', 'column "level" is NULL, and the model knows no missing value there'],
          [4, 'PREDICTION_FAILED', 'column "flagged" is NULL, and the model knows no missing value there'],
          [5, 'PREDICTION_FAILED', 'column "word" is NULL, and the model knows no missing value there'],
        ],
      );
      assert.deepEqual([...inputOf!], [0, 1]);
      assert.deepEqual(
        outputs[0]!.values,
        [0, 1].map(row => valueAt(batch.columns[5]!, row)),
      );
      assert.ok(Number.isNaN(outputs[1]!.values[1]));
    },
  );
});

test('a batch of rows that all fail has no output rows', async () => {
  const { path, fields } = await fixture('text_to_number');
  await withModel({ path, fields, outputs: [{ name: 'value', type: DOUBLE }] }, async model => {
    for (const text of [null, 'abc']) {
      const { outputs, inputOf, failures } = await model.predict(batchOfRows(fields, [[text], [text]]), never);
      assert.deepEqual([outputs[0]!.values.length, [...inputOf!], [...failures!.keys()]], [0, [], [0, 1]]);
    }
  });
});

test('a row that makes the model fail does not fail its neighbours', async () => {
  const { path, fields } = await fixture('text_to_number');
  const rows = Array.from({ length: 100 }, (_, i) => [i === 13 || i === 77 ? 'many' : i === 50 ? null : `${i}.5`]);
  await withModel({ path, fields, outputs: [{ name: 'value', type: DOUBLE }] }, async model => {
    const { outputs, inputOf, failures } = await model.predict(batchOfRows(fields, rows), never);
    const good = rows.map((_, i) => i).filter(i => i !== 13 && i !== 50 && i !== 77);
    assert.deepEqual([...inputOf!], good);
    assert.deepEqual(
      [...outputs[0]!.values],
      good.map(i => i + 0.5),
    );
    assert.deepEqual(
      [...failures!.keys()].toSorted((a, b) => a - b),
      [13, 50, 77],
    );
    assert.match(failures!.get(13)!.message, /the model cannot compute this row: .*Cast/);
    assert.match(failures!.get(50)!.message, /column "amount" is NULL/);
  });
});

test('an integer that does not fit its OUTPUT column fails its row', async () => {
  const { path, fields, batch } = await fixture('element_types');
  await withModel({ path, fields, outputs: [{ name: 'count.total_out', type: INT }] }, async model => {
    const { outputs, inputOf, failures } = await model.predict(sliceBatch(batch, 0, 3), never);
    assert.deepEqual(
      [[...inputOf!], [...outputs[0]!.values]],
      [
        [0, 1],
        [0, -1],
      ],
    );
    assert.deepEqual(
      [failures!.get(2)!.code, failures!.get(2)!.message],
      ['BAD_ANSWER', 'output "count.total_out" gave 9007199254740991, which does not fit INT'],
    );
  });
});

test('the version is the start of the SHA-256 of all files of the model', async () => {
  const sha = (...parts: Buffer[]): string =>
    parts
      .reduce((hash, part) => hash.update(part), createHash('sha256'))
      .digest('hex')
      .slice(0, 12);
  const plain = await fixture('three_targets');
  await withModel({ ...plain, outputs: [{ name: 'all', type: arrayOf(DOUBLE) }] }, async model => {
    assert.equal(model.version, sha(await readFile(plain.path)));
  });
  const external = await fixture('external_weights');
  await withModel({ ...external, outputs: [{ name: 'y', type: arrayOf(DOUBLE) }] }, async model => {
    assert.equal(model.version, sha(await readFile(external.path), await readFile(`${external.path}.data`)));
  });
});

test('an abort rejects the call with its reason', async () => {
  const { path, fields, batch } = await fixture('three_targets');
  await withModel({ path, fields, outputs: [{ name: 'all', type: arrayOf(DOUBLE) }] }, async model => {
    await assert.rejects(model.predict(batch, AbortSignal.abort(new Error('enough'))), /enough/);
    assert.equal((await predictRows(model, batch)).length, batch.rowCount);
  });
});

async function refusal(opening: Opening): Promise<MillraceError> {
  try {
    await (await open(opening)).close();
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    return error;
  }
  assert.fail('the model was opened');
}

test('what is no ONNX file is refused with what was found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
  const fields = [{ name: 'a', type: FLOAT }];
  const outputs = [{ name: 'b', type: DOUBLE }];
  const bytes = await readFile(`${FOLDER}/iris_lr.onnx`);
  const broken = join(folder, 'broken.onnx');
  await writeFile(broken, bytes.subarray(0, 200));
  const wrong = join(folder, 'wrong.onnx');
  await writeFile(wrong, Buffer.from(bytes.toString('latin1').replace('Softmax', 'Softmox'), 'latin1'));
  const errors = await Promise.all([join(folder, 'absent.onnx'), folder, broken].map(path => refusal({ path, fields, outputs })));
  assert.deepEqual(
    errors.map(error => error.code),
    ['FILE_NOT_FOUND', 'MODEL_LOAD', 'MODEL_LOAD'],
  );
  assert.match(errors[0]!.message, /absent\.onnx" does not exist/);
  assert.match(errors[1]!.message, /holds several ONNX files: "broken\.onnx", "wrong\.onnx"/);
  assert.match(errors[2]!.message, /found 200 bytes that are no complete protobuf message/);
  const four = ['a', 'b', 'c', 'd'].map(name => ({ name, type: FLOAT }));
  const unknown = await refusal({ path: wrong, fields: four, outputs });
  assert.equal(unknown.code, 'MODEL_LOAD');
  assert.match(unknown.message, /onnxruntime cannot load the model: .*Softmox/);
  await rm(folder, { recursive: true });
});

test('weights that are missing beside the model are named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
  const { path, fields } = await fixture('external_weights');
  await copyFile(path, join(folder, 'alone.onnx'));
  const error = await refusal({ path: join(folder, 'alone.onnx'), fields, outputs: [{ name: 'y', type: arrayOf(DOUBLE) }] });
  assert.equal(error.code, 'FILE_NOT_FOUND');
  assert.match(error.message, /external_weights\.onnx\.data" does not exist/);
  await rm(folder, { recursive: true });
});

test('columns that do not fit are refused at the start', async () => {
  const { path, fields } = await fixture('three_targets');
  assert.equal((await refusal({ path, fields: fields.slice(1), outputs: [{ name: 'all', type: arrayOf(DOUBLE) }] })).code, 'MODEL_SCHEMA');
  assert.equal((await refusal({ path, fields, outputs: [{ name: 'all', type: STRING }] })).code, 'MODEL_SCHEMA');
});

test('a wrong number of features is found by the trial run where the file leaves it open', async () => {
  const { path, fields } = await fixture('diabetes_double');
  const error = await refusal({ path, fields: fields.slice(0, 4), outputs: [{ name: 'y', type: DOUBLE }] });
  assert.equal(error.code, 'MODEL_LOAD');
  assert.match(error.message, /fails on its first run, over zeros/);
  assert.match(error.notes[0]!.message, /check that INPUT declares as many/);
});

test('a GPU that is not there is refused plainly', async () => {
  const { path, fields } = await fixture('three_targets');
  const error = await refusal({ path, fields, outputs: [{ name: 'all', type: arrayOf(DOUBLE) }], device: 'gpu' });
  assert.equal(error.code, 'INVALID_OPTION');
  assert.match(error.message, /CUDA execution provider of onnxruntime is not available here/);
});

test('nothing is written to stdout or stderr, by failing rows either, and the process ends', async () => {
  const script = `
    import { onnx } from ${JSON.stringify(new URL('./onnx-runtime.js', import.meta.url).href)};
    import { openRuntime } from ${JSON.stringify(new URL('../../testing/open-runtime.js', import.meta.url).href)};
    import { batchOfRows } from ${JSON.stringify(new URL('../../spec/batch.js', import.meta.url).href)};
    const type = { kind: 'VARCHAR', length: 2147483647, nullable: true };
    const inputs = [{ name: 'amount', type }];
    const outputs = [{ name: 'value', type: { kind: 'DOUBLE', nullable: true } }];
    const model = await openRuntime({ runtime: onnx, path: 'tests/fixtures/onnx/text_to_number.onnx', inputs, outputs, threads: 2 });
    const result = await model.predict(batchOfRows(inputs, [['1.5'], ['many']]), new AbortController().signal);
    await model.close();
    process.exitCode = result.failures.size === 1 && result.outputs[0].values[0] === 1.5 ? 0 : 3;
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  assert.deepEqual([stdout, stderr], ['', '']);
});
