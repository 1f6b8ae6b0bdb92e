import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred, type Deferred } from '../../../common/deferred.js';
import { createFakeClock, type FakeClock } from '../../../testing/fake-clock.js';
import type { TakenCheckpoint } from '../job-observer.js';
import { nextTurn as turn } from '../next-turn.js';
import type { Checkpoint } from './checkpoint-store.js';
import { CheckpointCoordinator } from './coordinator.js';

interface Bench {
  readonly coordinator: CheckpointCoordinator;
  readonly log: string[];
  readonly saved: Checkpoint[];
  /** What the observer was told. */
  readonly observed: (TakenCheckpoint | string)[];
  readonly clock: FakeClock;
  saving: Deferred<void> | undefined;
  committing: Deferred<void> | undefined;
}

function setUp(operators: readonly string[] = ['a', 'b'], lastId = 0): Bench {
  const log: string[] = [];
  const saved: Checkpoint[] = [];
  const observed: (TakenCheckpoint | string)[] = [];
  const clock = createFakeClock();
  const bench: Bench = {
    log,
    saved,
    observed,
    clock,
    saving: undefined,
    committing: undefined,
    coordinator: new CheckpointCoordinator({
      store: {
        isDurable: true,
        load: () => Promise.resolve(undefined),
        save: async checkpoint => {
          log.push(`save ${checkpoint.id}`);
          await bench.saving?.promise;
          saved.push(checkpoint);
          return 100 * checkpoint.id;
        },
        close: () => Promise.resolve(),
      },
      operators,
      trigger: checkpoint => log.push(`trigger ${checkpoint}`),
      commit: async ({ id }) => {
        log.push(`commit ${id}`);
        await bench.committing?.promise;
      },
      lastId,
      clock,
      observer: {
        restored() {},
        checkpointTaken: taken => observed.push(taken),
        checkpointFailed: id => observed.push(`failed ${id}`),
      },
    }),
  };
  return bench;
}

test('a checkpoint is triggered, saved when every operator has reported, then committed', async () => {
  const { coordinator, log, saved } = setUp(['a', 'b'], 7);
  const taken = coordinator.take('running');
  await turn();
  coordinator.report('a', 8, { n: 1 });
  await turn();
  assert.deepEqual(log, ['trigger 8']);
  coordinator.report('b', 8, undefined);
  await taken;
  assert.deepEqual(log, ['trigger 8', 'save 8', 'commit 8']);
  assert.deepEqual(saved, [{ id: 8, states: new Map([['a', { n: 1 }]]), finished: false }]);
});

test('a state that is a promise delays the checkpoint', async () => {
  const { coordinator, log, saved } = setUp(['a']);
  const state = deferred<unknown>();
  const taken = coordinator.take('running');
  await turn();
  coordinator.report('a', 1, state.promise);
  await turn();
  assert.deepEqual(log, ['trigger 1']);
  state.resolve('late');
  await taken;
  assert.deepEqual(saved[0]!.states, new Map([['a', 'late']]));
});

test('checkpoints are taken one at a time, in the order of asking', async () => {
  const { coordinator, log } = setUp(['a']);
  const both = [coordinator.take('running'), coordinator.take('running')];
  await turn();
  assert.deepEqual(log, ['trigger 1']);
  coordinator.report('a', 1, undefined);
  await turn();
  assert.deepEqual(log.slice(1), ['save 1', 'commit 1', 'trigger 2']);
  coordinator.report('a', 2, undefined);
  await Promise.all(both);
});

test('an operator whose state fails is the end of the checkpoint, and not of the next', async () => {
  const { coordinator, log } = setUp(['a', 'b']);
  const taken = coordinator.take('running');
  await turn();
  coordinator.report('a', 1, Promise.reject(new Error('no state')));
  coordinator.report('b', 1, undefined);
  await assert.rejects(taken, /no state/);
  assert.deepEqual(log, ['trigger 1']);
  const next = coordinator.take('running');
  await turn();
  coordinator.report('a', 2, undefined);
  coordinator.report('b', 2, undefined);
  await next;
});

test('a report for another checkpoint is left out, also one that fails', async () => {
  const { coordinator, log } = setUp(['a']);
  coordinator.report('a', 9, Promise.reject(new Error('unseen')));
  const taken = coordinator.take('running');
  await turn();
  coordinator.report('a', 2, 'too early');
  await turn();
  assert.deepEqual(log, ['trigger 1']);
  coordinator.report('a', 1, undefined);
  await taken;
});

test('after a checkpoint that says finished none is taken: it would say otherwise', async () => {
  const { coordinator, log, saved } = setUp(['a']);
  const taken = coordinator.take('finished');
  const behind = coordinator.take('running');
  await turn();
  coordinator.report('a', 1, undefined);
  await Promise.all([taken, behind]);
  assert.deepEqual(log, ['trigger 1', 'save 1', 'commit 1']);
  assert.deepEqual(
    saved.map(({ finished }) => finished),
    [true],
  );
});

test('aborted while it waits for operators, nothing is saved, and those that queue are refused', async () => {
  const { coordinator, log } = setUp(['a']);
  const refused = [coordinator.take('running'), coordinator.take('running')].map(each => assert.rejects(each, { code: 'INTERRUPTED' }));
  await turn();
  await coordinator.abort();
  await Promise.all(refused);
  await assert.rejects(coordinator.take('finished'), { code: 'INTERRUPTED' });
  assert.deepEqual(log, ['trigger 1']);
});

test('aborted while a state is a promise that never settles, it ends all the same', async () => {
  const { coordinator } = setUp(['a']);
  const refused = assert.rejects(coordinator.take('running'), { code: 'INTERRUPTED' });
  await turn();
  coordinator.report('a', 1, new Promise(() => {}));
  await turn();
  await coordinator.abort();
  await refused;
});

test('aborted while it saves, it waits for the save and does not commit', async () => {
  const bench = setUp(['a']);
  bench.saving = deferred();
  const refused = assert.rejects(bench.coordinator.take('running'), { code: 'INTERRUPTED' });
  await turn();
  bench.coordinator.report('a', 1, undefined);
  await turn();
  let isIdle = false;
  const aborted = bench.coordinator.abort().then(() => {
    isIdle = true;
  });
  await turn();
  assert.equal(isIdle, false);
  bench.saving.resolve();
  await Promise.all([aborted, refused]);
  assert.deepEqual(bench.log, ['trigger 1', 'save 1']);
});

test('aborted while it commits, it waits for the commit', async () => {
  const bench = setUp(['a']);
  bench.committing = deferred();
  const taken = bench.coordinator.take('running');
  await turn();
  bench.coordinator.report('a', 1, undefined);
  await turn();
  let isIdle = false;
  const aborted = bench.coordinator.abort().then(() => {
    isIdle = true;
  });
  await turn();
  assert.equal(isIdle, false);
  bench.committing.resolve();
  await Promise.all([taken, aborted]);
});

test('a save or commit that fails fails the checkpoint', async () => {
  for (const step of ['saving', 'committing'] as const) {
    const bench = setUp(['a']);
    bench[step] = deferred();
    const taken = bench.coordinator.take('running');
    await turn();
    bench.coordinator.report('a', 1, undefined);
    await turn();
    bench[step].reject(new Error('disk full'));
    await assert.rejects(taken, /disk full/);
  }
});

test('an observer is told of durations and sizes, and of failures that end the job', async () => {
  const bench = setUp(['a']);
  bench.committing = deferred();
  const taken = bench.coordinator.take('running');
  await bench.clock.advance(30);
  bench.coordinator.report('a', 1, undefined);
  await bench.clock.advance(12);
  assert.deepEqual(bench.observed, []);
  bench.committing.resolve();
  await taken;
  assert.deepEqual(bench.observed, [{ id: 1, durationMs: 42, bytes: 100 }]);

  const failing = bench.coordinator.take('running');
  await turn();
  bench.coordinator.report('a', 2, Promise.reject(new Error('no state')));
  await assert.rejects(failing, /no state/);
  const given = assert.rejects(bench.coordinator.take('running'), { code: 'INTERRUPTED' });
  await turn();
  await bench.coordinator.abort();
  await given;
  assert.deepEqual(bench.observed.slice(1), ['failed 2']);
});
