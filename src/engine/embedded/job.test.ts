import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../common/deferred.js';
import { MillraceError } from '../../common/error.js';
import type { AggregateCall } from '../../planner/logical/aggregate-call.js';
import type { ExecNode } from '../../planner/physical/exec-node.js';
import { BIGINT, INT, timestamp, withNullable } from '../../spec/data-type.js';
import type { EmbeddedJob } from './job.js';
import { JobWorld, limitExec, N, predictExec, sinkExec, sourceExec, unionExec } from './job-bench.test.fixture.js';
import { nextTurn as turn } from './next-turn.js';

/** Lets everything settle that can without the clock. */
async function rest(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

const COPY = sinkExec('out', sourceExec('in'));
const ASK = sinkExec('out', predictExec(sourceExec('in')));

test('a bounded job writes all rows, says so in its store, and closes everything once', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1, 2, 3], [4]] });
  const out = world.table('out');
  const job = world.job(COPY);
  assert.equal(job.status, 'created');
  await job.start();
  assert.deepEqual([job.status, job.isBounded], ['running', true]);
  assert.equal(await job.settled, 'finished');
  assert.equal(job.status, 'finished');
  assert.deepEqual(
    out.rows.flat().toSorted((a, b) => (a as number) - (b as number)),
    [1, 2, 3, 4],
  );
  assert.deepEqual(world.log, [
    'in opened',
    'out recover 0',
    'save finished',
    'out commit',
    'out writer closed',
    'in closed',
    'store closed',
  ]);
  assert.equal(world.clock.pendingTimers, 0);
  const [source, sink] = job.metrics();
  assert.deepEqual([source!.id, source!.name, source!.counters.get('rows_out')], ['source-in', 'Source (source-in)', 4]);
  assert.equal(sink!.counters.get('rows_in'), 4);
});

test('a finished job that is started again only commits again', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1, 2]] });
  const out = world.table('out');
  await world.job(COPY).start();
  await rest();
  out.committed.clear();
  world.log.length = 0;
  const again = world.job(COPY);
  await again.start();
  assert.equal(await again.settled, 'finished');
  assert.deepEqual(world.log, ['out commit', 'store closed']);
  assert.deepEqual(out.rows, [[1], [2]]);
  await again.stop();
  await again.cancel();
});

test('checkpoints are taken by the clock, and make rows visible', async () => {
  const world = new JobWorld();
  const source = world.table('in', { splits: [[1]], boundedness: 'unbounded' });
  const out = world.table('out');
  const job = world.job(COPY);
  await job.start();
  await rest();
  assert.deepEqual([job.isBounded, out.written.length, out.rows], [false, 1, []]);
  await world.clock.advance(999);
  assert.deepEqual(out.rows, []);
  await world.clock.advance(1);
  await rest();
  assert.deepEqual(out.rows, [[1]]);
  source.splits[0]!.push(2);
  source.wake();
  await rest();
  await world.clock.advance(1_000);
  await rest();
  assert.deepEqual(out.rows, [[1], [2]]);
  await job.cancel();
  assert.equal(world.clock.pendingTimers, 0);
});

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

/** A sum in windows of ten microseconds; a row's number is its time. */
function windowed(input: ExecNode): ExecNode {
  const bound = { type: withNullable(timestamp(3), false) };
  const source = {
    ...sourceExec('in'),
    watermark: { column: 0, expression: { kind: 'column', index: 0, name: 'n', type: INT } },
  } as ExecNode;
  assert.equal(input.id, source.id);
  const fields = [N, { name: 'window_start', ...bound }, { name: 'window_end', ...bound }, { name: 'window_time', ...bound }];
  const window = {
    kind: 'WindowTableExec',
    id: 'window-1',
    input: source,
    time: 0,
    window: { kind: 'tumble', sizeMicros: 10_000, offsetMicros: 0 },
    fields,
    changelogMode: 'insert-only',
  } as const;
  const sum: AggregateCall = { name: 'SUM', argument: 0, argumentType: INT, filter: undefined, type: INT };
  return {
    kind: 'WindowAggregateExec',
    id: 'window-aggregate-1',
    input: window,
    keys: [2],
    aggregates: [sum],
    window: { start: 1, end: 2, isLocal: false },
    fields: [fields[2]!, { name: 'n', type: INT }],
    changelogMode: 'insert-only',
  };
}

test('windows leave with the watermark of the source; a sink that refuses them stops the job and not the process', async () => {
  const plan = sinkExec('out', windowed(sourceExec('in')));
  const world = new JobWorld();
  world.table('in', { splits: [[1_000, 2_000, 12_000, 25_000]] });
  const out = world.table('out');
  const job = world.job(plan);
  await job.start();
  await job.settled;
  assert.deepEqual(out.rows, [
    [10_000, 3_000],
    [20_000, 12_000],
    [30_000, 25_000],
  ]);
  const other = new JobWorld();
  other.table('in', { splits: [[1_000, 12_000, 25_000]] });
  const refusing = other.table('out', { writing: deferred() });
  const failing = other.job(plan);
  await failing.start();
  await rest();
  refusing.writing!.reject(new MillraceError({ code: 'IO', message: 'disk full' }));
  await assert.rejects(failing.settled, { code: 'IO', context: { operator: 'Sink (sink-out)', table: 'out' } });
});

test('an event time that is NULL stops the job', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1_000, null as unknown as number]] });
  world.table('out');
  const job = world.job(sinkExec('out', windowed(sourceExec('in'))));
  await job.start();
  await assert.rejects(job.settled, { code: 'NULL_VIOLATION', context: { split: '0', operator: 'Source (source-in)', table: 'in' } });
});

test('LIMIT ends a job over a source that never does', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1, 2, 3, 4, 5]], boundedness: 'unbounded' });
  const out = world.table('out');
  const job = world.job(sinkExec('out', limitExec(sourceExec('in'), 3)));
  await job.start();
  assert.equal(await job.settled, 'finished');
  assert.deepEqual(out.rows, [[1], [2], [3]]);
});

test('a job whose LIMIT was reached before its last checkpoint ends at its next start, without another row', async () => {
  const world = new JobWorld();
  const source = world.table('in', { splits: [[1, 2]], boundedness: 'unbounded' });
  const out = world.table('out');
  const plan = sinkExec('out', limitExec(sourceExec('in'), 2));
  await world.job(plan).start();
  await rest();
  // As if the process had died after a checkpoint just before the last one.
  await world.store.save({ ...world.store.last!, finished: false });
  source.splits = [[1, 2]];
  const again = world.job(plan);
  await again.start();
  assert.equal(await again.settled, 'finished');
  assert.deepEqual(out.rows, [[1], [2]]);
});

test('of several inserts, one that has ended lets its own source go, and the others run on', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1, 2, 3]], boundedness: 'unbounded' });
  const other = world.table('other', { splits: [[7]], boundedness: 'unbounded' });
  const [out, rest1] = [world.table('out'), world.table('rest')];
  const job = world.job(sinkExec('out', limitExec(sourceExec('in'), 1)), sinkExec('rest', sourceExec('other')));
  await job.start();
  await rest();
  assert.equal(job.status, 'running');
  await job.checkpoint();
  assert.deepEqual([out.rows, rest1.rows], [[[1]], [[7]]]);
  other.splits[0]!.push(8);
  other.wake();
  await rest();
  await job.stop();
  assert.deepEqual([job.status, rest1.rows], ['stopped', [[7], [8]]]);
});

test('a part that two inserts read runs once', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1, 2]] });
  const [a, b] = [world.table('a'), world.table('b')];
  const shared = predictExec(sourceExec('in'));
  const job = world.job(sinkExec('a', shared), sinkExec('b', shared));
  await job.start();
  await job.settled;
  assert.deepEqual(a.rows, b.rows);
  assert.deepEqual([a.rows.length, world.predictors[0]!.asked], [2, [1, 2]]);
});

test('what checkpoints promised is committed for all sinks before any of them clears away', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1]], boundedness: 'unbounded' });
  world.table('a');
  world.table('b');
  const shared = sourceExec('in');
  const plan = [sinkExec('a', shared), sinkExec('b', shared)];
  const job = world.job(...plan);
  await job.start();
  await rest();
  await job.stop();
  world.log.length = 0;
  const again = world.job(...plan);
  await again.start();
  assert.deepEqual(world.log, ['in opened', 'a commit', 'b commit', 'a recover 1', 'b recover 1']);
  await again.cancel();
});

test('a table that takes only inserts refuses a query that updates, and what was opened is closed again', async () => {
  const world = new JobWorld();
  world.table('in', { splits: [[1]] });
  world.table('out', { changelogMode: 'insert-only' });
  const count: AggregateCall = { name: 'COUNT', argument: undefined, argumentType: undefined, filter: undefined, type: BIGINT };
  const group: ExecNode = {
    kind: 'GroupAggregateExec',
    id: 'group-1',
    input: sourceExec('in'),
    keys: [],
    aggregates: [count],
    fields: [{ name: 'c', type: BIGINT }],
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

test('a checkpoint covers all inputs of a union at one instant', async () => {
  const world = new JobWorld();
  const inputs = ['a', 'b'].map(name => world.table(name, { splits: [[name === 'a' ? 1 : 10]], boundedness: 'unbounded' }));
  const out = world.table('out');
  const plan = sinkExec('out', unionExec(sourceExec('a'), sourceExec('b')));
  const run = async (job: EmbeddedJob): Promise<void> => {
    await job.start();
    await rest();
  };
  const job = world.job(plan);
  await run(job);
  await job.checkpoint();
  inputs[0]!.splits[0]!.push(2);
  inputs[0]!.wake();
  await rest();
  await job.cancel();
  for (const input of inputs) input.boundedness = 'bounded';
  await run(world.job(plan));
  assert.deepEqual(
    out.rows.flat().toSorted((a, b) => (a as number) - (b as number)),
    [1, 2, 10],
  );
});
