import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceErrors } from '../../common/error.js';
import { Duration } from './duration.js';
import { InferenceConfig } from './inference-config.js';
import { ModelConfig } from './model-config.js';
import { ModelFormat } from './model-format.js';
import { SqlInferenceConfig } from './sql-inference-config.js';

const FRAUD = ModelConfig.builder()
  .modelId('fraud-detector')
  .modelPath('s3a://ml-models/fraud-detector/v1/')
  .format(ModelFormat.TENSORFLOW_SAVEDMODEL);

test('the example of the reference, word by word', () => {
  const config = InferenceConfig.builder()
    .modelConfig(
      ModelConfig.builder()
        .modelId('fraud-detector')
        .modelPath('s3a://ml-models/fraud-detector/v1/')
        .format(ModelFormat.TENSORFLOW_SAVEDMODEL)
        .build(),
    )
    .batchSize(32)
    .timeout(Duration.ofSeconds(5))
    .maxRetries(3)
    .enableCaching(true)
    .cacheSize(10_000)
    .cacheTtl(Duration.ofMinutes(30))
    .enableMetrics(true)
    .metricsPrefix('myapp.ml')
    .build();
  assert.equal(config.modelConfig.modelId, 'fraud-detector');
  assert.equal(config.modelConfig.format, 'tensorflow-savedmodel');
  assert.deepEqual(
    [config.batchSize, config.timeout.toMillis(), config.maxRetries, config.enableCaching, config.cacheSize, config.cacheTtl.toMillis()],
    [32, 5_000, 3, true, 10_000, 1_800_000],
  );
  assert.deepEqual([config.enableMetrics, config.metricsPrefix], [true, 'myapp.ml']);
});

test('what is not set has its default', () => {
  const config = InferenceConfig.builder().modelConfig(FRAUD.build()).build();
  assert.deepEqual(
    [config.batchSize, config.timeout.toString(), config.maxRetries, config.enableCaching, config.cacheSize, config.cacheTtl.toString()],
    [1, '30 s', 3, false, 10_000, '30 min'],
  );
  assert.deepEqual([config.enableMetrics, config.metricsPrefix], [false, 'millrace.inference']);
  assert.deepEqual([FRAUD.build().modelVersion, FRAUD.build().modelOptions.size], [null, 0]);
});

test('a model has a name, a path and a format, and may have a version and options', () => {
  const given = { gpu: true };
  const built = FRAUD.modelVersion('v1').modelOptions(given).build();
  given.gpu = false;
  assert.deepEqual([built.modelVersion, [...built.modelOptions]], ['v1', [['gpu', true]]]);
  const missing = { code: 'INVALID_ARGUMENT' };
  assert.throws(() => ModelConfig.builder().modelPath('p').format('onnx').build(), {
    ...missing,
    message: 'modelId is required and was not set',
  });
  assert.throws(() => ModelConfig.builder().modelId('m').format('onnx').build(), { ...missing, message: /modelPath/ });
  assert.throws(() => ModelConfig.builder().modelId('m').modelPath('p').build(), { ...missing, message: /format/ });
  assert.throws(() => InferenceConfig.builder().build(), { ...missing, message: /modelConfig/ });
});

test('values that mean nothing are refused where they are set', () => {
  const wrong: readonly (() => unknown)[] = [
    () => ModelConfig.builder().modelId(' '),
    () => ModelConfig.builder().modelPath(''),
    () => ModelConfig.builder().format('ONNX' as never),
    () => ModelConfig.builder().modelVersion(''),
    () => InferenceConfig.builder().batchSize(0),
    () => InferenceConfig.builder().batchSize(1.5),
    () => InferenceConfig.builder().timeout(0),
    () => InferenceConfig.builder().timeout('soon'),
    () => InferenceConfig.builder().timeout(NaN),
    () => InferenceConfig.builder().maxRetries(-1),
    () => InferenceConfig.builder().cacheSize(0),
    () => InferenceConfig.builder().cacheTtl(-1),
    () => InferenceConfig.builder().metricsPrefix('my app'),
    () => InferenceConfig.builder().modelConfig({} as never),
    () => Duration.ofSeconds(Infinity),
  ];
  for (const set of wrong) assert.throws(set, { code: 'INVALID_ARGUMENT' }, String(set));
});

test('durations in all their forms', () => {
  const all = [
    Duration.ofMillis(90_000),
    Duration.ofSeconds(90),
    Duration.ofMinutes(1.5),
    Duration.ofHours(0.025),
    Duration.from(90_000),
    Duration.from('90 s'),
  ];
  for (const duration of all) assert.equal(duration.toMillis(), 90_000);
  assert.equal(Duration.ofDays(1).toMillis(), 86_400_000);
  assert.equal(Duration.from(all[0]!), all[0]);
});

test('the formats are those of the reference', () => {
  assert.deepEqual(Object.keys(ModelFormat), [
    'ONNX',
    'TENSORFLOW_SAVEDMODEL',
    'XGBOOST_JSON',
    'XGBOOST_BINARY',
    'PMML',
    'PYTORCH_TORCHSCRIPT',
  ]);
});

const REQUIRED = { 'model.name': 'fraud-detector', 'model.path': 's3a://ml-models/fraud/v1/' };

test('SqlInferenceConfig: without options, the documented defaults', () => {
  assert.deepEqual(
    { ...SqlInferenceConfig.fromOptions(REQUIRED) },
    {
      modelName: 'fraud-detector',
      modelPath: 's3a://ml-models/fraud/v1/',
      modelFormat: 'tensorflow-savedmodel',
      modelVersion: 'latest',
      s3Endpoint: null,
      s3AccessKey: null,
      s3SecretKey: null,
      s3PathStyle: true,
      cacheEnabled: true,
      cacheTtlMinutes: 30,
      batchSize: 1,
      asyncEnabled: false,
      maxRetries: 3,
    },
  );
});

test('SqlInferenceConfig: every option of the reference', () => {
  const config = SqlInferenceConfig.fromOptions(
    new Map(
      Object.entries({
        ...REQUIRED,
        connector: 'ml-inference',
        'model.format': 'pmml',
        'model.version': 'v1',
        'model.s3.endpoint': 'http://minio:9000',
        'model.s3.access-key': 'minioadmin',
        'model.s3.secret-key': '${KEY}',
        'model.s3.path-style': 'false',
        'cache.enabled': 'false',
        'cache.ttl-minutes': '60',
        'batch.size': '32',
        'async.enabled': 'true',
        'retry.max-attempts': '5',
      }),
    ),
    { KEY: 'hidden' },
  );
  const { modelFormat, modelVersion, s3Endpoint, s3PathStyle, cacheEnabled, cacheTtlMinutes, batchSize, asyncEnabled, maxRetries } = config;
  assert.deepEqual(
    [modelFormat, modelVersion, s3Endpoint, s3PathStyle, cacheEnabled, cacheTtlMinutes, batchSize, asyncEnabled, maxRetries],
    ['pmml', 'v1', 'http://minio:9000', false, false, 60, 32, true, 5],
  );
  assert.deepEqual([config.s3AccessKey!.reveal(), config.s3SecretKey!.reveal()], ['minioadmin', 'hidden']);
  assert.ok(!JSON.stringify(config).includes('hidden'));
  assert.equal(config.toModelConfig().modelOptions.get('model.s3.path-style'), false);
});

test('SqlInferenceConfig: everything that is wrong is told at once', () => {
  assert.throws(
    () => SqlInferenceConfig.fromOptions({ 'model.nmae': 'x', 'model.path': 'p', 'batch.size': '0', 'model.format': 'pickle' }),
    (thrown: unknown) => {
      assert.ok(thrown instanceof MillraceErrors);
      assert.deepEqual(thrown.errors.map(error => error.code).toSorted(), ['INVALID_OPTION', 'INVALID_OPTION', 'UNKNOWN_OPTION']);
      return true;
    },
  );
});
