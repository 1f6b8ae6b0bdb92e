import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { ECHO, fakePython, refusal } from './python.test.fixture.js';
import { SidecarPool } from './sidecar-pool.js';
import { encodeTensor } from './tensor-bytes.js';

interface Fixture {
  readonly pool: SidecarPool;
  readonly clock: FakeClock;
  readonly folder: string;
  readonly ask: (value: number, signal?: AbortSignal) => Promise<number>;
}

async function openPool(context: TestContext, body: string): Promise<Fixture> {
  const { path: folder, remove } = await temporaryFolder();
  const clock = createFakeClock();
  const pool = await SidecarPool.open({
    workers: 1,
    maxRestarts: 5,
    python: await fakePython(folder, `${ECHO}${body}`),
    load: { kind: 'load', framework: 'pytorch', path: '/model', device: 'cpu', threads: 1, signature: null },
    environment: {},
    startTimeoutMs: 60_000,
    memoryLimit: undefined,
    clock,
  });
  context.after(async () => {
    await pool.close();
    await remove();
  });
  const ask = async (value: number, signal = new AbortController().signal): Promise<number> => {
    const tensors = [{ name: 'x', element: 'float32', shape: [1] }] as const;
    const [answer] = await pool.call({ tensors, parts: [encodeTensor(Float32Array.of(value))], outputs: undefined }, signal);
    return answer!.data![0] as number;
  };
  return { pool, clock, folder, ask };
}

/** Lets what other processes do come in, and time pass, until it is so. */
async function until(condition: () => boolean, clock: FakeClock, stepMs = 0): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    assert.ok(waited < 10_000, 'it does not happen');
    await new Promise(resolve => setTimeout(resolve, 10));
    await clock.advance(stepMs);
  }
}

test('a worker that has rested is asked whether it is there, and one that is not is replaced', async context => {
  const { clock, folder, ask } = await openPool(
    context,
    `
const fs = require('node:fs');
const first = !fs.existsSync(__dirname + '/started');
fs.writeFileSync(__dirname + '/started', '');
const special = header => {
  if (header.kind !== 'ping') return false;
  fs.appendFileSync(__dirname + '/pings', 'x');
  if (!first) send({ kind: 'pong', id: header.id });
  return true;
};`,
  );
  assert.equal(await ask(1), 1);
  await clock.advance(29_000);
  assert.equal(await ask(2), 2);
  await clock.advance(31_000);
  let answer: number | undefined;
  const asked = ask(3).then(value => (answer = value));
  // 10 s until it is given up, and 100 ms until the next is started.
  await until(() => answer !== undefined, clock, 500);
  assert.equal(await asked, 3);
  await clock.advance(31_000);
  assert.equal(await ask(4), 4);
  assert.equal(await readFile(join(folder, 'pings'), 'utf8'), 'xx');
});

test('a worker that is still busy long after its call was given up is replaced', async context => {
  const { pool, clock, ask } = await openPool(
    context,
    `
const special = (header, payload) => {
  if (payload.readFloatLE(0) !== 13) return false;
  for (;;) ;
};`,
  );
  const before = pool.first;
  const cancelled = new AbortController();
  const hanging = ask(13, cancelled.signal);
  cancelled.abort(new Error('enough'));
  await assert.rejects(hanging, /enough/);
  const next = refusal(ask(1));
  await clock.advance(30_000);
  // What was handed to the same worker is lost with it, and told so that it is asked again.
  assert.match((await next).message, /still busy 30 s after its call was given up/);
  await until(() => pool.processes.length === 1 && pool.first !== before, clock, 100);
  assert.equal(await ask(1), 1);
});

test('restarts wait longer and longer, until an answer', async context => {
  const { pool, clock, ask } = await openPool(
    context,
    `
const special = (header, payload) => {
  if (payload.readFloatLE(0) === 13) process.exit(9);
  return false;
};`,
  );
  const restartsWithin = async (): Promise<number> => {
    assert.match((await refusal(ask(13))).message, /ended with status 9/);
    await until(() => pool.processes.length === 0, clock);
    const from = clock.monotonic();
    await until(() => pool.processes.length === 1, clock, 10);
    return clock.monotonic() - from;
  };
  const [first, second] = [await restartsWithin(), await restartsWithin()];
  assert.ok(first >= 100 && second >= 200, `${first} and ${second} ms`);
  assert.equal(await ask(1), 1);
  const third = await restartsWithin();
  assert.ok(third >= 100, `${third} ms`);
});
