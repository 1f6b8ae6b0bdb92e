import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { systemClock } from '../common/clock.js';
import { SILENT } from '../common/logger.js';
import { DEFAULT_MODEL_FILE_ACCESS } from '../kit/model-file/model-file-options.js';
import { signAwsRequest } from '../kit/sign-aws-request.js';
import type { S3Access } from '../spec/model-file-access.js';
import { Secret } from '../spec/option.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { DiskCache } from './disk-cache/disk-cache.js';
import { freshSignal, locate, readAll, refusal, transport } from './locations/location.test.fixture.js';
import { ModelFetcher } from './model-fetcher.js';

/** Of the service that the test runner gives: moto, which checks signatures with botocore. */
const url = process.env['MILLRACE_TEST_S3_URL'];
const skip = url === undefined && (process.env['MILLRACE_TEST_S3_URL_ABSENT'] ?? 'MILLRACE_TEST_S3_URL is set by node scripts/test.mjs');

const FILES = new Map([
  ['m.onnx', 'one file'],
  ['saved/saved_model.pb', 'graph'],
  ['saved/variables/variables.index', 'index'],
  ['saved/variables/variables.data-00000-of-00001', 'x'.repeat(300_000)],
  ['a b/ü+c&d=e%20(1)/m!.txt', 'odd name'],
]);
const KEYS = { accessKeyId: '', secretAccessKey: '' };

before(async () => {
  if (url === undefined) return;
  await must(fetch(`${url}/moto-api/reset`, { method: 'POST' }));
  await requireSignaturesAfter(Infinity);
  await must(fetch(`${url}/models`, { method: 'PUT' }));
  for (const [key, body] of FILES)
    await must(fetch(`${url}/models/${key.split('/').map(encodeURIComponent).join('/')}`, { method: 'PUT', body }));
  await iam({ Action: 'CreateUser', UserName: 'reader' });
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' }] };
  await iam({ Action: 'PutUserPolicy', UserName: 'reader', PolicyName: 'read', PolicyDocument: JSON.stringify(policy) });
  const made = await iam({ Action: 'CreateAccessKey', UserName: 'reader' });
  KEYS.accessKeyId = /<AccessKeyId>(.*?)</.exec(made)![1]!;
  KEYS.secretAccessKey = /<SecretAccessKey>(.*?)</.exec(made)![1]!;
  await requireSignaturesAfter(0);
});

async function must(sent: Promise<Response>): Promise<string> {
  const response = await sent;
  const text = await response.text();
  assert.ok(response.ok, `${response.status} ${text}`);
  return text;
}

async function requireSignaturesAfter(count: number): Promise<void> {
  const body = String(Number.isFinite(count) ? count : 'inf');
  await must(fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body, headers: { 'content-type': 'text/plain' } }));
}

async function iam(parameters: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const keys = { accessKeyId: 'AKIAANY', secretAccessKey: new Secret('any') };
  const signed = await signAwsRequest(
    { method: 'POST', url: url!, headers, body },
    { keys, region: 'us-east-1', service: 'iam', nowMs: Date.now() },
  );
  return await must(fetch(url!, { method: 'POST', body, headers: { ...headers, ...signed } }));
}

function access(): S3Access {
  return { endpoint: url, accessKeyId: KEYS.accessKeyId, secretAccessKey: new Secret(KEYS.secretAccessKey) };
}

function serviceTest(name: string, run: (context: TestContext) => Promise<void>): void {
  test(name, { skip }, run);
}

serviceTest('signed requests are accepted by AWS’s own check, for every kind of key', async context => {
  for (const [key, body] of FILES) {
    const location = locate(context, `s3://models/${key}`, { s3: access() });
    const seen = await location.observe(freshSignal());
    assert.equal(seen.files[0]!.size, Buffer.byteLength(body));
    assert.equal(await readAll(location, seen.files[0]!), body);
    assert.equal(await readAll(location, seen.files[0]!, 3), body.slice(3));
  }
});

serviceTest('other keys and unsigned requests are refused', async context => {
  for (const wrong of [
    { ...access(), secretAccessKey: new Secret('wrong') },
    { ...access(), accessKeyId: 'AKIAOTHER' },
  ]) {
    const error = await refusal(locate(context, 's3://models/m.onnx', { s3: wrong }).observe(freshSignal()));
    assert.equal(error.code, 'UNAUTHORIZED', error.message);
  }
});

serviceTest('a folder is listed and fetched, and missing things are told', async context => {
  const { path, remove } = await temporaryFolder();
  context.after(remove);
  let ids = 0;
  const cache = new DiskCache({ folder: join(path, 'cache'), maxBytes: 1e9, clock: systemClock, newId: () => String(ids++) });
  context.after(() => cache.close());
  const fetcher = new ModelFetcher({ http: transport(context), clock: systemClock, random: Math.random, cache: () => cache, log: SILENT });
  const whole = { ...DEFAULT_MODEL_FILE_ACCESS, s3: access() };
  const { files, observation } = await fetcher.load(fetcher.locate('s3a://models/saved', whole), whole, {
    signal: freshSignal(),
    onPhase() {},
    onBytes() {},
  });
  assert.equal(observation.kind, 'folder');
  assert.deepEqual(
    observation.files.map(file => file.path),
    ['saved_model.pb', 'variables/variables.data-00000-of-00001', 'variables/variables.index'],
  );
  assert.equal(await readFile(join(files.path, 'variables/variables.data-00000-of-00001'), 'utf8'), 'x'.repeat(300_000));
  const hashes = observation.files.map(
    file =>
      `${createHash('sha256')
        .update(FILES.get(`saved/${file.path}`)!)
        .digest('hex')}  ${file.path}\n`,
  );
  assert.equal(files.content, createHash('sha256').update(hashes.join('')).digest('hex'));
  await files.release();
  assert.equal((await refusal(locate(context, 's3://models/nothing', { s3: access() }).observe(freshSignal()))).code, 'FILE_NOT_FOUND');
  assert.equal((await refusal(locate(context, 's3://no-bucket/m', { s3: access() }).observe(freshSignal()))).code, 'FILE_NOT_FOUND');
});
