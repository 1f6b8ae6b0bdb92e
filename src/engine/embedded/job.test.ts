import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../../common/deferred.js';
import { MillraceError } from '../../common/error.js';
import type { ExecNode } from '../../planner/physical/exec-node.js';
import { INT, timestamp, withNullable } from '../../spec/data-type.js';
import { aggregateCall } from './operators/aggregate-call.test.fixture.js';
import type { EmbeddedJob } from './job.js';
import { JobWorld, limitExec, N, predictExec, sinkExec, sourceExec, unionExec, rest, COPY } from './job-bench.test.fixture.js';

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
    timeAttribute: 'rowtime',
    window: { kind: 'tumble', sizeMicros: 10_000, offsetMicros: 0 },
    fields,
    changelogMode: 'insert-only',
  } as const;
  const sum = aggregateCall('SUM', fields, { arguments: [0] });
  return {
    kind: 'WindowAggregateExec',
    id: 'window-aggregate-1',
    input: window,
    keys: [2],
    aggregates: [sum],
    window: { start: 1, end: 2, timeAttribute: 'rowtime', isLocal: false, isAligned: true },
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
