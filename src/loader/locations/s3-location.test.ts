import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MillraceError } from '../../common/error.js';
import type { S3Access } from '../../spec/model-file-access.js';
import { Secret } from '../../spec/option.js';
import type { HttpTransport } from '../../spec/provider.js';
import { SLOW_DOWN, startS3Simulator, type S3Simulator, type S3SimulatorInit } from '../../testing/s3-simulator/s3-simulator.js';
import { freshSignal, locate, readAll, refusal, transport } from './location.test.fixture.js';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const ACCESS: S3Access = { accessKeyId: KEYS.accessKeyId, secretAccessKey: new Secret(KEYS.secretAccessKey) };

async function simulator(test: TestContext, init: S3SimulatorInit = { keys: KEYS }): Promise<S3Simulator> {
  const s3 = await startS3Simulator(init);
  test.after(() => s3.close());
  return s3;
}

test('an object is found with size, tag and checksum, and read from any byte', async context => {
  const s3 = await simulator(context);
  s3.put('models', 'fraud/v 1+2 (ü)/model.bin', 'trees and leaves', { withChecksum: true });
  const location = locate(context, 's3a://models/fraud/v 1+2 (ü)/model.bin', { s3: { ...ACCESS, endpoint: s3.url } });
  const seen = await location.observe(freshSignal());
  assert.deepEqual([seen.kind, seen.files[0]!.size], ['file', 16]);
  assert.match(seen.files[0]!.sha256!, /^[0-9a-f]{64}$/);
  assert.equal(await readAll(location, seen.files[0]!), 'trees and leaves');
  assert.equal(await readAll(location, seen.files[0]!, 10), 'leaves');
  s3.put('models', 'fraud/v 1+2 (ü)/model.bin', 'other trees');
  assert.notEqual((await location.observe(freshSignal())).version, seen.version);
});

test('a folder is listed page by page, without markers and folder objects', async context => {
  const s3 = await simulator(context, { keys: KEYS, pageSize: 2 });
  for (const key of ['m/saved_model.pb', 'm/variables/variables.index', 'm/variables/variables.data-00000-of-00001', 'm/a b+c&<é>.txt'])
    s3.put('models', key, key);
  s3.put('models', 'm/', '');
  s3.put('models', 'm/variables/', '');
  s3.put('models', 'm/_SUCCESS', '');
  s3.put('models', 'm2/other', 'x');
  const location = locate(context, 's3://models/m', { s3: { ...ACCESS, endpoint: s3.url } });
  const seen = await location.observe(freshSignal());
  assert.deepEqual([seen.kind, seen.isComplete], ['folder', true]);
  assert.deepEqual(
    seen.files.map(({ path }) => path),
    ['a b+c&<é>.txt', 'saved_model.pb', 'variables/variables.data-00000-of-00001', 'variables/variables.index'],
  );
  for (const file of seen.files) assert.equal(await readAll(location, file), `m/${file.path}`);
  assert.equal(
    await readAll(locate(context, 's3://models/m/', { s3: { ...ACCESS, endpoint: s3.url } }), seen.files[1]!),
    'm/saved_model.pb',
  );
});

test('an object with versions is read at the version that was seen', async context => {
  const s3 = await simulator(context);
  s3.put('models', 'm', 'first', { versionId: 'v1' });
  const location = locate(context, 's3://models/m', { s3: { ...ACCESS, endpoint: s3.url } });
  const seen = await location.observe(freshSignal());
  assert.equal(seen.version, 'v1');
  s3.put('models', 'm', 'second', { versionId: 'v2' });
  assert.equal((await refusal(readAll(location, seen.files[0]!))).code, 'FILE_NOT_FOUND');
});

test('an object that changes between look and read is not mixed', async context => {
  const s3 = await simulator(context);
  s3.put('models', 'm', 'first');
  const location = locate(context, 's3://models/m', { s3: { ...ACCESS, endpoint: s3.url } });
  const { files } = await location.observe(freshSignal());
  s3.put('models', 'm', 'second');
  const error = await refusal(readAll(location, files[0]!));
  assert.deepEqual([error.code, error.retry], ['SERVICE_ERROR', 'backoff']);
  assert.match(error.message, /changed while it was read/);
});

test('temporary keys send their token, and an expired one says so', async context => {
  const s3 = await simulator(context, { keys: { ...KEYS, sessionToken: 'token/+=' } });
  s3.put('models', 'm', 'x');
  const access: S3Access = { ...ACCESS, endpoint: s3.url, sessionToken: new Secret('token/+=') };
  assert.equal((await locate(context, 's3://models/m', { s3: access }).observe(freshSignal())).files[0]!.size, 1);
  s3.setKeys({ ...KEYS, sessionToken: 'token/+=', isExpired: true });
  const error = await refusal(locate(context, 's3://models/m', { s3: access }).observe(freshSignal()));
  assert.match(error.message, /ExpiredToken/);
  assert.match(error.notes[0]!.message, /give a new one/);
});

test('a wrong key, a wrong secret and an unsigned request are refused, and no secret is told', async context => {
  const s3 = await simulator(context);
  s3.put('models', 'm', 'x');
  const cases: readonly [S3Access, RegExp][] = [
    [{ ...ACCESS, accessKeyId: 'AKIDOTHER' }, /403: InvalidAccessKeyId/],
    [{ ...ACCESS, secretAccessKey: new Secret('wrong-secret-key') }, /403: SignatureDoesNotMatch/],
    [{ isAnonymous: true }, /403: AccessDenied/],
  ];
  for (const [access, words] of cases) {
    const error = await refusal(locate(context, 's3://models/m', { s3: { ...access, endpoint: s3.url } }).observe(freshSignal()));
    assert.equal(error.code, 'UNAUTHORIZED');
    assert.match(error.message, words);
    assert.ok(error.notes.length > 0);
    assert.doesNotMatch(JSON.stringify([error.message, error.notes]), /wrong-secret-key/);
  }
  const half = await refusal(locate(context, 's3://models/m', { s3: { endpoint: s3.url, accessKeyId: 'a' } }).observe(freshSignal()));
  assert.equal(half.code, 'MISSING_OPTION');
});

test('keys of the process are used where the options give none', async context => {
  const s3 = await simulator(context);
  s3.put('models', 'm', 'x');
  const asked: unknown[] = [];
  const location = locate(
    context,
    's3://models/m',
    { s3: { endpoint: s3.url } },
    {
      awsKeys: async query => {
        asked.push(query);
        return { accessKeyId: KEYS.accessKeyId, secretAccessKey: new Secret(KEYS.secretAccessKey) };
      },
    },
  );
  await location.observe(freshSignal());
  assert.deepEqual(asked, [{ region: 'us-east-1' }]);
  assert.equal(
    (await refusal(locate(context, 's3://models/m', { s3: { endpoint: s3.url } }).observe(freshSignal()))).code,
    'MISSING_OPTION',
  );
});

test('a bucket of another region is asked there, and the region is remembered', async context => {
  const s3 = await simulator(context, { keys: KEYS, region: 'eu-west-3' });
  s3.put('models', 'm', 'content');
  const location = locate(context, 's3://models/m', { s3: { ...ACCESS, endpoint: s3.url } });
  const { files } = await location.observe(freshSignal());
  const before = s3.requests.length;
  assert.equal(await readAll(location, files[0]!), 'content');
  assert.equal(s3.requests.length, before + 1);
});

test('a bucket stands in the host name for AWS, and in the path where its name has dots', async context => {
  const s3 = await simulator(context, { keys: KEYS, region: 'eu-central-1' });
  s3.put('models', 'a/b', 'x');
  s3.put('my.models', 'a/b', 'x');
  const real = transport(context);
  const urls: string[] = [];
  const http: HttpTransport = {
    request(request) {
      const { host, pathname, search } = new URL(request.url);
      urls.push(request.url);
      return real.request({ ...request, url: s3.url + pathname + search, headers: { ...request.headers, host } });
    },
  };
  await locate(context, 's3://models/a/b', { s3: { ...ACCESS, region: 'eu-central-1' } }, { http }).observe(freshSignal());
  assert.equal(urls[0], 'https://models.s3.eu-central-1.amazonaws.com/a/b');
  urls.length = 0;
  const dotted = await refusal(
    locate(context, 's3://my.models/a/b', { s3: { ...ACCESS, region: 'eu-central-1' } }, { http }).observe(freshSignal()),
  );
  assert.equal(urls[0], 'https://s3.eu-central-1.amazonaws.com/my.models/a/b');
  // The simulator takes any named host for that of a bucket.
  assert.equal(dotted.code, 'FILE_NOT_FOUND');
});

test('throttling and failures of the service may be tried again, a missing object may not', async context => {
  const s3 = await simulator(context);
  s3.put('models', 'm', 'x');
  const location = locate(context, 's3://models/m', { s3: { ...ACCESS, endpoint: s3.url } });
  s3.inject(SLOW_DOWN, { times: 2 });
  const slow = await refusal(location.observe(freshSignal()));
  assert.deepEqual([slow.code, slow.retry], ['RATE_LIMITED', 'backoff']);
  assert.match(slow.message, /SlowDown/);
  s3.inject({ kind: 'status', status: 500, headers: { 'retry-after': '7' } }, { times: 2 });
  assert.deepEqual((await refusal(location.observe(freshSignal()))).retry, { afterMs: 7_000 });
  const missing = await refusal(locate(context, 's3://models/nothing', { s3: { ...ACCESS, endpoint: s3.url } }).observe(freshSignal()));
  assert.deepEqual([missing.code, missing.retry], ['FILE_NOT_FOUND', 'never']);
  assert.equal(
    (await refusal(locate(context, 's3://nowhere/m', { s3: { ...ACCESS, endpoint: s3.url } }).observe(freshSignal()))).code,
    'FILE_NOT_FOUND',
  );
});

test('names that lead out of the folder, and listings without end, are refused', async context => {
  const s3 = await simulator(context, { keys: KEYS, pageSize: 1_000 });
  for (const [folder, key] of [
    ['up', 'a/../../etc/passwd'],
    ['back', 'a\\b'],
    ['drive', 'C:x'],
    ['empty', 'a//b'],
    ['dot', './a'],
  ])
    s3.put('models', `${folder}/${key}`, 'x');
  for (const folder of ['up', 'back', 'drive', 'empty', 'dot']) {
    const error = await refusal(locate(context, `s3://models/${folder}/`, { s3: { ...ACCESS, endpoint: s3.url } }).observe(freshSignal()));
    assert.equal(error.code, 'MODEL_LOAD');
    assert.match(error.message, /name leads elsewhere/);
  }
  s3.put('models', 'both/a', 'x');
  s3.put('models', 'both/a/b', 'x');
  assert.match(
    (await refusal(locate(context, 's3://models/both/', { s3: { ...ACCESS, endpoint: s3.url } }).observe(freshSignal()))).message,
    /both as a file and as a folder/,
  );
  for (let i = 0; i < 100_000; i++) s3.put('huge', `m/${i}`, '', { etag: '"e"' });
  const before = s3.requests.length;
  const huge = await refusal(locate(context, 's3://huge/m/', { s3: { ...ACCESS, endpoint: s3.url } }).observe(freshSignal()));
  assert.match(huge.message, /more than 10000 files/);
  assert.ok(s3.requests.length - before <= 11);
});

test('a listing larger than the bound on bytes is refused before anything is read', async context => {
  const s3 = await simulator(context);
  for (let i = 0; i < 5; i++) s3.put('models', `m/${i}`, 'x'.repeat(300));
  const error = await refusal(
    locate(context, 's3://models/m/', { s3: { ...ACCESS, endpoint: s3.url }, maxBytes: 1_000 }).observe(freshSignal()),
  );
  assert.match(error.message, /larger than the 1000 bytes/);
});

test('an address that names no object is refused', () => {
  for (const address of [
    's3://',
    's3://models',
    's3://models/',
    's3://models/a/../b',
    's3://UPPER_!/a',
    `s3://models/${'k'.repeat(1_025)}`,
  ])
    assert.throws(
      () => locate({ after() {} } as unknown as TestContext, address),
      (error: unknown) => MillraceError.is(error) && error.code === 'INVALID_OPTION',
      address,
    );
});

test('an answer that is not the XML of S3 is refused', async context => {
  const s3 = await simulator(context);
  const bodies = [
    '',
    'not xml',
    '<a>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    `${'<a>'.repeat(20)}${'</a>'.repeat(20)}`,
    'x'.repeat(5_000_000),
  ];
  for (const body of bodies) {
    s3.inject({ kind: 'status', status: 200, body });
    const error = await refusal(locate(context, 's3://models/m/', { s3: { ...ACCESS, endpoint: s3.url } }).observe(freshSignal()));
    assert.ok(error.code === 'SERVICE_ERROR' || error.code === 'REFUSED', error.message);
  }
});
