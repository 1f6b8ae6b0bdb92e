import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { deferred } from '../../common/deferred.js';
import { MillraceError } from '../../common/error.js';
import { InferenceResult, type Features } from '../../spec/inference-engine.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { AsyncInferenceFunction } from './async-inference-function.js';
import { fakeEngine, type FakeEngine } from './fake-engine.test.fixture.js';
import { InferenceConfig, type InferenceConfigBuilder } from './inference-config.js';
import { InferenceException } from './inference-exception.js';
import type { MetricsMeter } from './inference-metrics.js';
import { ModelCache } from './model-cache.js';
import { ModelConfig } from './model-config.js';

const MODEL = ModelConfig.builder().modelId('m').modelPath('nowhere.onnx').format('onnx').modelVersion('v7').build();
const busy = (): MillraceError => new MillraceError({ code: 'UNREACHABLE', message: 'busy', retry: 'backoff' });

function setup(engine: FakeEngine, configure: (builder: InferenceConfigBuilder) => InferenceConfigBuilder = builder => builder) {
  const clock = createFakeClock();
  const cache = new ModelCache({ clock });
  cache.putEngine('m', engine);
  const config = configure(InferenceConfig.builder().modelConfig(MODEL)).build();
  return { clock, cache, config, run: new AsyncInferenceFunction(config, { cache, clock, random: () => 0.5 }) };
}

function double(features: Features): InferenceResult {
  return InferenceResult.success({ twice: 2 * Number((features as Map<string, unknown>).get('x')) });
}

test('results come back in the order of the rows, with outputs of every kind', async () => {
  const outputs = { number: 1.5, nan: NaN, minus: -0, long: 2n ** 60n, text: 'a', flag: true, nothing: null, list: [1, null, Infinity] };
  const { run } = setup(fakeEngine(features => InferenceResult.success({ ...outputs, x: (features as Map<string, number>).get('x')! })));
  const seen: unknown[] = [];
  for await (const result of run.inferAll([{ x: 1 }, { x: 2 }, { x: 3 }])) seen.push(Object.fromEntries(result.getOutputs()));
  assert.deepEqual(
    seen,
    [1, 2, 3].map(x => ({ ...outputs, x })),
  );
  await run.close();
});

test('batchSize: rows gather into runs of at most so many, and a lone one does not wait for ever', async () => {
  const sizes: number[] = [];
  const engine = fakeEngine();
  engine.inferBatch = rows => {
    sizes.push(rows.length);
    return Promise.resolve(rows.map(double));
  };
  const { run, clock } = setup(engine, builder => builder.batchSize(2));
  const results = [1, 2, 3].map(x => run.infer({ x }));
  await setImmediate();
  await clock.advance(5);
  assert.deepEqual(
    (await Promise.all(results)).map(result => result.getOutputs().get('twice')),
    [2, 4, 6],
  );
  assert.deepEqual(sizes, [2, 1]);
  await run.close();
});

test('maxRetries: what may pass is tried again so often, and is then a result without success', async () => {
  let failures = 2;
  const { run, clock } = setup(
    fakeEngine(features => {
      if (failures-- > 0) throw busy();
      return double(features);
    }),
    builder => builder.maxRetries(2),
  );
  const first = run.infer({ x: 1 });
  await setImmediate();
  await clock.advance(5_000);
  assert.equal((await first).getOutputs().get('twice'), 2);
  failures = 10;
  const second = run.infer({ x: 1 });
  await setImmediate();
  await clock.advance(5_000);
  const result = await second;
  assert.deepEqual([result.isSuccess(), /busy/.test(result.getErrorMessage()!)], [false, true]);
  assert.equal(failures, 7);
  await run.close();
});

test('what will not pass is not tried again', async () => {
  const engine = fakeEngine(new Error('broken'));
  const { run } = setup(engine);
  const result = await run.infer({ x: 1 });
  assert.deepEqual([result.isSuccess(), result.getErrorMessage(), engine.asked.length], [false, 'broken', 1]);
  const failed = await setup(fakeEngine('not a fit')).run.infer({ x: 1 });
  assert.deepEqual([failed.isSuccess(), failed.getErrorMessage()], [false, 'not a fit']);
  await run.close();
});

test('timeout: a row that takes longer is a result without success', async () => {
  const never = deferred<InferenceResult>();
  const { run, clock } = setup(
    fakeEngine(() => never.promise),
    builder => builder.timeout('200 ms').maxRetries(0),
  );
  const result = run.infer({ x: 1 });
  await setImmediate();
  await clock.advance(200);
  assert.match((await result).getErrorMessage()!, /200 ms/);
  await run.close();
});

test('enableCaching, cacheSize, cacheTtl: equal features share a result, so many, so long', async () => {
  const engine = fakeEngine(double);
  const { run, clock } = setup(engine, builder => builder.enableCaching(true).cacheSize(2).cacheTtl('1 s').enableMetrics(true));
  const ask = async (x: number): Promise<unknown> => (await run.infer({ x })).getOutputs().get('twice');
  assert.deepEqual([await ask(1), await ask(1), await ask(2), await ask(1)], [2, 2, 4, 2]);
  assert.equal(engine.asked.length, 2);
  await ask(3);
  await ask(2);
  assert.equal(engine.asked.length, 4, 'the one that was not used for longest has left');
  await clock.advance(1_001);
  await ask(2);
  assert.equal(engine.asked.length, 5);
  assert.equal(run.metrics().get('millrace.inference.cache.hits'), 2);
  await run.close();

  const without = fakeEngine(double);
  const plain = setup(without).run;
  await plain.infer({ x: 1 });
  await plain.infer({ x: 1 });
  assert.equal(without.asked.length, 2);
});

test('enableMetrics, metricsPrefix: counts by name, also as instruments with the version among their tags', async () => {
  const shown = new Map<string, () => [number, Readonly<Record<string, string>>]>();
  const instrument = (name: string) => ({
    addCallback: (callback: (result: { observe(value: number, tags: Readonly<Record<string, string>>): void }) => void) => {
      shown.set(name, () => {
        let seen: [number, Readonly<Record<string, string>>] = [NaN, {}];
        callback({ observe: (value, tags) => (seen = [value, tags]) });
        return seen;
      });
    },
    removeCallback: () => void shown.delete(name),
  });
  const meter: MetricsMeter = { createObservableCounter: instrument, createObservableGauge: instrument };
  const cache = new ModelCache();
  cache.putEngine(
    'm',
    fakeEngine(features => ((features as Map<string, unknown>).get('x') === 1 ? double(features) : InferenceResult.failure('no'))),
  );
  const config = InferenceConfig.builder().modelConfig(MODEL).enableMetrics(true).metricsPrefix('myapp.ml').build();
  const run = new AsyncInferenceFunction(config, { cache, meter });
  await run.infer({ x: 1 });
  await run.infer({ x: 2 });
  const metrics = run.metrics();
  assert.deepEqual([metrics.get('myapp.ml.rows.answered'), metrics.get('myapp.ml.rows.failed'), metrics.get('myapp.ml.calls')], [1, 1, 2]);
  assert.deepEqual(shown.get('myapp.ml.rows.answered')!(), [1, { model: 'm', version: 'v7' }]);
  assert.deepEqual([...shown.keys()].toSorted(), [...metrics.keys()].toSorted());
  await run.close();
  assert.equal(shown.size, 0);

  const silent = setup(fakeEngine()).run;
  await silent.infer({ x: 1 });
  assert.equal(silent.metrics().size, 0);
});

test('no more rows are read ahead than there is room for', async () => {
  const running = deferred<void>();
  const { run } = setup(
    fakeEngine(async features => {
      await running.promise;
      return double(features);
    }),
  );
  let read = 0;
  function* endless(): Generator<Features> {
    for (;;) yield { x: read++ };
  }
  const results = run.inferAll(endless());
  const first = results.next();
  for (let i = 0; i < 100; i++) await setImmediate();
  assert.ok(read > 0 && read < 2_000, String(read));
  running.resolve();
  assert.equal((await first).value!.getOutputs().get('twice'), 0);
  await results.return();
  await run.close();
});

test('a model is loaded into the cache under its id, stays there, and is loaded again by the next row where that failed', async () => {
  const cache = new ModelCache();
  const model = ModelConfig.builder().modelId('churn').modelPath('tests/fixtures/onnx/churn_pipeline.onnx').format('onnx').build();
  await using run = new AsyncInferenceFunction(InferenceConfig.builder().modelConfig(model).batchSize(8).build(), { cache });
  await run.open();
  assert.ok(cache.getEngine('churn'));
  const features = { country: 'FR', plan: 'pro', age: 32.670689, balance: 764.95294, visits: 0 };
  const [good, bad] = await Promise.all([run.infer(features), run.infer({ ...features, plna: 'x' })]);
  assert.equal(good.getOutputs().get('output_label'), 0);
  assert.match(bad.getErrorMessage()!, /no feature "plna"; did you mean "plan"/);
  await run.close();
  assert.ok(cache.getEngine('churn'));
  await cache.close();

  const broken = new AsyncInferenceFunction(InferenceConfig.builder().modelConfig(MODEL).build(), { cache });
  await assert.rejects(broken.infer({}), (thrown: unknown) => thrown instanceof InferenceException && thrown.code === 'FILE_NOT_FOUND');
  cache.putEngine('m', fakeEngine());
  assert.ok((await broken.infer({ x: 1 })).isSuccess());
  await broken.close();
  await assert.rejects(broken.infer({}), { name: 'InferenceException', code: 'INVALID_ARGUMENT' });
  await cache.close();
});
