import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { MillraceError } from '../common/error.js';
import { WorkerPool } from './worker-pool.js';

/** Answers with its request, the setup and a number of its own; knows the requests `crash`, `fail` and `wait`. */
const ECHO = `
  import { parentPort, workerData, threadId } from 'node:worker_threads';
  if (workerData === 'broken') {
    parentPort.postMessage({ kind: 'failed', failure: { code: 'MODEL_LOAD', message: 'no such model', notes: ['look again'] } });
  } else if (workerData === 'dead') {
    throw new Error('died at the start');
  } else {
    let setup;
    parentPort.on('message', ({ kind, id, request, setup: given }) => {
      if (kind === 'setup') setup = given;
      else if (kind === 'close') parentPort.close();
      else if (request === 'crash') throw new Error('out of luck');
      else if (request === 'fail') parentPort.postMessage({ kind: 'error', id, failure: { code: 'PREDICTION_FAILED', message: 'bad input' } });
      else setTimeout(() => parentPort.postMessage({ kind: 'reply', id, reply: { request, setup, threadId } }), request === 'wait' ? 50 : 0);
    });
    parentPort.postMessage({ kind: 'ready' });
  }
`;

interface Reply {
  readonly request: unknown;
  readonly setup: unknown;
  readonly threadId: number;
}

const entry = new URL(`data:text/javascript,${encodeURIComponent(ECHO)}`);
const never = new AbortController().signal;
// Every call of every test listens to it.
setMaxListeners(0, never);

async function openPool(threads: number, start?: string): Promise<WorkerPool<unknown, string, Reply>> {
  return WorkerPool.open<unknown, string, Reply>({ entry, start, threads });
}

function call(pool: WorkerPool<unknown, string, Reply>, request: unknown, signal = never): Promise<Reply> {
  return pool.call(request, { transfer: [], signal });
}

test('calls are answered, more of them than workers, and spread over all workers', async () => {
  const pool = await openPool(2);
  const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => call(pool, i)));
  assert.deepEqual(
    replies.map(reply => reply.request),
    Array.from({ length: 20 }, (_, i) => i),
  );
  assert.equal(new Set(replies.map(reply => reply.threadId)).size, 2);
  await pool.close();
});

test('buffers are handed over', async () => {
  const pool = await openPool(1);
  const numbers = Float64Array.of(1, 2);
  const reply = await pool.call(numbers, { transfer: [numbers.buffer], signal: never });
  assert.deepEqual(reply.request, Float64Array.of(1, 2));
  assert.equal(numbers.length, 0);
  await pool.close();
});

test('an error of the worker rejects its call only', async () => {
  const pool = await openPool(1);
  const [failed, good] = await Promise.allSettled([call(pool, 'fail'), call(pool, 'good')]);
  assert.ok(failed.status === 'rejected' && MillraceError.is(failed.reason));
  assert.deepEqual([failed.reason.code, failed.reason.message], ['PREDICTION_FAILED', 'bad input']);
  assert.equal(good.status, 'fulfilled');
  await pool.close();
});

test('a worker that cannot start fails the opening with its reason', async () => {
  await assert.rejects(openPool(2, 'broken'), error => {
    assert.ok(MillraceError.is(error));
    assert.deepEqual([error.code, error.message, error.notes[0]?.message], ['MODEL_LOAD', 'no such model', 'look again']);
    return true;
  });
  await assert.rejects(openPool(1, 'dead'), { code: 'PREDICTION_FAILED', message: 'a thread of the model stopped: died at the start' });
});

test('a crash rejects what the worker had, to be tried again, and a new worker with the same setup takes over', async () => {
  const pool = await openPool(1);
  pool.setup('plan');
  const before = await call(pool, 'before');
  const [crashed] = await Promise.allSettled([call(pool, 'crash')]);
  assert.ok(crashed.status === 'rejected' && MillraceError.is(crashed.reason));
  assert.equal(crashed.reason.code, 'PREDICTION_FAILED');
  assert.equal(crashed.reason.retry, 'backoff');
  assert.match(crashed.reason.message, /out of luck/);
  const after = await call(pool, 'after');
  assert.deepEqual([after.request, after.setup], ['after', 'plan']);
  assert.notEqual(after.threadId, before.threadId);
  await pool.close();
});

test('calls that wait are answered by the worker that replaces a crashed one', async () => {
  const pool = await openPool(1);
  const settled = await Promise.allSettled(['crash', 'with it', 'waits', 'waits too'].map(request => call(pool, request)));
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
  );
  await pool.close();
});

test('an abort rejects with its reason at once, whether the call waits or runs', async () => {
  const pool = await openPool(1);
  const running = new AbortController();
  const waiting = new AbortController();
  const first = call(pool, 'wait', running.signal);
  const second = call(pool, 'wait');
  const third = call(pool, 'never sent', waiting.signal);
  running.abort(new Error('stop running'));
  waiting.abort(new Error('stop waiting'));
  await assert.rejects(first, /stop running/);
  await assert.rejects(third, /stop waiting/);
  assert.equal((await second).request, 'wait');
  await assert.rejects(call(pool, 'too late', waiting.signal), /stop waiting/);
  await pool.close();
});

test('closing rejects what is not answered, and what comes after', async () => {
  const pool = await openPool(1);
  const calls = Array.from({ length: 3 }, () => call(pool, 'wait'));
  const settled = Promise.allSettled(calls);
  await pool.close();
  for (const one of await settled)
    assert.ok(one.status === 'rejected' && MillraceError.is(one.reason) && one.reason.code === 'INTERRUPTED');
  await assert.rejects(call(pool, 'after'), { code: 'INTERRUPTED' });
});

test('a process ends by itself, with the pool closed or left open', async () => {
  for (const end of ['await pool.close();', '']) {
    const script = `
      import { WorkerPool } from ${JSON.stringify(new URL('./worker-pool.js', import.meta.url).href)};
      const pool = await WorkerPool.open({ entry: new URL(${JSON.stringify(entry.href)}), start: undefined, threads: 2 });
      const reply = await pool.call('hello', { transfer: [], signal: new AbortController().signal });
      process.stdout.write(reply.request);
      ${end}
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const output: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
    const [code] = (await once(child, 'close')) as [number];
    assert.deepEqual([code, output.join('')], [0, 'hello']);
  }
});
