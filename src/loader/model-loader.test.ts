import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { systemClock } from '../common/clock.js';
import { MillraceError } from '../common/error.js';
import { SILENT } from '../common/logger.js';
import { defineRuntime, type LoadedModel, type ModelFileRequest, type ModelRuntime, type RuntimeContext } from '../spec/model-runtime.js';
import { integer, option } from '../spec/option.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { ModelLoader, type ModelLoaderInit } from './model-loader.js';
import type { GivenRuntimeOptions } from './runtime-options.js';

const FILE = 'tests/fixtures/onnx/iris_lr.onnx';
const NOWHERE: Omit<ModelLoaderInit, 'runtimes'> = {
  http: { request: () => assert.fail('nobody is asked') },
  clock: systemClock,
  random: () => 0.5,
  newId: () => assert.fail('nothing is kept'),
  log: SILENT,
  limits: () => ({ folder: '/nowhere', diskBytes: 0, memoryBytes: 0, models: 1, idleMs: 0 }),
};

const REQUEST: ModelFileRequest = {
  name: 'm',
  address: FILE,
  format: undefined,
  mode: 'native',
  threads: 1,
  device: 'cpu',
  declaredInputs: undefined,
};

/** A runtime that takes files with a word in them, and notes what it was opened with. */
function wordRuntime(name: string, opened: [string, RuntimeContext<unknown>][]): ModelRuntime {
  return defineRuntime({
    name,
    formats: [`${name}-text`],
    options: z.object({ [`${name}.depth`]: option(integer().default(3), { doc: 'How deep.' }) }),
    recognizes: ({ head }) => Buffer.from(head).includes(name),
    async open(context) {
      opened.push([name, context]);
      return { version: 'v', memoryBytes: 1, inputs: [], prepare: () => assert.fail(), close: async () => {} } satisfies LoadedModel;
    },
  });
}

async function opening(
  request: Partial<ModelFileRequest>,
  options?: GivenRuntimeOptions,
): Promise<readonly [string, RuntimeContext<unknown>]> {
  const opened: [string, RuntimeContext<unknown>][] = [];
  const loader = new ModelLoader({ ...NOWHERE, runtimes: async () => ['sidecar', 'onnx', 'trees'].map(name => wordRuntime(name, opened)) });
  await (await loader.open({ ...REQUEST, ...request }, options)).release();
  assert.equal(opened.length, 1);
  return opened[0]!;
}

async function refusal(request: Partial<ModelFileRequest>, options?: GivenRuntimeOptions): Promise<MillraceError> {
  try {
    await opening(request, options);
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    return error;
  }
  assert.fail('the model was opened');
}

test('the bytes of a file tell its runtime, its name does not', async context => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  await writeFile(join(path, 'model.onnx'), 'some trees');
  assert.equal((await opening({ address: join(path, 'model.onnx') }))[0], 'trees');
});

test('a file is opened by its absolute path, whether it comes as a path or as a URL', async () => {
  for (const address of [FILE, pathToFileURL(FILE).href]) {
    const [name, { file, format }] = await opening({ address, format: 'ONNX-text' });
    assert.deepEqual([name, file.path, format], ['onnx', resolve(FILE), 'ONNX-text']);
  }
});

test('options reach the runtime they belong to, with defaults for the others', async () => {
  const values = { 'onnx.depth': 5, 'trees.depth': 7 };
  const [, { options }] = await opening({ format: 'onnx' }, { values, written: new Set(['onnx.depth', 'provider']) });
  assert.deepEqual(options, { 'onnx.depth': 5 });
  assert.deepEqual((await opening({ format: 'onnx' }))[1].options, { 'onnx.depth': 3 });
});

test('an option of another runtime is refused', async () => {
  const error = await refusal({ format: 'onnx' }, { values: { 'trees.depth': 7 }, written: new Set(['trees.depth']) });
  assert.equal(error.code, 'INVALID_OPTION');
  assert.equal(error.message, 'option "trees.depth" is one of trees, and the model is run by onnx');
});

test('a sidecar is told the format that it is to run', async () => {
  const [name, { format }] = await opening({ format: 'trees-text', mode: 'sidecar' });
  assert.deepEqual([name, format], ['sidecar', 'trees']);
});

test('a file that is not there is named by its absolute path', async () => {
  const error = await refusal({ address: 'nowhere/model.onnx' });
  assert.equal(error.code, 'FILE_NOT_FOUND');
  assert.equal(error.message, `model file "${resolve('nowhere/model.onnx')}" does not exist`);
});

test('a place that is not read is refused with the way out', async () => {
  const error = await refusal({ address: 'gopher://models/fraud_v3.onnx', format: 'onnx' });
  assert.equal(error.code, 'INVALID_OPTION');
  assert.match(error.message, /models are not read from gopher:\/\//);
  assert.equal((await refusal({ address: 'file://elsewhere/model.onnx' })).code, 'INVALID_OPTION');
});

test('a runtime that is not there is refused, and one that cannot be told is asked for', async () => {
  const unknown = await refusal({ format: 'tree' });
  assert.deepEqual([unknown.code, unknown.notes[0]!.message], ['UNKNOWN_EXTENSION', 'did you mean "trees"?']);
  const untold = await refusal({ address: 'tsconfig.json' });
  assert.equal(untold.code, 'MISSING_OPTION');
  assert.match(untold.message, /no runtime recognizes ".*tsconfig\.json", which is a JSON document/);
  assert.match((await refusal({ address: 'tests/fixtures/onnx' })).message, /which is a folder with /);
});
