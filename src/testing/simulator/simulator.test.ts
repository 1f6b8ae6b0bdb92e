import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request as httpRequest } from 'undici';
import { Refusal, type Reply } from './reply.js';
import type { SimulatedProtocol } from './simulated-protocol.js';
import type { SimulatorOptions } from './simulator-options.js';
import { startSimulator, type Simulator } from './simulator.js';

const OPTIONS: SimulatorOptions & Readonly<Partial<Record<`${string}-rate`, number>>> = {
  host: '127.0.0.1',
  port: 0,
  seed: '0',
  latency: { kind: 'fixed', ms: 0 },
  'limit-window': 60_000,
  'slow-latency': 0,
};

function error(status: number, message = 'no'): Reply {
  return { status, headers: { 'content-type': 'text/plain' }, body: `${status} ${message}` };
}

/** A service that sends bytes back twice, counts each as an input token, and sets 10 output tokens aside. */
const echo: SimulatedProtocol = {
  basePath: '/echo',
  limits: {
    headers: states => Object.fromEntries(states.map(({ kind, limit, remaining }) => [`left-${kind}`, `${remaining}/${limit}`])),
    exceeded: ({ kind }, waitMs) => ({ ...error(429, kind), headers: { wait: String(waitMs) } }),
  },
  authorize({ headers }) {
    if (headers['x-key'] === 'wrong') throw new Refusal(error(401));
  },
  route({ method, path, query, body }) {
    if (method === 'GET' && path === '/status') return { kind: 'free', reply: { status: 200, headers: {}, body: query.get('q') ?? '' } };
    if (path !== '/twice') throw new Refusal(error(404));
    return {
      kind: 'metered',
      answer: ({ fault }) => ({
        inputs: [body.toString('hex')],
        promptTokens: body.length,
        completionTokens: 0,
        headers: { 'content-type': 'application/octet-stream' },
        body: fault === 'strange' ? 'strange' : Buffer.concat([body, body]),
        amounts: { 'output-tokens': 10 },
      }),
    };
  },
  error,
  headers: number => ({ number: String(number) }),
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

async function send(
  simulator: Simulator,
  path: string,
  { body, headers = {} }: { body?: Buffer; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await httpRequest(`${simulator.url}${path}`, { method: body ? 'POST' : 'GET', headers, body: body ?? null });
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
}

async function within(options: Partial<typeof OPTIONS>, run: (simulator: Simulator) => Promise<void>): Promise<void> {
  const simulator = await startSimulator({ ...OPTIONS, ...options }, echo);
  try {
    await run(simulator);
  } finally {
    await simulator.close();
  }
}

const BYTES = Buffer.from([0, 255, 128, 7]);

test('bodies are bytes in both directions, and the service names their type', () =>
  within({}, async simulator => {
    const { status, headers, body } = await send(simulator, '/twice', { body: BYTES });
    assert.deepEqual([status, headers['content-type'], headers['number']], [200, 'application/octet-stream', '1']);
    assert.deepEqual(body, Buffer.concat([BYTES, BYTES]));
    assert.equal((await send(simulator, '/twice', { body: BYTES })).headers['number'], '2');
  }));

test("addresses and credentials are the service's; free answers have no faults", () =>
  within({ 'strange-rate': 1, status: 500 }, async simulator => {
    const free = await send(simulator, '/status?q=up');
    assert.deepEqual([free.status, free.body.toString()], [200, 'up']);
    assert.equal((await send(simulator, '/nothing')).status, 404);
    assert.equal((await send(simulator, '/../elsewhere')).status, 404);
    const wrong = await send(simulator, '/twice', { body: BYTES, headers: { 'x-key': 'wrong' } });
    assert.deepEqual([wrong.status, wrong.headers['content-type'], wrong.body.toString()], [401, 'text/plain', '401 no']);
    assert.equal((await send(simulator, '/twice', { body: BYTES })).status, 500);
  }));

test("a fault of the service's own reaches its answer", () =>
  within({ 'strange-rate': 1 }, async simulator => {
    assert.equal((await send(simulator, '/twice', { body: BYTES })).body.toString(), 'strange');
    assert.deepEqual(simulator.stats().faults, { strange: 1 });
  }));

test('each kind of limit counts its own amounts, and the service says which was exceeded', () =>
  within({ 'requests-per-minute': 5, 'input-tokens-per-minute': 100, 'output-tokens-per-minute': 20 }, async simulator => {
    const first = await send(simulator, '/twice', { body: BYTES });
    const { 'left-requests': requests, 'left-input-tokens': input, 'left-output-tokens': output, 'left-tokens': none } = first.headers;
    assert.deepEqual([requests, input, output, none], ['4/5', '96/100', '10/20', undefined]);
    assert.equal((await send(simulator, '/twice', { body: BYTES })).status, 200);
    const { status, headers, body } = await send(simulator, '/twice', { body: BYTES });
    assert.deepEqual([status, body.toString(), headers['left-requests']], [429, '429 output-tokens', '3/5']);
    const waitMs = Number(headers['wait']);
    assert.ok(waitMs > 0 && waitMs <= 30_000, String(waitMs));
  }));

test('a status carries the waits that the options name; empty ones stand for no header', () =>
  within({ status: 429, 'retry-after': '7', 'retry-after-ms': '' }, async simulator => {
    const { status, headers } = await send(simulator, '/twice', { body: BYTES });
    assert.deepEqual([status, headers['retry-after'], headers['retry-after-ms']], [429, '7', undefined]);
  }));

test('faults of proxies and of connections', async () => {
  await within({ 'half-closed-rate': 1 }, async simulator => {
    await assert.rejects(send(simulator, '/twice', { body: BYTES }), /other side closed/);
    assert.deepEqual(simulator.stats().faults, { 'half-closed': 1 });
  });
  await within({ 'html-rate': 1 }, async simulator => {
    const { status, headers, body } = await send(simulator, '/twice', { body: BYTES });
    assert.deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8']);
    assert.match(body.toString(), /^<html>/);
  });
  await within({ 'unknown-rate': 1 }, async simulator => {
    const { status, body } = await send(simulator, '/twice', { body: BYTES });
    assert.deepEqual([status, typeof JSON.parse(body.toString())], [200, 'object']);
    assert.equal(simulator.stats().answeredInputs, 0);
  });
  await within({ 'leak-rate': 1 }, async simulator => {
    const { status, headers, body } = await send(simulator, '/twice', { body: BYTES, headers: { authorization: 'Bearer k-1' } });
    assert.deepEqual([status, headers['x-ratelimit-key'], body.toString()], [401, 'k-1', '401 no access with k-1']);
  });
});

test('the last request can be looked at', () =>
  within({}, async simulator => {
    assert.equal(simulator.lastRequest(), undefined);
    await send(simulator, '/twice?q=1', { body: BYTES });
    assert.deepEqual([simulator.lastRequest()?.path, simulator.lastRequest()?.body], ['/twice', BYTES]);
  }));
