import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import type { LoadedModel, TensorFeed } from '../../spec/model-runtime.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { ECHO, fakePython, openModel, refusal } from './python.test.fixture.js';

/*
 * Programs in JavaScript in place of Python: what a worker can do wrong. The worker itself is tested with PyTorch and
 * TensorFlow.
 */

const FEEDS: readonly TensorFeed[] = [{ name: 'x', element: 'float32', columns: [0], width: 1, rowShape: [1] }];
const READ = { output: 'y', width: 1, offset: 0, count: 1, form: 'numbers' } as const;
interface Fake {
  readonly open: (options?: Readonly<Record<string, string>>, threads?: number) => Promise<LoadedModel>;
  readonly folder: string;
}

async function fake(context: TestContext, body: string): Promise<Fake> {
  const { path: folder, remove } = await temporaryFolder();
  context.after(remove);
  const model = join(folder, 'model.pt');
  await writeFile(model, 'content');
  const program = await fakePython(folder, body);
  return { folder, open: (options = {}, threads = 1) => openModel(model, { options: { 'sidecar.python': program, ...options }, threads }) };
}

async function runOf(model: LoadedModel): Promise<(values: readonly number[], signal?: AbortSignal) => Promise<number[]>> {
  const run = (await model.prepare(FEEDS)).reading([READ]);
  return async (values, signal = new AbortController().signal) => {
    const { columns } = await run(values.length, [Float32Array.from(values)], signal);
    return [...(columns[0] as Float64Array)];
  };
}

test('a program that is not there, or ends before it has loaded the model, is told with what it printed', async context => {
  const missing = await fake(context, '');
  const none = await refusal(missing.open({ 'sidecar.python': '/nowhere/python' }));
  assert.equal(none.code, 'INVALID_OPTION');
  assert.match(none.message, /"\/nowhere\/python", and there is no such program/);
  const { open } = await fake(context, "console.error('no module\\u0007 named secrets'); process.exit(3);");
  const ended = await refusal(open());
  assert.equal(ended.code, 'MODEL_LOAD');
  assert.match(ended.message, /ended with status 3 before it had loaded/);
  assert.equal(ended.notes[0]!.message, 'it printed: no module  named secrets');
});

test('a program that takes too long is ended', async context => {
  const { open } = await fake(context, 'send(hello); setInterval(() => {}, 1000);');
  const started = performance.now();
  const error = await refusal(open({ 'sidecar.start-timeout': '300 ms' }));
  assert.equal(error.code, 'MODEL_LOAD');
  assert.match(error.message, /did not load the model within 0\.3 s/);
  assert.ok(performance.now() - started < 10_000);
});

test('another protocol, and what is none, are refused at the start', async context => {
  const other = await refusal((await fake(context, 'send({ ...hello, protocol: 2 });')).open());
  assert.match(other.message, /speaks protocol 2/);
  for (const body of [
    "socket.write('Hello, this is a log line');",
    "send({ kind: 'loaded', inputs: 3 });",
    'socket.write(Buffer.alloc(40, 255));',
  ]) {
    const error = await refusal((await fake(context, `${body} setInterval(() => {}, 1000);`)).open());
    assert.equal(error.code, 'MODEL_LOAD');
    assert.match(error.message, /no frame of its protocol/);
  }
});

test('it gets no variable of this process', async context => {
  process.env['MILLRACE_TEST_OWN_SECRET'] = 'x';
  context.after(() => delete process.env['MILLRACE_TEST_OWN_SECRET']);
  const note = "require('node:fs').writeFileSync(__dirname + '/env', Object.keys(process.env).sort().join());";
  const { open, folder } = await fake(context, `${ECHO} const special = () => false; ${note}`);
  await (await open({ 'sidecar.environment': '{"EXTRA": "1"}' })).close();
  const names = (await readFile(join(folder, 'env'), 'utf8')).split(',');
  const own = ['CUDA_VISIBLE_DEVICES', 'EXTRA', 'HOME', 'LANG', 'OMP_NUM_THREADS', 'PATH', 'TF_CPP_MIN_LOG_LEVEL'];
  // Those with two underscores are set by the system itself.
  assert.deepEqual(
    names.filter(name => !name.startsWith('__')),
    own,
  );
});

test('calls are answered in one process after the other, and waiting ones go on after a loss', async context => {
  const { open } = await fake(
    context,
    `${ECHO}
const special = (header, payload) => {
  if (payload.readFloatLE(0) === 13) process.kill(process.pid, 'SIGKILL');
  return payload.readFloatLE(0) === 13;
};`,
  );
  const model = await open();
  context.after(() => model.close());
  const run = await runOf(model);
  assert.deepEqual(await run([1, 2, 3]), [1, 2, 3]);
  const results = await Promise.allSettled([run([1, 1]), run([13, 0]), run([2, 2]), run([3, 3]), run([4, 4])]);
  // The third may have been in the same process.
  assert.deepEqual(
    [0, 1, 3, 4].map(i => results[i]!.status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  const { reason } = results[1] as PromiseRejectedResult;
  assert.deepEqual([reason.code, reason.retry], ['PREDICTION_FAILED', 'backoff']);
  assert.match(reason.message, /was ended by SIGKILL/);
  assert.deepEqual(await run([5]), [5]);
});

test('a worker that is lost again and again is given up, and says why', async context => {
  const { open } = await fake(
    context,
    `${ECHO}
const special = header => {
  if (header.tensors[0].shape[0] === 2) return false;
  console.error('out of luck');
  process.exit(9);
};`,
  );
  const model = await open({ 'sidecar.max-restarts': '2' });
  context.after(() => model.close());
  const run = await runOf(model);
  const messages: string[] = [];
  for (let i = 0; i < 4; i++) messages.push((await refusal(run([1, 2, 3]))).message);
  assert.match(messages[0]!, /ended with status 9$/);
  const last = await refusal(run([1, 2, 3]));
  assert.match(last.message, /is not started again, after 2 times without an answer: .*ended with status 9/);
  assert.equal(last.retry, 'never');
  assert.equal(last.notes[0]!.message, 'it printed: out of luck');
});

test('answers of other lengths, other calls or other words end the worker, not the process', async context => {
  const wrongs = [
    "send({ kind: 'result', id: header.id, peak: 1, tensors: [{ name: 'y', element: 'float32', shape: [1000000], bytes: payload.length }] }, payload)",
    "send({ kind: 'result', id: header.id + 1, peak: 1, tensors: [] })",
    "send({ kind: 'result', id: header.id, peak: 1, tensors: [{ name: 'y', element: 'float32', shape: [3], bytes: 4 }] }, payload)",
    "socket.write(Buffer.from('garbage on the socket, and more of it'))",
  ];
  for (const wrong of wrongs) {
    const { open } = await fake(
      context,
      `${ECHO} const special = (header, payload) => { if (payload.readFloatLE(0) !== 13) return false; ${wrong}; return true; };`,
    );
    const model = await open();
    const run = await runOf(model);
    const error = await refusal(run([13, 0, 0]));
    assert.deepEqual([error.code, error.retry], ['PREDICTION_FAILED', 'backoff'], wrong);
    assert.deepEqual(await run([7, 8]), [7, 8]);
    await model.close();
  }
});

test('an output of another shape than at the start, or none, fails the row alone', async context => {
  const { open } = await fake(
    context,
    `${ECHO}
const special = ({ id, tensors }, payload) => {
  const values = new Float32Array(payload.buffer, payload.byteOffset, payload.length / 4);
  if (!values.includes(13)) return false;
  send({ kind: 'result', id, peak: 1, tensors: [] });
  return true;
};`,
  );
  const model = await open();
  context.after(() => model.close());
  const run = (await model.prepare(FEEDS)).reading([READ]);
  const { columns, failures } = await run(5, [Float32Array.of(1, 2, 13, 4, 5)], new AbortController().signal);
  assert.deepEqual(failures, [[2, 'output "y" is not there']]);
  assert.deepEqual([...(columns[0] as Float64Array)].toSpliced(2, 1), [1, 2, 4, 5]);
});

test('a call that is given up makes room for the next', async context => {
  const { open } = await fake(
    context,
    `${ECHO}
const special = (header, payload) => {
  if (payload.readFloatLE(0) !== 13) return false;
  setTimeout(() => echo(header, payload), 200);
  return true;
};`,
  );
  const model = await open();
  context.after(() => model.close());
  const run = await runOf(model);
  const cancelled = new AbortController();
  const slow = run([13, 0], cancelled.signal);
  const reason = new Error('enough');
  cancelled.abort(reason);
  await assert.rejects(slow, reason);
  assert.deepEqual(await run([1, 2]), [1, 2]);
  await assert.rejects(run([1], AbortSignal.abort(reason)), reason);
});

test('a worker beyond its memory limit is replaced', async context => {
  const { open } = await fake(
    context,
    `${ECHO}
const kept = [];
const special = (header, payload) => {
  if (payload.readFloatLE(0) !== 13) return false;
  setInterval(() => kept.push(Buffer.alloc(20_000_000, 1)), 20);
  return true;
};`,
  );
  const model = await open({ 'sidecar.memory-limit': '200 mb' });
  context.after(() => model.close());
  const run = await runOf(model);
  const error = await refusal(run([13, 0]));
  assert.deepEqual([error.code, error.retry], ['PREDICTION_FAILED', 'backoff']);
  assert.match(error.message, /took \d+ MB, and its limit is 200 MB/);
  assert.deepEqual(await run([1, 2]), [1, 2]);
});

test('a model that is closed ends its workers after what they compute, and takes no more calls', async context => {
  const { open, folder } = await fake(
    context,
    `${ECHO}
const special = (header, payload) => {
  if (payload.readFloatLE(0) !== 13) return false;
  setTimeout(() => echo(header, payload), 100);
  return true;
};
process.on('exit', () => require('node:fs').appendFileSync(__dirname + '/ended', 'x'));`,
  );
  const model = await open({}, 2);
  const run = await runOf(model);
  const slow = run([13, 1]);
  await sleep(20);
  await model.close();
  assert.deepEqual(await slow, [13, 1]);
  assert.ok(existsSync(join(folder, 'ended')));
  assert.equal((await refusal(run([1]))).code, 'INTERRUPTED');
});

test('what Python does not run is refused before a process is started', async context => {
  const { folder } = await fake(context, '');
  const model = join(folder, 'model.pt');
  const other = await refusal(openModel(model, { format: 'onnx' }));
  assert.equal(other.code, 'INVALID_OPTION');
  assert.match(other.message, /Python runs pytorch and tensorflow, not onnx/);
});
