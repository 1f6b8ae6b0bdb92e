import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { bedrockSimulatorOptions, startBedrockSimulator, type BedrockSimulator } from 'millrace/testing';
import { jsonTable, workplace, type Workplace } from './workplace.js';

const ACCESS_KEY = 'AKIAFROMTHEPROCESS';
const SECRET = 'secret/of+the/process0123456789';

/** No files of this machine, and no metadata service. */
const BARE = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: 'none', AWS_SHARED_CREDENTIALS_FILE: 'none' };

async function simulator(context: TestContext, flags: Readonly<Record<string, string>> = {}): Promise<BedrockSimulator> {
  const options = { 'access-key-id': ACCESS_KEY, 'secret-access-key': SECRET, ...flags };
  const service = await startBedrockSimulator(bedrockSimulatorOptions.parse(options));
  context.after(() => service.close());
  return service;
}

async function server(context: TestContext, listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  await new Promise<void>(done => started.listen(0, '127.0.0.1', done));
  context.after(() => new Promise(done => started.close(done)));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

/** Two rows and a model of `bedrock` over them, without keys of its own. */
function greeting(place: Workplace, url: string, options = ''): void {
  place.write('people.jsonl', '{"name":"Ada"}\n{"name":"Grace"}\n');
  place.write(
    'greet.sql',
    `${jsonTable('people', 'name STRING', 'people.jsonl')}CREATE MODEL greeter INPUT (name STRING) OUTPUT (greeting STRING)
WITH ('provider' = 'bedrock', 'model' = 'us.amazon.nova-lite-v1:0', 'region' = 'us-east-1', 'endpoint' = '${url}', 'on-error' = 'fail'${options});
SELECT name, greeting FROM ML_PREDICT(TABLE people, MODEL greeter, DESCRIPTOR(name));
`,
  );
}

test('keys of the environment', async context => {
  const place = workplace(context);
  const service = await simulator(context);
  greeting(place, service.url);
  const env = { ...BARE, AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET };
  const { code, stderr } = await place.run(['run', '-q', 'greet.sql'], { env });
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual(service.stats().byStatus, { 200: 2 });
});

test('a profile of the shared files, which the option names', async context => {
  const place = workplace(context);
  const service = await simulator(context);
  greeting(place, service.url, ", 'profile' = 'work'");
  place.write(
    'credentials',
    `[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n[work]\naws_access_key_id = ${ACCESS_KEY}\naws_secret_access_key = ${SECRET}\n`,
  );
  const { code, stderr } = await place.run(['run', '-q', 'greet.sql'], { env: { ...BARE, AWS_SHARED_CREDENTIALS_FILE: 'credentials' } });
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual(service.stats().byStatus, { 200: 2 });
});

test('a role by web identity: the keys of STS, and no notice of the AWS library', async context => {
  const place = workplace(context);
  const service = await simulator(context, { 'session-token': 'token-of-the-role' });
  greeting(place, service.url);
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  let asked = 0;
  const sts = await server(context, (request, response) => {
    asked++;
    request.resume();
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(`<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>${ACCESS_KEY}</AccessKeyId><SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>token-of-the-role</SessionToken><Expiration>${expiration}</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`);
  });
  place.write('token', 'jwt');
  const env = {
    ...BARE,
    AWS_WEB_IDENTITY_TOKEN_FILE: 'token',
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/r',
    AWS_ENDPOINT_URL_STS: sts,
  };
  const { code, stderr } = await place.run(['run', '-q', 'greet.sql'], { env });
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual([asked, service.stats().byStatus], [1, { 200: 2 }]);
});

test('keys of the container are renewed before they expire', async context => {
  const place = workplace(context);
  const service = await simulator(context, { 'session-token': 'token-1', latency: '50 ms' });
  greeting(place, service.url, ", 'async' = 'false'");
  let asked = 0;
  const container = await server(context, (_request, response) => {
    asked++;
    // Less than five minutes: good for a call, and due for renewal.
    const Expiration = new Date(Date.now() + 60_000).toISOString();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ AccessKeyId: ACCESS_KEY, SecretAccessKey: SECRET, Token: 'token-1', Expiration }));
  });
  const { code, stderr } = await place.run(['run', '-q', 'greet.sql'], {
    env: { ...BARE, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container}/keys` },
  });
  assert.deepEqual([code, stderr], [0, '']);
  assert.ok(asked >= 2, `asked ${asked} times`);
});

test('no keys anywhere: what to do, before any row', async context => {
  const place = workplace(context);
  const service = await simulator(context);
  greeting(place, service.url);
  const { code, stdout, stderr } = await place.run(['run', 'greet.sql'], { env: BARE });
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^error\[MISSING_OPTION\]: no AWS keys: Could not load credentials from any providers\n/);
  assert.match(stderr, /AWS_PROFILE/);
  assert.equal(service.stats().requests, 0);
});
