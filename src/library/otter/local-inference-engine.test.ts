import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MillraceError } from '../../common/error.js';
import { InferenceException } from './inference-exception.js';
import {
  createInferenceEngine,
  LocalInferenceEngine,
  OnnxInferenceEngine,
  PmmlInferenceEngine,
  PyTorchInferenceEngine,
  TensorFlowInferenceEngine,
  XGBoostInferenceEngine,
} from './local-inference-engine.js';
import { ModelConfig } from './model-config.js';
import { ModelFormat } from './model-format.js';

function churn(options: Record<string, unknown> = {}): ModelConfig {
  return ModelConfig.builder()
    .modelId('churn')
    .modelPath('tests/fixtures/onnx/churn_pipeline.onnx')
    .format(ModelFormat.ONNX)
    .modelOptions(options)
    .build();
}

interface Expected {
  readonly inputs: readonly { readonly name: string; readonly values: readonly unknown[] }[];
  readonly outputs: Readonly<Record<string, { readonly values: readonly (number | readonly number[])[] }>>;
}

test('every row of the reference, in one batch and one by one, gives what onnxruntime gives', async () => {
  const { inputs, outputs } = JSON.parse(readFileSync('tests/fixtures/onnx/churn_pipeline.expected.json', 'utf8')) as Expected;
  const count = inputs[0]!.values.length;
  const rows = Array.from({ length: count }, (_, row) => Object.fromEntries(inputs.map(({ name, values }) => [name, values[row]])));
  const engine = new OnnxInferenceEngine();
  await engine.initialize(churn());
  assert.ok(engine.isReady());
  const batched = await engine.inferBatch(rows);
  for (const [row, result] of batched.entries()) {
    assert.ok(result.isSuccess());
    assert.equal(result.getErrorMessage(), null);
    assert.ok(result.getLatencyMs() > 0);
    const probabilities = outputs['output_probability']!.values[row] as readonly number[];
    assert.equal(result.getOutputs().get('output_label'), outputs['output_label']!.values[row]);
    assert.deepEqual(result.getOutputs().get('output_probability'), probabilities);
    assert.deepEqual(engine.scoreOf(result), { score: probabilities[1], confidence: Math.max(...probabilities) });
  }
  const alone = await Promise.all(rows.slice(0, 20).map(row => engine.infer(new Map(Object.entries(row)))));
  for (const [row, result] of alone.entries()) assert.deepEqual(result.getOutputs(), batched[row]!.getOutputs());
  await engine.close();
  assert.ok(!engine.isReady());
});

test('trees and documents are engines too: XGBoost by its names and by places, PMML with missing values', async () => {
  const rows = JSON.parse(readFileSync('tests/fixtures/xgboost/rows.json', 'utf8')) as { readonly features: readonly string[] };
  const named = Object.fromEntries(rows.features.map(name => [name, null]));
  for (const [Engine, path, format, features, score, confidence] of [
    [XGBoostInferenceEngine, 'tests/fixtures/xgboost/binary-logistic.ubj', ModelFormat.XGBOOST_BINARY, named, 0.40438, 0.59562],
    [XGBoostInferenceEngine, 'tests/fixtures/xgboost/softprob.json', ModelFormat.XGBOOST_JSON, [1, 1, 1, 1, 1, 1, 1, 1], 2, 0.73139],
    [PmmlInferenceEngine, 'tests/fixtures/pmml/trained/linear.pmml', ModelFormat.PMML, undefined, 6.93628, null],
  ] as const) {
    const engine = new Engine();
    await engine.initialize(ModelConfig.builder().modelId('m').modelPath(path).format(format).build());
    const wanted = (await engine.infer({ 'no such': 1 })).getErrorMessage()!;
    const names = Array.from(wanted.matchAll(/"([^"]+)"/g), ([, name]) => name!).slice(1);
    const row = features ?? Object.fromEntries(names.map(name => [name, null]));
    const result = await engine.infer(Array.isArray(row) ? { all: row } : (row as Record<string, unknown>));
    assert.equal(result.getErrorMessage(), null);
    const found = engine.scoreOf(result);
    assert.deepEqual([Number(found.score!.toFixed(5)), found.confidence && Number(found.confidence.toFixed(5))], [score, confidence]);
    await engine.close();
  }
});

test('an engine that is not initialised, or closed, says so by an InferenceException', async () => {
  const engine = new LocalInferenceEngine();
  assert.equal(engine.getModelConfig(), null);
  const isUnready = (thrown: unknown): boolean =>
    thrown instanceof InferenceException &&
    MillraceError.is(thrown) &&
    thrown.name === 'InferenceException' &&
    thrown.code === 'INVALID_ARGUMENT';
  await assert.rejects(engine.infer({}), isUnready);
  assert.throws(() => engine.getModelVersion(), isUnready);
  await engine.initialize(churn());
  assert.match(engine.getModelVersion(), /^[0-9a-f]{12}$/);
  await assert.rejects(engine.initialize(churn()), isUnready);
  await Promise.all([engine.close(), engine.close()]);
  await assert.rejects(engine.infer({}), isUnready);
});

test('a model that cannot be loaded is told with its code and what to do', async () => {
  const gone = ModelConfig.builder().modelId('m').modelPath('tests/fixtures/onnx/gone.onnx').format('onnx').build();
  await assert.rejects(
    createInferenceEngine(gone),
    (thrown: unknown) => thrown instanceof InferenceException && thrown.code === 'FILE_NOT_FOUND',
  );
  const damaged = ModelConfig.builder().modelId('m').modelPath('tests/fixtures/onnx/README.md').format('onnx').build();
  await assert.rejects(
    createInferenceEngine(damaged),
    (thrown: unknown) => thrown instanceof InferenceException && thrown.code === 'MODEL_LOAD',
  );
});

test('options of a model are those of CREATE MODEL, and the execution providers of ONNX', async () => {
  await (await createInferenceEngine(churn({ executionProviders: ['CPUExecutionProvider'], 'inference-threads': 2 }))).close();
  await assert.rejects(createInferenceEngine(churn({ executionProviders: ['tensorrt'] })), {
    code: 'INVALID_OPTION',
    message: /"tensorrt"/,
  });
  await assert.rejects(createInferenceEngine(churn({ 'inference-treads': 2 })), { code: 'UNKNOWN_OPTION' });
  await assert.rejects(createInferenceEngine(churn({ 'inference-threads': 0 })), { code: 'INVALID_OPTION' });
});

test('an engine of one format takes no other', async () => {
  for (const [Engine, formats] of [
    [OnnxInferenceEngine, [ModelFormat.ONNX]],
    [TensorFlowInferenceEngine, [ModelFormat.TENSORFLOW_SAVEDMODEL]],
    [XGBoostInferenceEngine, [ModelFormat.XGBOOST_JSON, ModelFormat.XGBOOST_BINARY]],
    [PmmlInferenceEngine, [ModelFormat.PMML]],
    [PyTorchInferenceEngine, [ModelFormat.PYTORCH_TORCHSCRIPT]],
  ] as const) {
    for (const format of Object.values(ModelFormat)) {
      if ((formats as readonly string[]).includes(format)) continue;
      const config = ModelConfig.builder().modelId('m').modelPath('nowhere').format(format).build();
      await assert.rejects(new Engine().initialize(config), { name: 'InferenceException', code: 'INVALID_ARGUMENT', message: /takes/ });
    }
  }
});

test('what somebody else threw becomes an InferenceException with its cause', () => {
  const cause = new TypeError('x');
  const made = InferenceException.of(cause);
  assert.deepEqual([made.cause, made.code, made.message], [cause, 'INTERNAL', 'x']);
  assert.equal(InferenceException.of(made), made);
  assert.equal(new InferenceException('no').code, 'PREDICTION_FAILED');
});
