import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ExecNode, SinkExec } from '../../planner/physical/exec-node.js';
import { BIGINT, INT } from '../../spec/data-type.js';
import { aggregateCall } from './operators/aggregate-call.test.fixture.js';
import { JobWorld, predictExec, sinkExec, sourceExec, unionExec } from './job-bench.test.fixture.js';
import { nextTurn as turn } from './next-turn.js';

const COUNT = aggregateCall('COUNT', []);
const SUM = aggregateCall('SUM', [{ name: 'n', type: INT }], { arguments: [0] });

/** Two tables as one; each row goes through a model into one table, and all are counted in another. */
function plan(): SinkExec[] {
  const all = unionExec(sourceExec('a'), sourceExec('b'));
  const totals: ExecNode = {
    kind: 'GroupAggregateExec',
    id: 'group-1',
    input: all,
    keys: [],
    aggregates: [COUNT, SUM],
    fields: [
      { name: 'count', type: BIGINT },
      { name: 'sum', type: INT },
    ],
    emit: 'changes',
    changelogMode: 'all',
  };
  return [sinkExec('answers', predictExec(all)), sinkExec('totals', totals)];
}

type Step = { readonly kind: 'checkpoint' | 'cancel' | 'stop' | 'interval' | 'none'; readonly after: number };

const STEP: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('checkpoint', 'cancel', 'stop', 'interval', 'none'),
  after: fc.nat(12),
});

/** Numbers from 0 to 3 that seem random and are the same for the same seed. */
function dice(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % 4;
  };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** A changelog folded into the rows that are left. */
function folded(changes: readonly unknown[][]): unknown[][] {
  const left = new Map<string, unknown[]>();
  for (const change of changes) {
    const kind = typeof change[0] === 'string' ? change[0] : '+I';
    const row = kind === '+I' ? change : change.slice(1);
    const key = JSON.stringify(row);
    if (kind === '-U' || kind === '-D') assert.equal(left.delete(key), true);
    else {
      assert.equal(left.has(key), false);
      left.set(key, row);
    }
  }
  return [...left.values()];
}

test('property: cancelled, stopped and restarted anywhere, a job commits the answer to every row once', async () => {
  const splits = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      splits,
      splits,
      fc.array(STEP, { maxLength: 12 }),
      fc.nat(),
      fc.integer({ min: 1, max: 4 }),
      async (a, b, steps, seed, maxPendingRows) => {
        const roll = dice(seed);
        const world = new JobWorld();
        world.maxPendingRows = maxPendingRows;
        world.answerAfter = roll;
        let next = 0;
        const numbersOf = (sizes: readonly number[]): number[][] => sizes.map(size => Array.from({ length: size }, () => next++));
        const reading = { readAfter: roll, rowsPerRead: () => 1 + roll() };
        world.table('a', { splits: numbersOf(a), ...reading });
        world.table('b', { splits: numbersOf(b), ...reading });
        const [answers, totals] = [world.table('answers'), world.table('totals')];
        let job = world.job(...plan());
        await job.start();
        for (const { kind, after } of steps) {
          await turns(after);
          if (kind === 'checkpoint') void job.checkpoint().catch(() => {});
          else if (kind === 'interval') await world.clock.advance(1_000);
          else if (kind === 'none' || job.status === 'finished') continue;
          else {
            await (kind === 'stop' ? job.stop() : job.cancel());
            job = world.job(...plan());
            await job.start();
          }
        }
        assert.equal(await job.settled, 'finished');
        const all = Array.from({ length: next }, (_, n) => n);
        const byNumber = (x: unknown[], y: unknown[]): number => (x[0] as number) - (y[0] as number);
        assert.deepEqual(
          answers.rows.toSorted(byNumber),
          all.map(n => [n, `#${n}`]),
        );
        assert.deepEqual(folded(totals.rows), [[next, next === 0 ? null : all.reduce((sum, n) => sum + n, 0)]]);
        assert.equal(world.clock.pendingTimers, 0);
      },
    ),
    { numRuns: 150 },
  );
});

test('at whatever turn a job is cancelled, its next start completes it', async () => {
  for (let at = 0; at < 60; at++) {
    const world = new JobWorld();
    world.table('a', { splits: [[1, 2, 3], [4]] });
    world.table('b', { splits: [[5, 6]] });
    const [answers] = [world.table('answers'), world.table('totals')];
    const job = world.job(...plan());
    await job.start();
    const middle = Math.floor(at / 2);
    await turns(middle);
    void job.checkpoint().catch(() => {});
    await turns(at - middle);
    await job.cancel();
    const again = world.job(...plan());
    await again.start();
    assert.equal(await again.settled, 'finished');
    assert.deepEqual(
      answers.rows.map(([n]) => n as number).toSorted((x, y) => x - y),
      [1, 2, 3, 4, 5, 6],
      `cancelled at turn ${at}`,
    );
  }
});
