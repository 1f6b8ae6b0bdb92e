import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../common/deferred.js';
import { MillraceError } from '../../common/error.js';
import type { ExecNode } from '../../planner/physical/exec-node.js';
import { BIGINT } from '../../spec/data-type.js';
import { aggregateCall } from './operators/aggregate-call.test.fixture.js';
import { JobWorld, sinkExec, sourceExec, rest, COPY, ASK } from './job-bench.test.fixture.js';

test('a failing commit is the end of the job; the next start commits what the checkpoint holds', async () => {
  const world = new JobWorld();
  const source = world.table('in', { splits: [[1]], boundedness: 'unbounded' });
  const out = world.table('out', { committing: deferred() });
  const job = world.job(COPY);
  await job.start();
  await rest();
  out.committing!.reject(new MillraceError({ code: 'IO', message: 'rename failed' }));
  await assert.rejects(job.checkpoint(), { code: 'IO' });
  await assert.rejects(job.settled, { code: 'IO' });
  assert.deepEqual([job.status, out.rows], ['failed', []]);
  out.committing = undefined;
  source.boundedness = 'bounded';
  const again = world.job(COPY);
  await again.start();
  await again.settled;
  assert.deepEqual(out.rows, [[1]]);
});

test('a save that fails is the end of the job, and commits nothing', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1]], boundedness: 'unbounded' });
  const out = world.table('out');
  const job = world.job(COPY);
  await job.start();
  await rest();
  world.store.failure = new MillraceError({ code: 'IO', message: 'disk full' });
  await world.clock.advance(1_000);
  await assert.rejects(job.settled, { code: 'IO' });
  assert.deepEqual([job.status, out.rows, world.log.includes('out commit')], ['failed', [], false]);
});

test('a source that fails stops the job; the error tells where', async () => {
  const world = new JobWorld();
  world.table('in', {
    splits: [
      [1, 2],
      [3, 4, 5, 6],
    ],
    failAt: 5,
  });
  world.table('out');
  const job = world.job(COPY);
  await job.start();
  await assert.rejects(job.settled, { code: 'IO', context: { split: '1', operator: 'Source (source-in)', table: 'in' } });
  assert.deepEqual(world.log.slice(-3), ['out writer closed', 'in closed', 'store closed']);
});

test('a sink that fails is named, and not the source that sent the rows', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1]] });
  const out = world.table('out', { writing: deferred() });
  const job = world.job(COPY);
  await job.start();
  await rest();
  out.writing!.reject(new MillraceError({ code: 'IO', message: 'disk full' }));
  await assert.rejects(job.settled, { code: 'IO', context: { operator: 'Sink (sink-out)', table: 'out' } });
});

test('a model that fails is named', async () => {
  const world = new JobWorld();
  world.answerAfter = undefined;
  world.table('in', { splits: [[1]] });
  world.table('out');
  const job = world.job(ASK);
  await job.start();
  await rest();
  world.predictors[0]!.open[0]!.fail(new MillraceError({ code: 'UNAUTHORIZED', message: 'no' }));
  await assert.rejects(job.settled, { code: 'UNAUTHORIZED', context: { operator: 'Predict (predict-1)', model: 'm' } });
});

test('a table that takes only inserts refuses a query that updates, and what was opened is closed again', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1]] });
  world.table('out', { changelogMode: 'insert-only' });
  const count = aggregateCall('COUNT', []);
  const group: ExecNode = {
    kind: 'GroupAggregateExec',
    id: 'group-1',
    input: sourceExec('in'),
    keys: [],
    aggregates: [count],
    fields: [{ name: 'c', type: BIGINT }],
    emit: 'changes',
    changelogMode: 'all',
  };
  const job = world.job(sinkExec('out', group));
  await assert.rejects(job.start(), { code: 'CHANGELOG_MODE', context: { operator: 'Sink (sink-out)', table: 'out' } });
  await assert.rejects(job.settled, { code: 'CHANGELOG_MODE' });
  assert.deepEqual([job.status, world.log], ['failed', ['in opened', 'in closed', 'store closed']]);
});

test('rows that were restored and fail while the job opens fail its start', async () => {
  const world = new JobWorld();
  world.answerAfter = undefined;
  world.table('in', { splits: [[1]], boundedness: 'unbounded' });
  world.table('out');
  const job = world.job(ASK);
  await job.start();
  await rest();
  await job.checkpoint();
  await job.cancel();
  const again = world.job(ASK);
  world.onCall = call => call.fail(new MillraceError({ code: 'UNAUTHORIZED', message: 'no' }));
  await assert.rejects(again.start(), { code: 'UNAUTHORIZED', context: { operator: 'Predict (predict-1)', model: 'm' } });
  await assert.rejects(again.settled, { code: 'UNAUTHORIZED' });
  assert.deepEqual([again.status, world.predictors[1]!.log], ['failed', ['close']]);
});
