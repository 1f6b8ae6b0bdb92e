import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { batchOfRows, sliceBatch, valueAt, type Value } from '../../spec/batch.js';
import { arrayOf, BIGINT, DOUBLE, FLOAT, INT, STRING, type DataType, type Field } from '../../spec/data-type.js';
import type { OutputKind } from '../../spec/model-runtime.js';
import { openRuntime, type OpenedRuntime } from '../../testing/open-runtime.js';
import { onnx } from './onnx-runtime.js';

const FOLDER = 'tests/fixtures/onnx/edges';
const MAP: DataType = { kind: 'MAP', key: STRING, value: DOUBLE, nullable: true };
const never = new AbortController().signal;
setMaxListeners(0, never);

type Columns = readonly (readonly [name: string, type: DataType])[];

interface Opening {
  readonly path: string;
  readonly inputs: Columns;
  readonly outputs: Columns;
  readonly output?: OutputKind;
  readonly options?: Readonly<Record<string, string>>;
}

interface Expected {
  readonly x: readonly (readonly (number | null)[])[];
  readonly outputs: Readonly<Record<string, readonly (readonly (number | string)[])[]>>;
}

const FOUR: Columns = ['a', 'b', 'c', 'd'].map(name => [name, FLOAT] as const);

function fieldsOf(columns: Columns): Field[] {
  return columns.map(([name, type]) => ({ name, type }));
}

async function expectedOf(name: string): Promise<Expected> {
  return (JSON.parse(await readFile(`${FOLDER}/expected.json`, 'utf8')) as Record<string, Expected>)[name]!;
}

async function withModel({ inputs, outputs, ...rest }: Opening, use: (model: OpenedRuntime) => Promise<void>): Promise<void> {
  const model = await openRuntime({ runtime: onnx, inputs: fieldsOf(inputs), outputs: fieldsOf(outputs), ...rest });
  try {
    await use(model);
  } finally {
    await model.close();
  }
}

async function refusal(opening: Opening): Promise<MillraceError> {
  try {
    await withModel(opening, () => assert.fail('opened'));
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    return error;
  }
  assert.fail('opened');
}

/** All rows, row by row, in batches of a size. */
async function predictIn(model: OpenedRuntime, inputs: Columns, rows: readonly (readonly Value[])[], size: number): Promise<Value[][]> {
  const batch = batchOfRows(
    fieldsOf(inputs),
    rows.map(row => [...row]),
  );
  const answers: Value[][] = [];
  for (let from = 0; from < rows.length; from += size) {
    const part = sliceBatch(batch, from, Math.min(from + size, rows.length));
    const { outputs, failures } = await model.predict(part, never);
    assert.equal(failures, undefined);
    for (let row = 0; row < part.rowCount; row++) answers.push(outputs.map(column => valueAt(column, row)));
  }
  return answers;
}

function assertClose(actual: unknown, expected: unknown, place: string): void {
  if (typeof expected === 'number') {
    assert.ok(
      typeof actual === 'number' && Math.abs(actual - expected) <= 2e-6 * Math.max(1, Math.abs(expected)),
      `${place}: ${String(actual)} instead of ${expected}`,
    );
  } else if (Array.isArray(expected)) {
    assert.equal((actual as unknown[]).length, expected.length, place);
    for (const [i, value] of expected.entries()) assertClose((actual as unknown[])[i], value, `${place}[${i}]`);
  } else assert.equal(actual, expected, place);
}

interface Case {
  readonly name: string;
  readonly path?: string;
  readonly inputs?: Columns;
  readonly outputs: Columns;
  readonly output?: OutputKind;
  /** What the columns of a row are, of the outputs of the file. */
  readonly pick: (outputs: Expected['outputs'], row: number) => readonly unknown[];
}

const CASES: readonly Case[] = [
  {
    name: 'sequence_targets',
    outputs: [
      ['label', arrayOf(BIGINT)],
      ['probabilities_0', arrayOf(DOUBLE)],
      ['probabilities_1', arrayOf(FLOAT)],
      ['probabilities_2', arrayOf(DOUBLE)],
    ],
    pick: (outputs, row) => ['label', 'probabilities_0', 'probabilities_1', 'probabilities_2'].map(name => outputs[name]![row]),
  },
  { name: 'raw_scores', outputs: [['m', arrayOf(DOUBLE)]], output: 'margin', pick: (outputs, row) => [outputs['probabilities']![row]] },
  { name: 'raw_scores', outputs: [['m', BIGINT]], output: 'class', pick: (outputs, row) => outputs['label']![row]! },
  {
    name: 'decision_leaf',
    outputs: [['leaves', arrayOf(BIGINT)]],
    output: 'leaf',
    pick: (outputs, row) => [outputs['decision_leaf']![row]],
  },
  {
    name: 'named_features',
    // In another order: they are found by the names in metadata_props.
    inputs: [
      ['a0', FLOAT],
      ['a1', FLOAT],
      ['a2', FLOAT],
      ['a3', FLOAT],
    ].map(([, type], i) => [['amount', 'hour_of_day', 'visits', 'age'][i]!, type as DataType] as const),
    outputs: [['probabilities', arrayOf(DOUBLE)]],
    output: 'probability',
    pick: (outputs, row) => [outputs['probabilities']![row]],
  },
  {
    name: 'external_zipmap',
    path: `${FOLDER}/external_zipmap`,
    outputs: [
      ['output_label', STRING],
      ['yes', DOUBLE],
    ],
    pick: (outputs, row) => [outputs['output_label']![row]![0], outputs['output_probability']![row]![1]],
  },
];

for (const { name, path, inputs = FOUR, outputs, output, pick } of CASES) {
  test(`${name}${output ? ` as ${output}` : ''}: what onnxruntime gives in Python, single, in batches and in odd splits`, async () => {
    const expected = await expectedOf(name);
    assert.ok(expected.x.length >= 200);
    await withModel({ path: path ?? `${FOLDER}/${name}.onnx`, inputs, outputs, ...(output && { output }) }, async model => {
      const whole = await predictIn(model, inputs, expected.x, expected.x.length);
      for (const [row, answer] of whole.entries()) assertClose(answer, pick(expected.outputs, row), `row ${row}`);
      for (const size of [1, 7, 64]) assert.deepEqual(await predictIn(model, inputs, expected.x, size), whole);
    });
  });
}

test('features with names may come in any order, and no other', async () => {
  const expected = await expectedOf('named_features');
  const inputs: Columns = [
    ['age', FLOAT],
    ['hour_of_day', FLOAT],
    ['Amount', FLOAT],
    ['visits', FLOAT],
  ];
  const outputs: Columns = [['probabilities', arrayOf(DOUBLE)]];
  const path = `${FOLDER}/named_features.onnx`;
  await withModel({ path, inputs, outputs }, async model => {
    const rows = expected.x.map(([amount, hour, visits, age]) => [age, hour, amount, visits] as Value[]);
    for (const [row, answer] of (await predictIn(model, inputs, rows, 50)).entries())
      assertClose(answer, [expected.outputs['probabilities']![row]], `row ${row}`);
  });
  const { code, message } = await refusal({ path, inputs: inputs.slice(1), outputs });
  assert.deepEqual([code, message], ['MODEL_SCHEMA', 'INPUT has no column for the feature "age" of the model']);
});

test('types that Node cannot hand over are cast at the edges of the graph', async () => {
  const inputs: Columns = [
    ['a', DOUBLE],
    ['b', DOUBLE],
  ];
  const outputs: Columns = [
    ['half', arrayOf(DOUBLE)],
    ['eighth', arrayOf(FLOAT)],
    ['small', arrayOf(INT)],
  ];
  await withModel({ path: `${FOLDER}/narrow_types.onnx`, inputs, outputs }, async model => {
    const rows = await predictIn(
      model,
      inputs,
      [
        [1.5, -3],
        [0.1, 1e6],
      ],
      2,
    );
    assert.deepEqual(rows[0], [
      [1.5, -3],
      [1.5, -3],
      // onnxruntime rounds.
      [2, -3],
    ]);
    // bfloat16 keeps eight bits of the number, and e4m3 four, at most 448.
    assert.deepEqual(rows[1]![0], [0.100_097_656_25, 999_424]);
    assert.deepEqual(rows[1]![1], [0.101_562_5, 448]);
    assert.deepEqual(rows[1]![2], [0, 7]);
  });
});

test('an input with a default keeps it', async () => {
  const path = `${FOLDER}/default_input.onnx`;
  const outputs: Columns = [['y', arrayOf(DOUBLE)]];
  const pair: Columns = [
    ['a', FLOAT],
    ['b', FLOAT],
  ];
  await withModel({ path, inputs: pair, outputs }, async model => {
    assert.deepEqual(await predictIn(model, pair, [[1, 2]], 1), [[[2, 4]]]);
  });
  const both: Columns = [
    ['x', arrayOf(FLOAT)],
    ['factor', FLOAT],
  ];
  assert.equal((await refusal({ path, inputs: both, outputs })).code, 'MODEL_SCHEMA');
});

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-edges-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('weights in other files change the version, and stay in the folder', async () => {
  await withFolder(async folder => {
    const model = join(folder, 'model');
    const opening: Opening = { path: model, inputs: FOUR, outputs: [['output_label', STRING]] };
    await cp(`${FOLDER}/external_zipmap`, model, { recursive: true });
    let version = '';
    await withModel(opening, async ({ version: first }) => {
      version = first;
    });
    const weights = join(model, 'weights', 'shift.bin');
    const bytes = await readFile(weights);
    bytes[15]! ^= 1;
    await writeFile(weights, bytes);
    await withModel(opening, async ({ version: second }) => assert.notEqual(second, version));
    await writeFile(weights, bytes.subarray(0, 12));
    assert.match((await refusal(opening)).message, /wants the bytes 0 to 16 of "weights\/shift\.bin", which has 12/);
    await rm(weights);
    assert.equal((await refusal(opening)).code, 'FILE_NOT_FOUND');
    const file = join(model, 'classifier.onnx');
    const whole = await readFile(file, 'latin1');
    for (const outside of ['../../../etc/pass', '/etc/passwd_file!', 'weights/../../ab', '..\\..\\..\\windows']) {
      // Of the same length as the name that stands there, so that the file stays one.
      const name = outside.padEnd('weights/shift.bin'.length, 'x').slice(0, 'weights/shift.bin'.length);
      await writeFile(file, whole.replace('weights/shift.bin', name), 'latin1');
      const { code, message } = await refusal(opening);
      assert.equal(code, 'MODEL_LOAD');
      assert.match(message, /for its weights, which is outside its folder/, name);
    }
  });
});

test('a folder is the model in it: the only file, model.onnx, or as Optimum saves it', async () => {
  const view = (entries: readonly string[]) => onnx.recognizes({ path: '/x', entries, head: new Uint8Array(0), size: 0 });
  assert.deepEqual(
    [
      ['a.onnx', 'tokenizer.json'],
      ['a.onnx', 'b.onnx'],
      ['a.onnx', 'model.onnx'],
      ['onnx', 'config.json'],
      ['onnx'],
      ['saved_model.pb'],
    ].map(view),
    [true, false, true, true, false, false],
  );
  await withFolder(async folder => {
    await mkdir(join(folder, 'onnx'));
    const opening: Opening = { path: folder, inputs: FOUR, outputs: [['probabilities', arrayOf(DOUBLE)]] };
    assert.match((await refusal(opening)).message, /holds no ONNX file/);
    await cp(`${FOLDER}/raw_scores.onnx`, join(folder, 'onnx', 'model.onnx'));
    await cp(`${FOLDER}/raw_scores.onnx`, join(folder, 'onnx', 'model_quantized.onnx'));
    await withModel({ ...opening, output: 'margin' }, async ({ version }) => assert.match(version, /^[0-9a-f]{12}$/));
  });
});

test('what cannot run is refused, with what to do', async () => {
  await withFolder(async folder => {
    const ort = join(folder, 'model.ort');
    await writeFile(ort, Buffer.concat([Buffer.from([24, 0, 0, 0]), Buffer.from('ORTM'), Buffer.alloc(64)]));
    assert.equal(onnx.recognizes({ path: ort, entries: undefined, head: await readFile(ort), size: 72 }), true);
    const { code, message, notes } = await refusal({ path: ort, inputs: FOUR, outputs: [['p', DOUBLE]] });
    assert.equal(code, 'MODEL_LOAD');
    assert.match(message, /onnxruntime's own format \(ORT\)/);
    assert.match(notes[0]!.message, /use the \.onnx file/);
  });
  const kinds = await refusal({ path: `${FOLDER}/decision_leaf.onnx`, inputs: FOUR, outputs: [['p', MAP]], output: 'margin' });
  assert.deepEqual([kinds.code, kinds.notes[0]!.message], ['INVALID_OPTION', 'it gives leaf']);
});
