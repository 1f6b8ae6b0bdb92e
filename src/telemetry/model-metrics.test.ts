import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import type { BucketLevel, LimitGauges } from '../inference/call-observer.js';
import { UsageCounter } from '../inference/usage.js';
import { ModelMetrics, type MeasuredModel } from './model-metrics.js';
import { scrapedMeter } from './scraped-meter.test.fixture.js';

const CHAT: MeasuredModel = { name: 'chat', provider: 'azure-openai', operation: 'chat', version: 'gpt-4o-mini' };
const LOCAL: MeasuredModel = { name: 'fraud', provider: 'local', version: 'abc' };
const THROTTLED = new MillraceError({ code: 'RATE_LIMITED', message: 'slower' });

function gauges(concurrency: number, ...buckets: BucketLevel[]): LimitGauges {
  return { concurrencyLimit: () => concurrency, buckets: () => buckets };
}

test('what a model counts is read at the scrape', async context => {
  const { meter, scrape } = await scrapedMeter(context);
  const usage = new UsageCounter();
  const metrics = new ModelMetrics(meter, () => new Map([['chat', usage.snapshot()]]));
  assert.deepEqual((await scrape()).samples, []);
  metrics.observer(CHAT);
  for (let i = 0; i < 5; i++) usage.attemptStarted();
  for (let i = 0; i < 4; i++) usage.attemptEnded();
  usage.retried();
  usage.throttled();
  usage.split();
  usage.answered(20);
  usage.answered(30);
  usage.failed(THROTTLED);
  usage.rows('answered', 7);
  usage.rows('skipped', 2);
  usage.rows('deadLettered', 1);
  usage.cacheHit();
  usage.shared();
  usage.journalHit();
  usage.fellBack(4);
  usage.charged({ inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, reasoningTokens: 5 });
  const scraped = await scrape();
  const value = (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
    scraped.sum(`millrace_model_${name}`, { millrace_model: 'chat', gen_ai_provider_name: 'azure.ai.openai', ...labels });
  assert.deepEqual(
    {
      attempts: value('attempts_total'),
      inFlight: value('in_flight'),
      retries: value('retries_total'),
      throttles: value('throttles_total'),
      splits: value('splits_total'),
      answered: value('calls_total', { millrace_outcome: 'answered' }),
      limited: value('calls_total', { millrace_outcome: 'RATE_LIMITED' }),
      rows: value('rows_total'),
      skipped: value('rows_total', { millrace_fate: 'skipped' }),
      deadLettered: value('rows_total', { millrace_fate: 'dead_lettered' }),
      hits: value('hits_total'),
      cached: value('hits_total', { millrace_source: 'cache' }),
      fallbacks: value('fallbacks_total'),
      input: value('tokens_total', { gen_ai_token_type: 'input' }),
      cachedTokens: value('tokens_total', { gen_ai_token_type: 'cached_input' }),
      reasoning: value('tokens_total', { gen_ai_token_type: 'reasoning' }),
    },
    {
      attempts: 5,
      inFlight: 1,
      retries: 1,
      throttles: 1,
      splits: 1,
      answered: 2,
      limited: 1,
      rows: 10,
      skipped: 2,
      deadLettered: 1,
      hits: 3,
      cached: 1,
      fallbacks: 4,
      input: 100,
      cachedTokens: 60,
      reasoning: 5,
    },
  );
  metrics.close();
  usage.attemptStarted();
  assert.equal((await scrape()).sum('millrace_model_attempts_total'), 5);
});

test('what calls tell goes into histograms: the conventions have their own for language models', async context => {
  const { meter, scrape } = await scrapedMeter(context);
  const metrics = new ModelMetrics(meter, () => new Map());
  const chat = metrics.observer(CHAT);
  chat.queued({ rowCount: 20, waitedMs: 40 });
  chat.admitted(0);
  chat.attemptEnded({ rowCount: 20, durationMs: 30, failure: THROTTLED });
  chat.admitted(1_500);
  chat.attemptEnded({ rowCount: 20, durationMs: 250, usage: { inputTokens: 900, outputTokens: 100 } });
  chat.callEnded({ rowCount: 20, totalMs: 1_900 });
  metrics.observer(LOCAL).attemptEnded({ rowCount: 512, durationMs: 0.2 });
  const scraped = await scrape();
  const model = { millrace_model: 'chat' };
  assert.equal(scraped.sum('millrace_model_queue_duration_sum', model), 0.04);
  assert.equal(scraped.sum('millrace_model_batch_size_sum', model), 20);
  assert.deepEqual(
    [scraped.sum('millrace_model_limiter_duration_count', model), scraped.sum('millrace_model_limiter_duration_sum', model)],
    [2, 1.5],
  );
  assert.equal(scraped.sum('millrace_model_call_duration_sum', model), 1.9);
  assert.equal(scraped.sum('millrace_model_attempt_duration_sum', { ...model, error_type: 'RATE_LIMITED' }), 0.03);
  const genAi = { gen_ai_operation_name: 'chat', gen_ai_provider_name: 'azure.ai.openai', gen_ai_request_model: 'gpt-4o-mini' };
  assert.equal(scraped.sum('gen_ai_client_operation_duration_sum', genAi), 0.28);
  assert.equal(scraped.sum('gen_ai_client_operation_duration_count', { ...genAi, error_type: 'RATE_LIMITED' }), 1);
  assert.equal(scraped.sum('gen_ai_client_token_usage_sum', { ...genAi, gen_ai_token_type: 'input' }), 900);
  assert.equal(scraped.sum('gen_ai_client_token_usage_sum', { ...genAi, gen_ai_token_type: 'output' }), 100);
  assert.equal(scraped.sum('millrace_model_attempt_duration_bucket', { millrace_model: 'fraud', le: '0.001' }), 1);
  assert.equal(scraped.sum('gen_ai_client_operation_duration_count', { millrace_model: 'fraud' }), undefined);
});

test('limits are those of the predictors that are open; what they share counts once', async context => {
  const { meter, scrape } = await scrapedMeter(context);
  const usage = new UsageCounter().snapshot();
  const metrics = new ModelMetrics(meter, () => new Map([['chat', usage]]));
  const shared = gauges(8, { kind: 'requests', level: 40.5, perMinute: 600 });
  const other = gauges(2, { kind: 'requests', level: -1, perMinute: 60 }, { kind: 'tokens', level: 9, perMinute: 90 });
  const closers = [shared, shared, other].map(each => metrics.observer(CHAT).opened(each));
  const limits = async (): Promise<unknown[]> => {
    const scraped = await scrape();
    return [
      scraped.sum('millrace_model_concurrency_limit'),
      scraped.sum('millrace_model_bucket_level', { millrace_limit: 'requests' }),
      scraped.sum('millrace_model_bucket_limit', { millrace_limit: 'requests' }),
      scraped.sum('millrace_model_bucket_level', { millrace_limit: 'tokens' }),
    ];
  };
  assert.deepEqual(await limits(), [10, 39.5, 660, 9]);
  closers[0]!();
  closers[2]!();
  assert.deepEqual(await limits(), [8, 40.5, 600, NaN]);
  closers[1]!();
  assert.deepEqual(await limits(), [NaN, NaN, NaN, NaN]);
});
