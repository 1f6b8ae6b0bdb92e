import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { redisUrl, withoutRedis } from './redis.test.fixture.js';
import { CERTIFICATE, KEY } from './tls.test.fixture.js';

/** An address with TLS in front of Redis, for as long as the test runs. */
async function withTls(test: TestContext): Promise<string> {
  const { hostname, port } = new URL(redisUrl!);
  const server = createServer({ key: KEY, cert: CERTIFICATE }, socket => {
    const redis = connect(Number(port), hostname);
    redis.on('error', () => {});
    socket.on('error', () => {});
    socket.pipe(redis).pipe(socket);
    socket.on('close', () => redis.destroy());
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => server.close());
  return `rediss://127.0.0.1:${(server.address() as AddressInfo).port}/0`;
}

/** What a process prints that takes one call; Node reads the variable with authorities when it starts. */
async function takeOnce(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  const program = `
    const { openStore } = await import(${JSON.stringify(new URL('./redis.test.fixture.js', import.meta.url).href)});
    try {
      const store = await openStore(${JSON.stringify(url)});
      const wait = await store.take('tls', [{ kind: 'requests', perMinute: 60_000, burst: 1_000 }], { requests: 1 });
      console.log('waits', wait);
      await store.end();
    } catch (error) {
      console.log(error.code, error.retry, error.message);
    }`;
  const options = { env: { PATH: process.env['PATH'], ...env } };
  return (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], options)).stdout;
}

test('rediss:// speaks TLS, with authorities of NODE_EXTRA_CA_CERTS', { skip: withoutRedis }, async t => {
  const { path, remove } = await temporaryFolder();
  t.after(remove);
  writeFileSync(join(path, 'authority.pem'), CERTIFICATE);
  assert.equal(await takeOnce(await withTls(t), { NODE_EXTRA_CA_CERTS: join(path, 'authority.pem') }), 'waits 0\n');
});

test('a certificate that nobody vouches for is refused', { skip: withoutRedis }, async t => {
  assert.match(
    await takeOnce(await withTls(t), {}),
    /^UNREACHABLE backoff no answer from rediss:\/\/127\.0\.0\.1:\d+\/0: self-signed certificate/,
  );
});
