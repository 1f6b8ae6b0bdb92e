import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openAiSimulatorOptions, startOpenAiSimulator } from 'millrace/testing';
import { idLines, idsIn, jsonTable, numbers, workplace } from './workplace.js';

const redisUrl = process.env['MILLRACE_TEST_REDIS_URL'];
const skip =
  redisUrl === undefined && (process.env['MILLRACE_TEST_REDIS_URL_ABSENT'] ?? 'MILLRACE_TEST_REDIS_URL is set by node scripts/test.mjs');

interface JobInit {
  readonly endpoint: string;
  readonly store: string;
  readonly name?: string;
  readonly options?: Readonly<Record<string, string>>;
}

/** A job that asks a model about five ids. */
function job({ endpoint, store, name = 'chat', options = {} }: JobInit): string {
  const given = { provider: 'openai', endpoint, 'api-key': 'key', model: 'gpt-4o-mini', temperature: '0', ...options };
  const pairs = Object.entries(given).map(([key, value]) => `'${key}' = '${value}'`);
  return `SET 'cache.store' = '${store}';
${jsonTable('ids', 'id BIGINT', 'ids.jsonl')}${jsonTable('answers', 'id BIGINT, answer STRING', 'answers.jsonl')}CREATE MODEL ${name} INPUT (question STRING) OUTPUT (answer STRING)
WITH (${pairs.join(', ')});
INSERT INTO answers SELECT id, ML_PREDICT(MODEL ${name}, CAST(id AS STRING)) FROM ids;
`;
}

/** Runs jobs over five ids; `asks` is how many requests one of them made. */
async function setUp(t: TestContext) {
  const service = await startOpenAiSimulator(openAiSimulatorOptions.parse({}));
  t.after(() => service.close());
  const place = workplace(t);
  place.write('ids.jsonl', idLines(1, 5));
  async function asks(init: Omit<JobInit, 'endpoint'>): Promise<number> {
    const before = service.stats().requests;
    place.write('answers.jsonl', '');
    const { code, stderr } = await place.run(['run', '-e', job({ ...init, endpoint: service.url })]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(idsIn(place, 'answers.jsonl'), numbers(1, 5));
    return service.stats().requests - before;
  }
  return { service, place, asks };
}

test('a second run asks nothing, and gives the same answers', async t => {
  const { place, asks } = await setUp(t);
  assert.equal(await asks({ store: 'file:./kept' }), 5);
  const first = place.lines('answers.jsonl').toSorted();
  assert.equal(await asks({ store: 'file:./kept' }), 0);
  assert.deepEqual(place.lines('answers.jsonl').toSorted(), first);
  assert.deepEqual(place.names('kept'), ['data.mdb', 'lock.mdb']);
});

test('another name, model, prompt or way to answer shares nothing; how calls are made does not count', async t => {
  const { asks } = await setUp(t);
  const store = 'file:./kept';
  assert.equal(await asks({ store }), 5);
  for (const other of [
    { name: 'talk' },
    { options: { model: 'gpt-4o' } },
    { options: { 'system-prompt': 'Be brief.' } },
    { options: { temperature: '0.5', 'cache.enabled': 'true' } },
  ]) {
    assert.equal(await asks({ store, ...other }), 5, JSON.stringify(other));
    assert.equal(await asks({ store, ...other }), 0, JSON.stringify(other));
  }
  assert.equal(await asks({ store, options: { 'max-concurrent-requests': '1', 'max-retries': '7', 'api-key': 'another key' } }), 0);
  assert.equal(await asks({ store: 'file:./elsewhere' }), 5);
});

test('a model without a cache keeps nothing, and its job opens no store', async t => {
  const { place, asks } = await setUp(t);
  const options = { 'cache.enabled': 'false' };
  assert.equal(await asks({ store: 'file:./kept', options }), 5);
  assert.equal(await asks({ store: 'file:./kept', options }), 5);
  assert.equal(place.exists('kept'), false);
});

test('runs share answers through Redis', { skip }, async t => {
  const { asks, service } = await setUp(t);
  // Answers of other runs of this test are of another endpoint.
  assert.equal(await asks({ store: redisUrl! }), 5, service.url);
  assert.equal(await asks({ store: redisUrl! }), 0);
});

test('a store that cannot be opened stops the job before anything is sent', async t => {
  const { service, place } = await setUp(t);
  place.write('broken/data.mdb', 'no database\n'.repeat(2_000));
  place.write('a-file', '');
  for (const [store, code, message] of [
    [
      'memcached://:hunter2@127.0.0.1',
      2,
      /option "cache\.store" of SET: there is no store for "memcached:\/\/"[\s\S]*there are file:\/\/, redis:\/\//,
    ],
    ['hunter2', 2, /expected an address such as "file:\.\/answers"/],
    ['file:./a-file/answers', 2, /answers cannot be kept in ".*a-file\/answers": ENOTDIR/],
    ['file:./a-file', 2, /answers cannot be kept in ".*a-file": EEXIST/],
    ['file:./broken', 2, /the folder ".*broken" of cache\.store cannot be used: /],
    ['redis://:hunter2@127.0.0.1:9/0', 1, /UNREACHABLE\]: no answer from redis:\/\/127\.0\.0\.1:9\/0/],
  ] as const) {
    const ended = await place.run(['run', '-e', job({ endpoint: service.url, store })]);
    assert.equal(ended.code, code, store + ended.stderr);
    assert.match(ended.stderr, message);
    assert.doesNotMatch(ended.stdout + ended.stderr, /hunter2/);
  }
  const limits = await place.run([
    'run',
    '-e',
    `SET 'limits.store' = 'file:./x';\n${job({ endpoint: service.url, store: 'file:./kept' })}`,
  ]);
  assert.equal(limits.code, 2, limits.stderr);
  assert.match(limits.stderr, /option "limits\.store" of SET: there is no store for "file:\/\/"/);
  assert.equal(service.stats().requests, 0);
});
