import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { batchOfRows, valueAt, type Value } from '../../spec/batch.js';
import { arrayOf, BIGINT, DOUBLE, FLOAT as SQL_FLOAT, STRING as SQL_STRING, type DataType } from '../../spec/data-type.js';
import { openRuntime } from '../../testing/open-runtime.js';
import { savedModelSchema } from './proto/saved-model-schema.js';
import { FOLDER, openModel, prepareReference, references } from './reference.test.fixture.js';
import {
  floatConstant,
  INT64,
  intConstant,
  STRING,
  tensorInfo,
  textConstant,
  writeSavedModel,
  type Message,
} from './saved-model-writer.test.fixture.js';
import { tensorflow } from './tensorflow-runtime.js';

type Columns = readonly (readonly [name: string, type: DataType])[];

const never = new AbortController().signal;

/** What a model answers to rows; a failed row is its message. */
async function predictRows(
  path: string,
  { inputs, outputs, options = {} }: { inputs: Columns; outputs: Columns; options?: Record<string, string> },
  rows: readonly Value[][],
): Promise<(Value[] | string)[]> {
  const fields = (columns: Columns): { name: string; type: DataType }[] => columns.map(([name, type]) => ({ name, type }));
  const opened = await openRuntime({ runtime: tensorflow, path, options, inputs: fields(inputs), outputs: fields(outputs) });
  try {
    const { outputs: columns, inputOf, failures } = await opened.predict(batchOfRows(fields(inputs), rows), never);
    const answers: (Value[] | string)[] = rows.map((_, row) => failures?.get(row)?.message ?? 'nothing');
    for (let at = 0; at < columns[0]!.values.length; at++) answers[inputOf?.[at] ?? at] = columns.map(column => valueAt(column, at));
    return answers;
  } finally {
    await opened.close();
  }
}

async function refusal(path: string, options: { signature?: string; tags?: string } = {}): Promise<MillraceError> {
  try {
    await (await openModel(path, options)).close();
  } catch (error) {
    assert.ok(MillraceError.is(error), error instanceof Error ? error.stack : String(error));
    return error;
  }
  assert.fail('the model was opened');
}

function copyOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tensorflow-'));
  cpSync(join(FOLDER, name), folder, { recursive: true });
  return folder;
}

/** The model with its messages changed. */
function changed(name: string, change: (graph: Record<string, unknown>) => void): string {
  const folder = copyOf(name);
  const type = savedModelSchema().lookupType('SavedModel');
  const file = join(folder, 'saved_model.pb');
  const message = type.decode(readFileSync(file)) as unknown as { meta_graphs: Record<string, unknown>[] };
  change(message.meta_graphs[0]!);
  writeFileSync(file, type.encode(message).finish());
  return folder;
}

async function checkReference(name: string, path: string): Promise<void> {
  const reference = references().find(each => each.name === name)!;
  const model = await openModel(path, { signature: reference.signature });
  try {
    const prepared = await prepareReference(model, reference);
    const { columns } = await prepared.run(0, 2);
    for (const [i, { output, width, form }] of prepared.reads.entries())
      if (form === 'numbers')
        reference.outputs[output]!.values.slice(0, 2 * width).forEach((value, at) =>
          assert.ok(Math.abs(Number(columns[i]![at]) - Number(value)) < 1e-5),
        );
  } finally {
    await model.close();
  }
}

test('columns of SQL feed a signature: an ARRAY, columns by order, texts with NULL', async () => {
  const matrix = await predictRows(
    join(FOLDER, 'dense'),
    { inputs: [['features', arrayOf(SQL_FLOAT)]], outputs: [['output_0', arrayOf(DOUBLE)]] },
    [[[0.1, 0.2, 0.3, 0.4]], [null]],
  );
  assert.equal((matrix[0]![0] as number[]).length, 3);
  assert.ok(Math.abs((matrix[0]![0] as number[]).reduce((sum, value) => sum + value, 0) - 1) < 1e-6);
  const four: Columns = [
    ['a', DOUBLE],
    ['b', DOUBLE],
    ['c', DOUBLE],
    ['d', DOUBLE],
  ];
  const single = await predictRows(join(FOLDER, 'dense'), { inputs: four, outputs: [['output_0', arrayOf(DOUBLE)]] }, [
    [0.1, 0.2, 0.3, 0.4],
  ]);
  assert.deepEqual(single[0], matrix[0]);
  const features: Columns = [
    ['age', SQL_FLOAT],
    ['income', SQL_FLOAT],
    ['country', SQL_STRING],
    ['browser', SQL_STRING],
    ['visits', BIGINT],
  ];
  const answers = await predictRows(
    join(FOLDER, 'dnn_classifier'),
    {
      inputs: features,
      outputs: [
        ['classes', SQL_STRING],
        ['class_ids', BIGINT],
      ],
      options: { signature: 'predict' },
    },
    [
      [30, 10, 'de', 'firefox', 3],
      [30, null, null, null, 3],
      [30, null, 'de', 'firefox', null],
    ],
  );
  for (const answer of answers.slice(0, 2)) assert.equal((answer as Value[])[0], String((answer as Value[])[1]));
  assert.match(answers[2] as string, /column "visits" is NULL/);
});

test('a signature that is not there names those that are', async () => {
  const error = await refusal(join(FOLDER, 'signatures'), { signature: 'scalar' });
  assert.equal(error.code, 'INVALID_OPTION');
  assert.equal(error.message, 'the SavedModel has no signature "scalar"');
  assert.deepEqual(
    error.notes.map(({ message }) => message),
    ['did you mean "scalars"?', "option \"signature\" may be 'double', 'ragged', 'scalars', 'serving_default'"],
  );
  const tags = await refusal(join(FOLDER, 'signatures'), { tags: 'train, gpu' });
  assert.equal(tags.code, 'INVALID_OPTION');
  assert.match(tags.notes[0]!.message, /may be 'serve'/);
});

test('all that is not supported is named at once, with both ways out', async () => {
  const error = await refusal(join(FOLDER, 'unsupported'));
  assert.equal(error.code, 'MODEL_LOAD');
  assert.match(error.message, /: Lgamma \(2\), MatrixDiagV3 \(1\), MatrixInverse \(1\)$/);
  assert.match(error.notes[0]!.message, /'runtime.mode' = 'sidecar'/);
  assert.match(error.notes[1]!.message, /'provider' = 'triton'/);
});

test('a model that changes its variables while it predicts is refused', async () => {
  const error = await refusal(join(FOLDER, 'counter'));
  assert.match(error.message, /AssignAddVariableOp to variable "Variable.*", which changes from call to call/);
});

test('a signature may name any tensor: the graph is cut there', async () => {
  const model = await openModel(join(FOLDER, 'half_plus_two'));
  assert.deepEqual(model.inputs, [{ name: 'x', element: 'float32', shape: [undefined, 1] }]);
  await model.close();
  const parsed = await openModel(join(FOLDER, 'half_plus_two'), { signature: 'regress' });
  assert.deepEqual(
    parsed.inputs.map(({ name, element }) => [name, element]),
    [
      ['x', 'float32'],
      ['x2', 'float32'],
    ],
  );
  await parsed.close();
});

test('variables are found without the restore operator: by name in TensorFlow 1, by the graphs of objects in TensorFlow 2', async () => {
  await checkReference(
    'reference_variables',
    changed('reference_variables', graph => (graph['saver_def'] = null)),
  );
  await checkReference(
    'signatures',
    changed('signatures', graph => (graph['saver_def'] = null)),
  );
  // Names that the checkpoint does not know, so that only the number of the object tells.
  const renamed = changed('signatures', graph => {
    graph['saver_def'] = null;
    const rename = (name: string): string => `renamed/${name}`;
    for (const node of (graph['graph_def'] as { node: { op: string; attr: Record<string, { s?: Uint8Array }> }[] }).node) {
      const shared = node.attr['shared_name'];
      if (node.op === 'VarHandleOp' && shared?.s) shared.s = Buffer.from(rename(Buffer.from(shared.s).toString()));
    }
    for (const object of (graph['object_graph_def'] as { nodes: { variable?: { name: string } | null }[] }).nodes)
      if (object.variable) object.variable.name = rename(object.variable.name);
  });
  await checkReference('signatures', renamed);
});

test('saving, restoring and checking stay out of the graph', async () => {
  const type = savedModelSchema().lookupType('SavedModel');
  const text = JSON.stringify(type.toObject(type.decode(readFileSync(join(FOLDER, 'dense', 'saved_model.pb')))));
  for (const op of ['MergeV2Checkpoints', 'SaveV2', 'NoOp', 'StatefulPartitionedCall']) assert.ok(text.includes(`"${op}"`), op);
  await (await openModel(join(FOLDER, 'dense'))).close();
});

test('a function that calls itself is refused, and so is one that doubles without end', async () => {
  const call = (name: string, target: string, input: string): Message => ({
    name,
    op: 'PartitionedCall',
    input: [input],
    attr: { f: { func: { name: target } } },
  });
  const make = (name: string, nodes: readonly Message[], result: string): Message => ({
    signature: { name, input_arg: [{ name: 'x', type: 1 }], output_arg: [{ name: 'y', type: 1 }] },
    node_def: nodes,
    ret: { y: result },
  });
  const placeholder = { name: 'x', op: 'Placeholder', attr: { dtype: { type: 1 } } };
  const endless = writeSavedModel({
    nodes: [placeholder, call('c', 'f', 'x')],
    functions: [make('f', [call('again', 'f', 'x')], 'again:output:0')],
    inputs: { x: tensorInfo('x:0') },
    outputs: { y: tensorInfo('c:0') },
  });
  assert.match((await refusal(endless)).message, /function "f" calls itself/);
  const doubling = Array.from({ length: 40 }, (_, i) =>
    make(
      `f${i}`,
      [call('one', `f${i + 1}`, 'x'), call('two', `f${i + 1}`, 'x'), { name: 'sum', op: 'AddV2', input: ['one:output:0', 'two:output:0'] }],
      'sum:z:0',
    ),
  );
  const wide = writeSavedModel({
    nodes: [placeholder, call('c', 'f0', 'x')],
    functions: [...doubling, make('f40', [], 'x')],
    inputs: { x: tensorInfo('x:0') },
    outputs: { y: tensorInfo('c:0') },
  });
  assert.match((await refusal(wide)).message, /run through more than 200,000 nodes/);
});

test('a huge constant is refused before it is made', async () => {
  const huge = {
    name: 'big',
    op: 'Const',
    attr: { value: { tensor: { dtype: 1, tensor_shape: { dim: [{ size: 2 ** 40 }] }, float_val: [1] } } },
  };
  const path = writeSavedModel({
    nodes: [{ name: 'x', op: 'Placeholder' }, huge, { name: 'y', op: 'AddV2', input: ['x', 'big'] }],
    inputs: { x: tensorInfo('x:0') },
    outputs: { y: tensorInfo('y:0') },
  });
  assert.match((await refusal(path)).message, /at most 16,777,216 elements/);
});

test('an asset outside its folder is refused', async () => {
  const table = (asset: string): string =>
    writeSavedModel({
      nodes: [
        { name: 'x', op: 'Placeholder' },
        {
          name: 'file',
          op: 'Const',
          attr: { value: { tensor: { dtype: STRING, tensor_shape: {}, string_val: [Buffer.from('/tmp/words.txt')] } } },
        },
        { name: 'table', op: 'HashTableV2', attr: { shared_name: { s: Buffer.from('t') } } },
        {
          name: 'fill',
          op: 'InitializeTableFromTextFileV2',
          input: ['table', 'file'],
          attr: { key_index: { i: -2 }, value_index: { i: -1 } },
        },
        { name: 'otherwise', op: 'Const', attr: { value: { tensor: { dtype: INT64, tensor_shape: {}, int64_val: [-1] } } } },
        { name: 'y', op: 'LookupTableFindV2', input: ['table', 'x', 'otherwise'] },
      ],
      inputs: { x: tensorInfo('x:0', STRING) },
      outputs: { y: tensorInfo('y:0', INT64) },
      more: {
        collection_def: { table_initializer: { node_list: { value: ['fill'] } } },
        asset_file_def: [{ tensor_info: { name: 'file:0', dtype: STRING }, filename: asset }],
      },
      assets: { 'words.txt': 'one\ntwo\n' },
    });
  const columns = { inputs: [['x', SQL_STRING]] as Columns, outputs: [['y', BIGINT]] as Columns };
  assert.deepEqual(await predictRows(table('words.txt'), columns, [['two'], ['three'], ['one']]), [[1], [-1], [0]]);
  for (const name of ['../saved_model.pb', '/etc/passwd', 'a/../../x', '..'])
    assert.match((await refusal(table(name))).message, /names the asset ".*", which is no file of its folder/);
  assert.match((await refusal(table('nothing.txt'))).message, /does not exist/);
});

test('keys that only ONNX has are looked up there', async () => {
  const path = writeSavedModel({
    nodes: [
      { name: 'x', op: 'Placeholder' },
      intConstant('axis', [-1]),
      { name: 'best', op: 'ArgMax', input: ['x', 'first'] },
      { name: 'first', op: 'Const', attr: { value: { tensor: { dtype: 3, tensor_shape: {}, int_val: [1] } } } },
      { name: 'keys', op: 'Const', attr: { value: { tensor: { dtype: INT64, tensor_shape: { dim: [{ size: 2 }] }, int64_val: [0, 2] } } } },
      textConstant('names', ['zero', 'two']),
      { name: 'none', op: 'Const', attr: { value: { tensor: { dtype: STRING, tensor_shape: {}, string_val: [Buffer.from('other')] } } } },
      { name: 'table', op: 'HashTableV2' },
      { name: 'fill', op: 'LookupTableImportV2', input: ['table', 'keys', 'names'] },
      { name: 'y', op: 'LookupTableFindV2', input: ['table', 'best', 'none'] },
    ],
    inputs: { x: tensorInfo('x:0', 1, 3) },
    outputs: { y: tensorInfo('y:0', STRING) },
    more: { collection_def: { table_initializer: { node_list: { value: ['fill'] } } } },
  });
  const columns = { inputs: [['x', arrayOf(DOUBLE)]] as Columns, outputs: [['y', SQL_STRING]] as Columns };
  assert.deepEqual(await predictRows(path, columns, [[[3, 1, 2]], [[1, 3, 2]], [[1, 2, 3]]]), [['zero'], ['other'], ['two']]);
});

test('a text that is no number fails its own row', async () => {
  const path = writeSavedModel({
    nodes: [
      { name: 'x', op: 'Placeholder' },
      { name: 'n', op: 'StringToNumber', input: ['x'], attr: { out_type: { type: 1 } } },
      floatConstant('two', [2]),
      { name: 'y', op: 'Mul', input: ['n', 'two'] },
    ],
    inputs: { x: tensorInfo('x:0', STRING) },
    outputs: { y: tensorInfo('y:0') },
  });
  const answers = await predictRows(path, { inputs: [['x', SQL_STRING]], outputs: [['y', DOUBLE]] }, [['1.5'], ['many'], ['-2e1'], ['']]);
  assert.deepEqual([answers[0], answers[2]], [[3], [-40]]);
  assert.match(answers[1] as string, /"many" is no number/);
  assert.match(answers[3] as string, /"" is no number/);
});

test('missing variable files are named', async () => {
  const folder = copyOf('shards');
  rmSync(join(folder, 'variables', 'variables.data-00001-of-00002'));
  assert.match((await refusal(folder)).message, /variables.data-00001-of-00002" does not exist/);
  rmSync(join(folder, 'variables'), { recursive: true });
  assert.match((await refusal(folder)).message, /it has variables, but no folder "variables"/);
});

test('the version follows the variables, not only the graph', async () => {
  const before = await openModel(join(FOLDER, 'shards'));
  const folder = copyOf('shards');
  const same = await openModel(folder);
  assert.match(before.version, /^[0-9a-f]{12}$/);
  assert.equal(same.version, before.version);
  const file = join(folder, 'variables', 'variables.data-00000-of-00002');
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0])]));
  const after = await openModel(folder);
  assert.notEqual(after.version, before.version);
  for (const model of [before, same, after]) await model.close();
});
