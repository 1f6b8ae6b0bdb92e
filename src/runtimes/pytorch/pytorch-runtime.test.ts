import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { batchOfRows, valueAt } from '../../spec/batch.js';
import { arrayOf, BIGINT, BOOLEAN, DOUBLE, FLOAT, type Field } from '../../spec/data-type.js';
import type { ModelInput } from '../../spec/model-runtime.js';
import { openRuntime, type RuntimeUnderTest } from '../../testing/open-runtime.js';
import { pytorch } from './pytorch-runtime.js';

const FOLDER = 'tests/fixtures/pytorch/torch-2.15';
const never = new AbortController().signal;
setMaxListeners(0, never);

const columns = (type: Field['type'], ...names: string[]): Field[] => names.map(name => ({ name, type }));

type Given = Omit<RuntimeUnderTest, 'runtime'>;

async function refusal(given: Partial<Given> & { path: string }): Promise<MillraceError> {
  try {
    const opened = await openRuntime({ runtime: pytorch, inputs: columns(FLOAT, 'x'), outputs: columns(FLOAT, 'y'), ...given });
    await opened.close();
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    return error;
  }
  return assert.fail('the model was opened');
}

const notes = (error: MillraceError): string => error.notes.map(({ message }) => message).join('\n');

test('features are columns in declared order, and the outputs of a named tuple have its names', async () => {
  const opened = await openRuntime({
    runtime: pytorch,
    path: `${FOLDER}/named-script.pt`,
    inputs: columns(FLOAT, 'a', 'b', 'c', 'd'),
    outputs: [
      { name: 'label', type: BIGINT },
      { name: 'probability', type: arrayOf(DOUBLE) },
    ],
  });
  try {
    assert.equal(opened.model.inputs[0]!.name, 'x');
    assert.deepEqual(opened.model.inputs[0]!.shape, [undefined, 4]);
    assert.match(opened.version, /^[0-9a-f]{12}$/);
    const batch = batchOfRows(columns(FLOAT, 'a', 'b', 'c', 'd'), [
      [1, 0, -1, 2],
      [0, 0, 0, null],
    ]);
    const { outputs } = await opened.predict(batch, never);
    const probabilities = valueAt(outputs[1]!, 0) as number[];
    assert.ok(Math.abs(probabilities.reduce((sum, value) => sum + value, 0) - 1) < 1e-6);
    assert.equal(Number(valueAt(outputs[0]!, 0)), probabilities.indexOf(Math.max(...probabilities)));
    assert.ok((valueAt(outputs[1]!, 1) as number[]).every(Number.isNaN));
  } finally {
    await opened.close();
  }
});

test('several inputs come from the columns of their names, and the outputs of a dict have its keys', async () => {
  const declaredInputs: ModelInput[] = [
    { name: 'x', element: 'float32', shape: [undefined, 4] },
    { name: 'mask', element: 'bool', shape: [undefined, 4] },
  ];
  const inputs: Field[] = [
    { name: 'mask', type: arrayOf(BOOLEAN) },
    { name: 'x', type: arrayOf(FLOAT) },
  ];
  const opened = await openRuntime({
    runtime: pytorch,
    path: `${FOLDER}/two-inputs-script.pt`,
    declaredInputs,
    inputs,
    outputs: [{ name: 'score', type: DOUBLE }],
  });
  try {
    const { outputs } = await opened.predict(
      batchOfRows(inputs, [
        [
          [true, true, true, true],
          [1, 2, 3, 4],
        ],
      ]),
      never,
    );
    assert.equal(valueAt(outputs[0]!, 0), -4);
  } finally {
    await opened.close();
  }
});

test('a model without a width of its own takes as many columns as INPUT has', async () => {
  for (const count of [1, 3]) {
    const inputs = columns(FLOAT, ...Array.from({ length: count }, (_, i) => `c${i}`));
    const opened = await openRuntime({
      runtime: pytorch,
      path: `${FOLDER}/anything-script.pt`,
      inputs,
      outputs: [{ name: 'y', type: arrayOf(FLOAT) }],
    });
    try {
      const { outputs } = await opened.predict(batchOfRows(inputs, [inputs.map(() => 2)]), never);
      assert.deepEqual(valueAt(outputs[0]!, 0), [2, ...inputs.map(() => 4)]);
    } finally {
      await opened.close();
    }
  }
  const error = await refusal({ path: `${FOLDER}/anything-script.pt`, inputs: [{ name: 'x', type: arrayOf(FLOAT) }] });
  assert.equal(error.code, 'MODEL_SCHEMA');
});

test('an id outside of the table fails its row, and no other', async () => {
  const inputs: Field[] = [{ name: 'ids', type: arrayOf(BIGINT) }];
  const opened = await openRuntime({
    runtime: pytorch,
    path: `${FOLDER}/gru-trace.pt`,
    inputs,
    outputs: [{ name: 'y', type: arrayOf(DOUBLE) }],
  });
  try {
    const rows = [[[1, 2, 3, 4, 5]], [[1, 2, 50, 4, 5]], [[1, -1, 3, 4, 5]], [[1, 2, 3, 4, 5]]];
    const { outputs, failures, inputOf } = await opened.predict(batchOfRows(inputs, rows), never);
    assert.deepEqual([...failures!.keys()], [1, 2]);
    assert.deepEqual([...inputOf!], [0, 3]);
    assert.deepEqual(valueAt(outputs[0]!, 0), valueAt(outputs[0]!, 1));
  } finally {
    await opened.close();
  }
});

test('a wrong number of columns is a matter of INPUT', async () => {
  const error = await refusal({ path: `${FOLDER}/mlp-script.pt`, inputs: columns(FLOAT, 'a', 'b') });
  assert.equal(error.code, 'MODEL_SCHEMA');
  assert.match(error.message, /INPUT declares 2 columns, but the model takes 8 features a row/);
});

test('everything unsupported is told at once, with its lines and both other ways', async () => {
  const error = await refusal({ path: `${FOLDER}/unsupported-script.pt` });
  assert.equal(error.code, 'MODEL_LOAD');
  for (const operation of ['aten::linalg_inv', 'aten::_unique2', 'aten::fft_rfft']) {
    assert.match(error.message, new RegExp(`${operation} \\(code/__torch__/[\\w/]+\\.py, line \\d+\\)`));
  }
  assert.match(notes(error), /'runtime\.mode' = 'sidecar'/);
  assert.match(notes(error), /'provider' = 'triton'/);
});

test('what torch.save wrote is refused with what to write instead', async () => {
  for (const [name, problem] of [
    ['state-dict.pth', /written by torch\.save/],
    ['legacy.pth', /is a pickle, as torch\.save wrote before 1\.6/],
    ['program.pt2', /archive of torch\.export/],
  ] as const) {
    const error = await refusal({ path: `${FOLDER}/${name}` });
    assert.equal(error.code, 'MODEL_LOAD');
    assert.match(error.message, problem);
    assert.match(notes(error), /torch\.jit\.trace\(model\.eval\(\), example\)\.save/);
    assert.match(notes(error), /'runtime\.mode' = 'sidecar'/);
  }
});

test('a wrong declaration of inputs is refused', async () => {
  const wrongName: ModelInput[] = [{ name: 'z', element: 'float32', shape: [undefined, 8] }];
  assert.match(
    (await refusal({ path: `${FOLDER}/mlp-script.pt`, declaredInputs: wrongName })).message,
    /names "z", and the model takes "x"/,
  );
  const text: ModelInput[] = [{ name: 'x', element: 'string', shape: [undefined, 8] }];
  assert.match((await refusal({ path: `${FOLDER}/mlp-script.pt`, declaredInputs: text })).message, /"x" is of string/);
  const width: ModelInput[] = [{ name: 'x', element: 'float32', shape: [undefined, 7] }];
  assert.match(
    (await refusal({ path: `${FOLDER}/mlp-script.pt`, declaredInputs: width })).message,
    /shapes \[N, 7\] and \[16, 8\] do not fit/,
  );
  const ids = await refusal({ path: `${FOLDER}/gru-script.pt` });
  assert.match(ids.message, /aten::embedding: numbers of rows as float32/);
  assert.match(notes(ids), /'model\.inputs'/);
});

test('files are told by their bytes, whatever their name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pytorch-'));
  try {
    const path = join(folder, 'model.onnx');
    await copyFile(`${FOLDER}/mlp-trace.pt`, path);
    const inputs = columns(FLOAT, ...'abcdefgh');
    const opened = await openRuntime({ runtime: pytorch, path, inputs, outputs: [{ name: 'y', type: arrayOf(FLOAT) }] });
    await opened.close();
    const other = join(folder, 'other.pt');
    await writeFile(other, 'no model');
    assert.match((await refusal({ path: other })).message, /is no zip file/);
    assert.match((await refusal({ path: folder })).message, /is a folder/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
