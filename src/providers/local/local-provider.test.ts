import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { systemClock } from '../../common/clock.js';
import { MillraceError } from '../../common/error.js';
import { batchOfRows } from '../../spec/batch.js';
import { DOUBLE } from '../../spec/data-type.js';
import { defineRuntime, type Model, type ModelRuntime, type RuntimeModelContext } from '../../spec/provider.js';
import { local } from './local-provider.js';

const FILE = 'tests/fixtures/onnx/iris_lr.onnx';
const inputs = [{ name: 'a', type: DOUBLE }];
const outputs = [{ name: 'b', type: DOUBLE }];

interface Opened {
  readonly model: Model;
  /** What the runtime was opened with. */
  readonly context: RuntimeModelContext<unknown>;
  readonly closed: () => number;
}

/** Opens a model whose runtime hands its inputs back. */
async function open(written: Readonly<Record<string, string>>): Promise<Opened> {
  let context: RuntimeModelContext<unknown> | undefined;
  let closed = 0;
  const echo: ModelRuntime = defineRuntime({
    name: 'onnx',
    options: z.object({}),
    async open(given) {
      context = given;
      return {
        version: 'made-from-content',
        predict: async batch => ({ outputs: batch.columns }),
        close: async () => {
          closed++;
        },
      };
    },
  });
  const model = await local.openModel({
    name: 'm',
    options: local.options.parse(written),
    inputs,
    outputs,
    http: { request: () => assert.fail('a local model calls nobody') },
    clock: systemClock,
    random: () => 0.5,
    loadRuntime: async name => {
      if (name === 'onnx') return echo;
      throw new MillraceError({ code: 'UNKNOWN_EXTENSION', message: `unknown runtime "${name}"`, notes: [{ message: 'there is "onnx"' }] });
    },
  });
  return { model, context: context!, closed: () => closed };
}

async function refusal(written: Readonly<Record<string, string>>): Promise<MillraceError> {
  try {
    await open(written);
  } catch (error) {
    assert.ok(MillraceError.is(error), String(error));
    assert.deepEqual([error.context.model, error.context.provider], ['m', 'local']);
    return error;
  }
  assert.fail('the model was opened');
}

test('a model is opened with its absolute path, one thread and no GPU', async () => {
  const { context } = await open({ 'model-path': FILE, runtime: 'onnx' });
  assert.deepEqual(context, { name: 'm', path: resolve(FILE), options: {}, inputs, outputs, threads: 1, device: 'cpu' });
});

test('options reach the runtime', async () => {
  const { context } = await open({ 'model-path': FILE, 'inference-threads': '4', gpu: 'true', task: 'regression' });
  assert.deepEqual([context.threads, context.device], [4, 'gpu']);
});

test('a file:// URL is a path', async () => {
  const { context } = await open({ 'model-path': pathToFileURL(FILE).href });
  assert.equal(context.path, resolve(FILE));
});

test('calls go to the runtime, and so does the closing', async () => {
  const { model, closed } = await open({ 'model-path': FILE });
  const batch = batchOfRows(inputs, [[1.5]]);
  const { outputs: columns } = await model.predict(batch, { signal: new AbortController().signal, callId: 'c' });
  assert.equal(columns, batch.columns);
  await model.close!();
  assert.equal(closed(), 1);
});

test('the version is made from the content, unless it is given', async () => {
  assert.equal((await open({ 'model-path': FILE })).model.version, 'made-from-content');
  assert.equal((await open({ 'model-path': FILE, 'model-version': 'latest' })).model.version, 'made-from-content');
  assert.equal((await open({ 'model-path': FILE, 'model-version': 'v3' })).model.version, 'v3');
});

test('a file that is not there is named by its absolute path', async () => {
  const error = await refusal({ 'model-path': 'nowhere/model.onnx' });
  assert.equal(error.code, 'FILE_NOT_FOUND');
  assert.equal(error.message, `model file "${resolve('nowhere/model.onnx')}" does not exist`);
});

test('a place that is not read is refused with the way out', async () => {
  const error = await refusal({ 'model-path': 's3://models/fraud_v3.onnx', runtime: 'onnx' });
  assert.equal(error.code, 'INVALID_OPTION');
  assert.match(error.message, /"s3:\/\/models\/fraud_v3\.onnx", and s3:\/\/ is not read/);
  assert.match(error.notes[0]!.message, /copy the model to this machine/);
  assert.equal((await refusal({ 'model-path': 'file://elsewhere/model.onnx' })).code, 'INVALID_OPTION');
});

test('a runtime that is not there is refused, and one that cannot be told is asked for', async () => {
  assert.equal((await refusal({ 'model-path': FILE, runtime: 'tensorflow' })).code, 'UNKNOWN_EXTENSION');
  assert.equal((await refusal({ 'model-path': 'package.json' })).code, 'MISSING_OPTION');
});

test('values of options are checked', () => {
  for (const wrong of [{ 'inference-threads': '0' }, { gpu: 'maybe' }, { task: 'chat-completion' }]) {
    assert.equal(local.options.safeParse({ 'model-path': FILE, ...wrong }).success, false, JSON.stringify(wrong));
  }
  assert.equal(local.options.safeParse({}).success, false);
});
