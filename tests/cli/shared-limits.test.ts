import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAiSimulatorOptions, startOpenAiSimulator } from 'millrace/testing';
import { idLines, idsIn, jsonTable, numbers, workplace } from './workplace.js';

const url = process.env['MILLRACE_TEST_REDIS_URL'];
const skip =
  url === undefined && (process.env['MILLRACE_TEST_REDIS_URL_ABSENT'] ?? 'MILLRACE_TEST_REDIS_URL is set by node scripts/test.mjs');

/** A job over ids that asks a model with 20 calls a second about each of them. */
function job(part: number, endpoint: string, store: string): string {
  return `SET 'limits.store' = '${store}';
${jsonTable('ids', 'id BIGINT', `ids-${part}.jsonl`)}${jsonTable('answers', 'id BIGINT, answer STRING', `answers-${part}.jsonl`)}CREATE MODEL chat INPUT (question STRING) OUTPUT (answer STRING)
WITH ('provider' = 'openai', 'endpoint' = '${endpoint}', 'api-key' = 'one key', 'model' = 'gpt-4o-mini', 'rate-limit.requests-per-minute' = '1200');
INSERT INTO answers SELECT id, ML_PREDICT(MODEL chat, CAST(id AS STRING)) FROM ids;
`;
}

test('two processes share one limit through Redis', { skip }, async t => {
  const service = await startOpenAiSimulator(openAiSimulatorOptions.parse({}));
  t.after(() => service.close());
  const place = workplace(t);
  place.write('ids-0.jsonl', idLines(1, 45));
  place.write('ids-1.jsonl', idLines(46, 90));
  const running = [0, 1].map(part => place.start(['run', '-e', job(part, service.url, url!)]));
  while (service.stats().requests === 0) await new Promise(done => setTimeout(done, 5));
  const first = performance.now();
  for (const { code, stderr } of await Promise.all(running.map(each => each.ended))) assert.equal(code, 0, stderr);
  const seconds = (performance.now() - first) / 1_000;
  assert.deepEqual([...idsIn(place, 'answers-0.jsonl'), ...idsIn(place, 'answers-1.jsonl')], numbers(1, 90));
  assert.equal(service.stats().requests, 90);
  // The bucket holds 24 calls; the other 66 take 3.3 s at 20 a second, less what passed before the first one was seen. Where
  // each process has its own bucket, it takes 1.1 s.
  assert.ok(seconds > 2.2, `90 calls in ${seconds} s`);
});

test('an address of no store and a store that is not there stop the job before anything is sent', async t => {
  const service = await startOpenAiSimulator(openAiSimulatorOptions.parse({}));
  t.after(() => service.close());
  const place = workplace(t);
  place.write('ids-0.jsonl', idLines(1, 3));
  const unknown = await place.run(['run', '-e', job(0, service.url, 'memcached://:hunter2@127.0.0.1')]);
  assert.equal(unknown.code, 2, unknown.stderr);
  assert.match(unknown.stderr, /there is no store for "memcached:\/\/"[\s\S]*there are redis:\/\/, rediss:\/\//);
  // Port 9 discards; nobody listens there.
  const gone = await place.run(['run', '-e', job(0, service.url, 'redis://:hunter2@127.0.0.1:9/0')]);
  assert.equal(gone.code, 1, gone.stderr);
  assert.match(gone.stderr, /UNREACHABLE\]: no answer from redis:\/\/127\.0\.0\.1:9\/0: connect ECONNREFUSED/);
  const noAddress = await place.run(['run', '-e', job(0, service.url, 'hunter2')]);
  assert.equal(noAddress.code, 2, noAddress.stderr);
  for (const { stdout, stderr } of [unknown, gone, noAddress]) assert.doesNotMatch(stdout + stderr, /hunter2/);
  assert.equal(service.stats().requests, 0);
});
