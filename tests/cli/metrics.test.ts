import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openAiSimulatorOptions, readPrometheusText, startOpenAiSimulator, type Scrape } from 'millrace/testing';
import { idsIn, jsonTable, workplace, type RunningCommand, type Workplace } from './workplace.js';

const QUESTIONS = 120;

/** A stream of questions to a model, which goes on until it is stopped. */
function answering(place: Workplace, endpoint: string): void {
  const ids = Array.from({ length: QUESTIONS }, (_, id) => `${JSON.stringify({ id, question: `Why ${id}?` })}\n`);
  place.write('in/questions.jsonl', ids.join(''));
  const options = {
    provider: 'openai',
    endpoint,
    'api-key': 'sk-test',
    model: 'gpt-4o-mini',
    'max-concurrent-requests': '8',
    'rate-limit.tokens-per-minute': '6000000',
    'max-retries': '20',
    'retry.initial-delay': '1 ms',
  };
  const pairs = Object.entries(options).map(([key, value]) => `'${key}' = '${value}'`);
  place.write(
    'answer.sql',
    `${jsonTable('questions', 'id INT, question STRING', 'in', { 'source.monitor-interval': '20 ms' })}${jsonTable('answers', 'id INT, answer STRING', 'answers/')}
CREATE MODEL chat INPUT (question STRING) OUTPUT (answer STRING) WITH (${pairs.join(', ')});
SET 'pipeline.name' = 'nightly';
INSERT INTO answers SELECT id, answer FROM ML_PREDICT(TABLE questions, MODEL chat, DESCRIPTOR(question));
`,
  );
}

/** Where a run serves its metrics, as it says. */
async function metricsUrl(run: RunningCommand): Promise<string> {
  await run.until(() => /^metrics are at \S+$/m.test(run.stderr));
  return /^metrics are at (\S+)$/m.exec(run.stderr)![1]!;
}

async function scrape(url: string): Promise<Scrape> {
  return readPrometheusText(await (await fetch(url)).text());
}

test('a scrape of a running job tells what the service saw', async context => {
  const place = workplace(context);
  const flags = { latency: '5 ms', 'error-500-rate': '0.1', 'reset-rate': '0.05', 'requests-per-minute': '2400', 'limit-window': '1 s' };
  const service = await startOpenAiSimulator(openAiSimulatorOptions.parse(flags));
  context.after(() => service.close());
  answering(place, service.url);
  const run = place.start([
    'run',
    'answer.sql',
    '--metrics-port',
    '0',
    '--set',
    'execution.checkpointing.interval=50 ms',
    '--state',
    'state',
  ]);
  const url = await metricsUrl(run);
  await run.until(() => idsIn(place, 'answers').length === QUESTIONS);
  const seen = service.stats();
  const metrics = await scrape(url);
  const ofModel = { millrace_model: 'chat', gen_ai_provider_name: 'openai' };
  const model = (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
    metrics.sum(`millrace_model_${name}`, { ...ofModel, ...labels });
  assert.deepEqual(
    {
      attempts: model('attempts_total'),
      throttles: model('throttles_total'),
      calls: model('calls_total', { millrace_outcome: 'answered' }),
      rows: model('rows_total', { millrace_fate: 'answered' }),
      input: model('tokens_total', { gen_ai_token_type: 'input' }),
      output: model('tokens_total', { gen_ai_token_type: 'output' }),
      inFlight: model('in_flight'),
    },
    {
      attempts: seen.requests,
      throttles: seen.byStatus['429'] ?? 0,
      calls: QUESTIONS,
      rows: QUESTIONS,
      input: seen.promptTokens,
      output: seen.completionTokens,
      inFlight: 0,
    },
  );
  assert.equal(model('retries_total'), (seen.byStatus['500'] ?? 0) + (seen.byStatus['reset'] ?? 0));
  assert.ok(seen.byStatus['500']! > 0 && seen.byStatus['reset']! > 0, JSON.stringify(seen.byStatus));

  const genAi = { ...ofModel, gen_ai_operation_name: 'chat', gen_ai_request_model: 'gpt-4o-mini' };
  const requests = (labels: Readonly<Record<string, string>> = {}): number | undefined =>
    metrics.sum('gen_ai_client_operation_duration_count', { ...genAi, ...labels });
  assert.equal(requests(), seen.requests);
  assert.equal(requests({ error_type: 'SERVICE_ERROR' }), seen.byStatus['500']);
  assert.equal(requests({ error_type: 'UNREACHABLE' }), seen.byStatus['reset']);
  assert.equal(metrics.sum('gen_ai_client_token_usage_sum', { ...genAi, gen_ai_token_type: 'input' }), seen.promptTokens);
  assert.equal(metrics.sum('gen_ai_client_token_usage_sum', { ...genAi, gen_ai_token_type: 'output' }), seen.completionTokens);
  assert.equal(model('attempt_duration_count'), seen.requests);
  assert.equal(model('limiter_duration_count'), seen.requests);
  assert.equal(model('call_duration_count'), QUESTIONS);
  assert.equal(model('batch_size_sum'), QUESTIONS);
  assert.ok(model('call_duration_sum')! >= model('attempt_duration_sum')!);
  assert.ok(model('concurrency_limit')! >= 1);
  const perMinute = model('bucket_limit', { millrace_limit: 'tokens' })!;
  assert.ok(perMinute > 5_500_000 && perMinute <= 6_000_000, String(perMinute));
  assert.ok(model('bucket_level', { millrace_limit: 'tokens' })! > 0);

  const operator = (name: string, labels: Readonly<Record<string, string>>): number | undefined =>
    metrics.sum(`millrace_operator_${name}`, { millrace_job: 'nightly', ...labels });
  assert.equal(operator('rows_in_total', { millrace_table: 'questions' }), QUESTIONS);
  assert.equal(operator('rows_out_total', { millrace_table: 'questions' }), QUESTIONS);
  assert.equal(operator('rows_in_total', { millrace_model: 'chat' }), QUESTIONS);
  assert.equal(operator('rows_in_total', { millrace_table: 'answers' }), QUESTIONS);
  assert.ok(operator('busy_time_total', { millrace_model: 'chat' })! > 0);
  assert.equal(metrics.sum('millrace_source_backlog_size', { millrace_job: 'nightly', millrace_table: 'questions' }), 0);
  assert.ok(metrics.sum('millrace_checkpoint_duration_count', { millrace_job: 'nightly' })! > 0);
  assert.ok(metrics.sum('millrace_checkpoint_size_sum', { millrace_job: 'nightly' })! > 0);
  assert.deepEqual([metrics.sum('millrace_jobs_running'), metrics.sum('millrace_job_restores_total')], [1, undefined]);

  run.signal('SIGTERM');
  assert.equal((await run.ended).code, 0);
  await assert.rejects(fetch(url), 'the endpoint ends with the run');

  const again = place.start(['run', 'answer.sql', '--metrics-port', '0', '--state', 'state']);
  const secondUrl = await metricsUrl(again);
  await again.until(() => again.stderr.length > 0);
  let restores: number | undefined;
  for (let i = 0; i < 500 && restores === undefined; i++) restores = (await scrape(secondUrl)).sum('millrace_job_restores_total');
  assert.equal(restores, 1);
});

test('a port that is taken ends the run before anything is done', async context => {
  const place = workplace(context);
  const other = createServer();
  const { port } = await new Promise<AddressInfo>(done => other.listen(0, '127.0.0.1', () => done(other.address() as AddressInfo)));
  context.after(() => other.close());
  place.write('ids.jsonl', '{"id":1}\n');
  place.write(
    'copy.sql',
    `${jsonTable('ids', 'id INT', 'ids.jsonl')}${jsonTable('copy', 'id INT', 'copy.jsonl')}INSERT INTO copy SELECT id FROM ids;`,
  );
  assert.deepEqual(await place.run(['run', 'copy.sql', '--metrics-port', String(port)]), {
    code: 2,
    stdout: '',
    stderr: `error[USAGE]: metrics cannot be served at 127.0.0.1:${port}: another process listens there
  = give --metrics-port another one, or end that process
`,
  });
  assert.equal(place.exists('copy.jsonl'), false);
});
