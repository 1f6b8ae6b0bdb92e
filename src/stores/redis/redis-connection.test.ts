import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { MillraceError } from '../../common/error.js';
import type { BucketSize } from '../../spec/limit-store.js';
import { openStore, redisUrl, startOwnRedis, withoutRedis } from './redis.test.fixture.js';

const SIZES: readonly BucketSize[] = [{ kind: 'requests', perMinute: 6, burst: 10 }];
const ONE = { requests: 1 };

async function errorOf(work: Promise<unknown>): Promise<MillraceError> {
  const error: unknown = await work.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(MillraceError.is(error), inspect(error));
  return error;
}

/** A server in front of nothing, or of Redis, whose connections a test can cut. */
async function listen(onSocket: (socket: Socket) => void): Promise<{ url: string; cut: () => void; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => sockets.forEach(socket => socket.destroy());
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}/0`,
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

function inFrontOfRedis(onConnection = (): void => {}) {
  const { hostname, port } = new URL(redisUrl!);
  return listen(socket => {
    onConnection();
    const redis = connect(Number(port), hostname);
    redis.on('error', () => {});
    socket.pipe(redis).pipe(socket);
    socket.on('close', () => redis.destroy());
  });
}

test('nobody listens: the address, the reason, and that it may be tried again', async () => {
  const gone = await listen(() => {});
  await gone.close();
  const error = await errorOf(openStore(gone.url));
  assert.deepEqual([error.code, error.retry], ['UNREACHABLE', 'backoff']);
  assert.equal(error.message, `no answer from ${gone.url}: connect ECONNREFUSED ${new URL(gone.url).host}`);
});

test('a server that says nothing is given up after the timeout', async () => {
  const silent = await listen(() => {});
  try {
    const error = await errorOf(openStore(silent.url, { timeoutMs: 50 }));
    assert.deepEqual([error.code, error.retry], ['UNREACHABLE', 'backoff']);
    assert.equal(error.message, `no answer from ${silent.url}: the connection took longer than 50 ms`);
  } finally {
    await silent.close();
  }
});

test('a server of another protocol', async () => {
  const web = await listen(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  try {
    assert.equal((await errorOf(openStore(web.url, { timeoutMs: 2_000 }))).code, 'UNREACHABLE');
  } finally {
    await web.close();
  }
});

test('a lost connection fails the step that was under way, and the next one opens another', { skip: withoutRedis }, async () => {
  const proxy = await inFrontOfRedis();
  const store = await openStore(proxy.url);
  const quota = randomUUID();
  try {
    assert.equal(await store.take(quota, SIZES, ONE), 0);
    const cutOff = errorOf(store.take(quota, SIZES, ONE));
    proxy.cut();
    const error = await cutOff;
    assert.deepEqual([error.code, error.retry], ['UNREACHABLE', 'backoff']);
    assert.equal(await store.take(quota, SIZES, { requests: 7 }), 0);
    assert.ok((await store.take(quota, SIZES, { requests: 5 })) > 0, 'the buckets were kept');
  } finally {
    await store.end();
    await proxy.close();
  }
});

test('steps that come together share one new connection', { skip: withoutRedis }, async () => {
  let connections = 0;
  const proxy = await inFrontOfRedis(() => connections++);
  const store = await openStore(proxy.url);
  try {
    const quota = randomUUID();
    assert.equal(await store.take(quota, SIZES, ONE), 0);
    const cutOff = errorOf(store.take(quota, SIZES, ONE));
    proxy.cut();
    await cutOff;
    await Promise.all(Array.from({ length: 20 }, () => store.take(quota, SIZES, ONE)));
    assert.equal(connections, 2);
  } finally {
    await store.end();
    await proxy.close();
  }
});

test('after the end there is no other connection', { skip: withoutRedis }, async () => {
  const store = await openStore();
  await store.end();
  assert.equal((await errorOf(store.take(randomUUID(), SIZES, ONE))).code, 'UNREACHABLE');
});

test('a Redis that is started again is found again, with full buckets', { skip: withoutRedis }, async () => {
  const first = await startOwnRedis();
  const store = await openStore(first.url);
  let second: typeof first | undefined;
  try {
    assert.equal(await store.take('q', SIZES, { requests: 10 }), 0);
    await first.stop();
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await errorOf(store.take('q', SIZES, ONE));
      assert.deepEqual([error.code, error.retry], ['UNREACHABLE', 'backoff']);
    }
    second = await startOwnRedis({ port: first.port });
    assert.equal(await store.take('q', SIZES, { requests: 10 }), 0);
    assert.ok((await store.take('q', SIZES, ONE)) > 0);
  } finally {
    await store.end();
    await (second ?? first).stop();
  }
});

test('a password is needed, and is shown to nobody', { skip: withoutRedis }, async () => {
  const own = await startOwnRedis({ password: 'open sesame' });
  const at = `127.0.0.1:${own.port}/0`;
  try {
    const store = await openStore(own.url);
    assert.equal(await store.take('q', SIZES, ONE), 0);
    await store.end();
    for (const url of [`redis://:wrong-hunter2@${at}`, `redis://nobody:wrong-hunter2@${at}`, `redis://${at}`]) {
      const error = await errorOf(openStore(url));
      assert.deepEqual([error.code, error.retry], ['UNAUTHORIZED', 'never'], url);
      assert.match(error.message, new RegExp(`^redis://${at} refused the credentials: (WRONGPASS|NOAUTH)`));
      assert.doesNotMatch(inspect(error), /hunter2|sesame/);
    }
  } finally {
    await own.stop();
  }
});

test('a password that the server does not know of', { skip: withoutRedis }, async () => {
  const own = await startOwnRedis();
  try {
    const error = await errorOf(openStore(`redis://:hunter2@127.0.0.1:${own.port}/0`));
    assert.equal(error.code, 'UNAUTHORIZED');
    assert.doesNotMatch(inspect(error), /hunter2/);
  } finally {
    await own.stop();
  }
});

test('a database that the server does not have is told in its words', { skip: withoutRedis }, async () => {
  const url = new URL(redisUrl!);
  url.pathname = '/99999';
  const error = await errorOf(openStore(url.href));
  assert.deepEqual([error.code, error.retry], ['SERVICE_ERROR', 'never']);
  assert.match(error.message, /DB index is out of range/);
});

for (const [reply, code, retry] of [
  ['LOADING Redis is loading the dataset in memory', 'UNREACHABLE', 'backoff'],
  ["READONLY You can't write against a read only replica.", 'UNREACHABLE', 'backoff'],
  ['MOVED 3999 127.0.0.1:6381', 'UNSUPPORTED', 'never'],
  ["NOPERM this user has no permissions to run the 'evalsha' command", 'UNAUTHORIZED', 'never'],
  ["ERR unknown command 'EVALSHA'", 'SERVICE_ERROR', 'never'],
] as const) {
  test(`the reply ${reply.split(' ')[0]} is ${code}`, async () => {
    const server = await listen(socket => {
      socket.on('data', data => socket.write(data.includes('PING') ? '+PONG\r\n' : `-${reply}\r\n`));
    });
    const store = await openStore(server.url);
    try {
      const error = await errorOf(store.take('q', SIZES, ONE));
      assert.deepEqual([error.code, error.retry], [code, retry]);
    } finally {
      await store.end();
      await server.close();
    }
  });
}

test('without the package ioredis the error says how to get it', () => {
  const hook = `export async function resolve(name, context, next) {
    if (name === 'ioredis') throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(name, context);
  }`;
  const program = `
    import { register } from 'node:module';
    register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hook))});
    const { openStore } = await import(${JSON.stringify(new URL('./redis.test.fixture.js', import.meta.url).href)});
    await openStore('redis://127.0.0.1:1/0').catch(error => console.log(error.code, error.message, error.notes[0].message));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.equal(printed, 'MISSING_PACKAGE the optional package "ioredis" is not installed install it: npm install ioredis\n');
});
