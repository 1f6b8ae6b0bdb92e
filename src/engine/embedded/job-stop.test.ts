import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../common/deferred.js';
import { MillraceError } from '../../common/error.js';
import { JobWorld, rest, COPY, ASK } from './job-bench.test.fixture.js';

test('cancelled, a job ends as by a crash, and goes on from its last checkpoint', async () => {
  const world = new JobWorld();
  const source = world.table('in', { splits: [[1, 2]], boundedness: 'unbounded' });
  const out = world.table('out');
  const job = world.job(COPY);
  await job.start();
  await rest();
  await job.checkpoint();
  source.splits[0]!.push(3);
  source.wake();
  await rest();
  await job.cancel();
  assert.deepEqual([job.status, out.rows], ['failed', [[1], [2]]]);
  await assert.rejects(job.settled, { code: 'INTERRUPTED' });
  source.boundedness = 'bounded';
  const again = world.job(COPY);
  await again.start();
  await again.settled;
  assert.deepEqual(out.rows, [[1], [2], [3]]);
});

test('a job that was never started can be cancelled, and then not be started', async () => {
  const world = new JobWorld();
  const job = world.job(COPY);
  await job.stop();
  assert.equal(job.status, 'created');
  await job.cancel();
  assert.equal(job.status, 'failed');
  await assert.rejects(job.start(), { code: 'INTERRUPTED' });
  assert.deepEqual(world.log, ['store closed']);
});

test('a job that is cancelled while it opens does not run', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1]] });
  const opening = deferred<void>();
  world.table('out', { openWriter: () => opening.promise });
  const job = world.job(COPY);
  const started = assert.rejects(job.start(), { code: 'INTERRUPTED' });
  await rest();
  const cancelled = job.cancel();
  await rest();
  opening.resolve();
  await Promise.all([started, cancelled]);
  assert.equal(job.status, 'failed');
  assert.deepEqual(world.log.slice(-3), ['out writer closed', 'in closed', 'store closed']);
});

test('a stop that comes while the job opens stops it when it runs', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1]], boundedness: 'unbounded' });
  const opening = deferred<void>();
  world.table('out', { openWriter: () => opening.promise });
  const job = world.job(COPY);
  const started = job.start();
  const stopped = job.stop();
  opening.resolve();
  await Promise.all([started, stopped]);
  assert.equal(job.status, 'stopped');
});

test('stopped with a durable store, a job lets the calls at the model finish and keeps the rows that wait', async () => {
  const world = new JobWorld();
  world.answerAfter = undefined;
  world.maxPendingRows = 2;
  world.table('in', { splits: [[1, 2, 3, 4]] });
  const out = world.table('out');
  const job = world.job(ASK);
  await job.start();
  await rest();
  const [predictor] = world.predictors;
  assert.deepEqual(predictor!.asked, [1, 2]);
  const stopped = job.stop();
  await rest();
  assert.deepEqual([job.status, predictor!.log], ['stopping', ['pause']]);
  for (const call of predictor!.open) call.answer();
  await stopped;
  assert.deepEqual([job.status, await job.settled, predictor!.asked], ['stopped', 'stopped', [1, 2]]);
  assert.deepEqual(out.rows, [
    [1, '#1'],
    [2, '#2'],
  ]);
  world.answerAfter = () => 0;
  const again = world.job(ASK);
  await again.start();
  assert.equal(await again.settled, 'finished');
  assert.deepEqual(world.predictors[1]!.asked, [3, 4]);
  assert.deepEqual(
    out.rows.map(([n]) => n),
    [1, 2, 3, 4],
  );
});

test('stopped without a durable store, a job finishes all rows that it has read', async () => {
  const world = new JobWorld({ isDurable: false });
  world.answerAfter = undefined;
  world.table('in', { splits: [[1, 2]], boundedness: 'unbounded' });
  const out = world.table('out');
  const job = world.job(ASK);
  await job.start();
  await rest();
  const stopped = job.stop();
  await rest();
  assert.deepEqual(out.rows, []);
  for (const call of world.predictors[0]!.open) call.answer();
  await stopped;
  assert.deepEqual([job.status, world.predictors[0]!.log], ['stopped', ['close']]);
  assert.deepEqual(out.rows, [
    [1, '#1'],
    [2, '#2'],
  ]);
});

test('a stop while the last rows are being written lets the job finish, and closes everything once', async () => {
  for (const isDurable of [true, false]) {
    const world = new JobWorld({ isDurable });
    world.table('in', { splits: [[1]] });
    const out = world.table('out');
    world.store.saving = deferred();
    const job = world.job(COPY);
    await job.start();
    await rest();
    const stops = [job.stop(), job.stop()];
    await rest();
    world.store.saving.resolve();
    await Promise.all(stops);
    assert.equal(job.status, 'finished');
    assert.deepEqual(out.rows, [[1]]);
    assert.deepEqual(world.log.slice(2), ['save finished', 'out commit', 'out writer closed', 'in closed', 'store closed']);
  }
});

test('a second stop waits for the first', async () => {
  const world = new JobWorld();
  world.answerAfter = undefined;
  world.table('in', { splits: [[1]], boundedness: 'unbounded' });
  world.table('out');
  const job = world.job(ASK);
  await job.start();
  await rest();
  const first = job.stop();
  let isOver = false;
  const second = job.stop().then(() => {
    isOver = true;
  });
  await rest();
  assert.equal(isOver, false);
  world.predictors[0]!.open[0]!.answer();
  await Promise.all([first, second]);
  assert.equal(world.log.filter(each => each === 'store closed').length, 1);
});

test('a write that fails while the job stops leaves no checkpoint that passes over its rows', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1, 2]] });
  const out = world.table('out', { writing: deferred() });
  const job = world.job(COPY);
  await job.start();
  await rest();
  const stopped = job.stop();
  await rest();
  out.writing!.reject(new MillraceError({ code: 'IO', message: 'disk full' }));
  await stopped;
  await assert.rejects(job.settled, { code: 'IO' });
  assert.equal(world.store.last, undefined);
  out.writing = undefined;
  const again = world.job(COPY);
  await again.start();
  await again.settled;
  assert.deepEqual(out.rows, [[1], [2]]);
});

test('a cancel waits for a commit under way', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1]], boundedness: 'unbounded' });
  const out = world.table('out', { committing: deferred() });
  const job = world.job(COPY);
  await job.start();
  await rest();
  const taken = job.checkpoint();
  await rest();
  let isOver = false;
  const cancelled = job.cancel().then(() => {
    isOver = true;
  });
  await rest();
  assert.equal(isOver, false);
  out.committing!.resolve();
  await Promise.all([cancelled, taken]);
  assert.equal(world.log.at(-1), 'store closed');
});
